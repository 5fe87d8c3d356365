#include "compare/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "report/text.h"
#include "util/strings.h"

namespace bpftax {
namespace {

constexpr size_t kReasonsInError = 3;

struct RowKey {
  CompareCase test_case;
  std::string workload, metric;
  auto operator<=>(const RowKey&) const = default;
};

bool wanted(const CompareRow& row, const CompareOptions& options) {
  const auto lists = [](const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  if (!options.tools.empty() && !lists(options.tools, row.test_case.tool)) return false;
  if (!options.metrics.empty()) return lists(options.metrics, row.metric);
  return options.secondary || row.primary;
}

class Comparer {
 public:
  Comparer(std::vector<CompareSource> sources, const CompareOptions& options)
      : sources_(std::move(sources)), options_(options) {}
  Result<Comparison> run();

 private:
  size_t count() const { return sources_.size(); }
  const std::string& label(size_t source) const { return sources_[source].label; }
  void unify_parameters();
  void collect();
  void compare_row(const RowKey& key, const std::vector<const CompareRow*>& rows);
  void compare_tools();
  void compare_baselines();
  void compare_classes();
  void add_alone();
  void add_notes();
  tl::unexpected<Error> nothing_left() const;
  void refuse(const RowKey& key, size_t source, std::string reason) {
    comparison_.refusals.push_back(
        {key.test_case, key.workload, key.metric, label(source), std::move(reason)});
  }

  std::vector<CompareSource> sources_;
  const CompareOptions& options_;
  // In the order of the first source, then of the others.
  std::vector<RowKey> order_;
  std::map<RowKey, std::vector<const CompareRow*>> rows_;  // one pointer a source
  std::map<std::pair<RowKey, size_t>, int> twice_;
  std::set<std::string> unknown_, margins_;
  std::vector<std::string> other_parameters_;  // labels of cases
  bool compared_ = false;                      // some row has two cells that were measured alike
  Comparison comparison_;
};

// Where each source has at most one set of parameters for a tool, protocol and direction, they are the same
// case: parameters may name what is of one machine (a process id, an interface), or not be known. Where they
// are known and differ, a note says so.
void Comparer::unify_parameters() {
  const auto without = [](CompareCase test_case) {
    test_case.parameters.clear();
    return test_case;
  };
  std::map<CompareCase, std::vector<std::set<std::string>>> found;  // by source
  for (size_t i = 0; i < count(); ++i) {
    for (const CompareSubject& subject : sources_[i].subjects) {
      auto& sets = found[without(subject.test_case)];
      sets.resize(count());
      sets[i].insert(subject.test_case.parameters);
    }
  }
  for (const auto& [test_case, sets] : found) {
    const bool one_each = std::all_of(sets.begin(), sets.end(),
                                      [](const std::set<std::string>& set) { return set.size() <= 1; });
    if (!one_each) continue;
    std::set<std::string> all;
    for (const auto& set : sets) all.insert(set.begin(), set.end());
    if (all.size() < 2) continue;
    all.erase("");
    if (all.size() > 1) other_parameters_.push_back(case_label(test_case));
    for (CompareSource& source : sources_) {
      for (CompareSubject& subject : source.subjects)
        if (without(subject.test_case) == test_case) subject.test_case.parameters.clear();
      for (CompareRow& row : source.rows)
        if (without(row.test_case) == test_case) row.test_case.parameters.clear();
    }
  }
}

void Comparer::collect() {
  for (size_t i = 0; i < count(); ++i) {
    for (const CompareRow& row : sources_[i].rows) {
      if (!wanted(row, options_)) continue;
      const RowKey key{row.test_case, row.workload, row.metric};
      const auto [at, fresh] = rows_.try_emplace(key, std::vector<const CompareRow*>(count()));
      if (fresh) order_.push_back(key);
      if (at->second[i] != nullptr) {
        ++twice_[{key, i}];
      } else {
        at->second[i] = &row;
      }
    }
  }
}

void Comparer::compare_row(const RowKey& key, const std::vector<const CompareRow*>& rows) {
  const auto present =
      std::count_if(rows.begin(), rows.end(), [](const CompareRow* row) { return row != nullptr; });
  if (present < 2) return;
  ComparedRow made{key.test_case, key.workload, key.metric, "", false, false, {}};
  const CompareRow* first = nullptr;
  size_t first_source = 0, alike = 0;
  for (size_t i = 0; i < count(); ++i) {
    ComparedCell cell;
    const CompareRow* row = rows[i];
    if (row == nullptr) {
      made.cells.push_back(cell);
      continue;
    }
    cell.present = true;
    cell.value = row->value;
    made.primary = made.primary || row->primary;
    if (first == nullptr) {
      made.unit = row->unit;
      made.higher_is_better = row->higher_is_better;
    }
    if (const auto again = twice_.find({key, i}); again != twice_.end()) {
      cell.refused = fmt::format(
          "{} cases have the same tool, protocol and direction here, and what tells them "
          "apart is not known",
          again->second + 1);
    } else if (first == nullptr) {
      first = row;
      first_source = i;
    } else {
      const auto differences = measured_differently(first->how, row->how);
      if (!differences.empty())
        cell.refused = fmt::format("not measured as in {}: {}", label(first_source), join(differences, "; "));
      for (std::string& name : not_known_of_both(first->how, row->how)) unknown_.insert(std::move(name));
      if (cell.refused.empty() && first->how.margin_percent && row->how.margin_percent &&
          first->how.margin_percent != row->how.margin_percent)
        margins_.insert(fmt::format("{} {}", key.workload, key.metric));
    }
    if (cell.refused.empty() && row->value.unusable.empty()) ++alike;
    if (!cell.refused.empty())
      refuse(key, i, cell.refused);
    else if (!row->value.unusable.empty())
      refuse(key, i, row->value.unusable);
    const ComparedCell* reference = made.cells.empty() ? nullptr : &made.cells.front();
    if (i > 0 && reference != nullptr && reference->present && reference->refused.empty() &&
        cell.refused.empty())
      cell.ratio = ratio_of_ratios(reference->value, cell.value, made.higher_is_better);
    made.cells.push_back(std::move(cell));
  }
  compared_ = compared_ || alike >= 2;
  comparison_.rows.push_back(std::move(made));
}

void Comparer::compare_tools() {
  std::map<CompareCase, size_t> known;
  for (size_t i = 0; i < count(); ++i) {
    for (const CompareSubject& subject : sources_[i].subjects) {
      if (!options_.tools.empty() && std::find(options_.tools.begin(), options_.tools.end(),
                                               subject.test_case.tool) == options_.tools.end())
        continue;
      const auto [at, fresh] = known.try_emplace(subject.test_case, comparison_.tools.size());
      if (fresh)
        comparison_.tools.push_back({subject.test_case, std::vector<std::optional<CompareSubject>>(count())});
      std::optional<CompareSubject>& cell = comparison_.tools[at->second].subjects[i];
      if (!cell) cell = subject;
      if (fresh || subject.status == "measured" || subject.reason.empty()) continue;
      refuse({subject.test_case, "", ""}, i, "not measured: " + subject.reason);
    }
  }
}

void Comparer::compare_baselines() {
  std::map<std::tuple<std::string, std::string, std::string>, size_t> known;
  for (size_t i = 0; i < count(); ++i) {
    for (const CompareBaseline& baseline : sources_[i].baselines) {
      const bool of_a_row = std::any_of(order_.begin(), order_.end(), [&](const RowKey& key) {
        return key.workload == baseline.workload && key.metric == baseline.metric;
      });
      // Published tables have baselines of metrics of which they state no differences.
      if (!of_a_row && sources_[i].kind != "published") continue;
      const auto [at, fresh] = known.try_emplace({baseline.environment, baseline.workload, baseline.metric},
                                                 comparison_.baselines.size());
      if (fresh)
        comparison_.baselines.push_back({baseline.environment, baseline.workload, baseline.metric,
                                         baseline.unit, baseline.higher_is_better,
                                         std::vector<std::optional<Spread>>(count())});
      comparison_.baselines[at->second].values[i] = baseline.value;
    }
  }
}

void Comparer::compare_classes() {
  using Key = std::tuple<std::string, std::string, std::string, std::string>;
  std::map<Key, size_t> known;
  const auto add = [&](size_t source, const CompareSubject& subject, const std::string& workload,
                       const std::string& metric, const Spread& value) {
    if (subject.design == "unknown") return;
    const auto [at, fresh] = known.try_emplace(
        {subject.test_case.environment, subject.design, workload, metric}, comparison_.classes.size());
    if (fresh)
      comparison_.classes.push_back({subject.test_case.environment, subject.design, workload, metric,
                                     std::vector<std::optional<Spread>>(count()), std::vector<int>(count())});
    ClassRange& range = comparison_.classes[at->second];
    std::optional<Spread>& spread = range.values[source];
    spread = spread ? spread_over(*spread, value) : value;
    ++range.tools[source];
  };
  for (size_t i = 0; i < count(); ++i) {
    std::map<CompareCase, const CompareSubject*> subjects;
    for (const CompareSubject& subject : sources_[i].subjects) subjects.emplace(subject.test_case, &subject);
    for (const CompareRow& row : sources_[i].rows) {
      const auto subject = subjects.find(row.test_case);
      if (!wanted(row, options_) || subject == subjects.end() || !row.value.overhead ||
          !row.value.unusable.empty())
        continue;
      add(i, *subject->second, row.workload, row.metric, *row.value.overhead);
    }
    for (const CompareSubject& subject : sources_[i].subjects) {
      const bool chosen = options_.tools.empty() || std::find(options_.tools.begin(), options_.tools.end(),
                                                              subject.test_case.tool) != options_.tools.end();
      if (chosen && subject.cpu_percent && subject.status == "measured")
        add(i, subject, "", "cpu_percent", *subject.cpu_percent);
    }
  }
  // What belongs together stands together, in the order in which it was found, CPU last.
  std::vector<std::string> environments;
  for (const ClassRange& range : comparison_.classes)
    if (std::find(environments.begin(), environments.end(), range.environment) == environments.end())
      environments.push_back(range.environment);
  const auto rank = [&](const ClassRange& range) {
    const auto environment = std::find(environments.begin(), environments.end(), range.environment);
    const int design = range.design == "summary" ? 0 : range.design == "details-filtered" ? 1 : 2;
    return std::tuple(environment - environments.begin(), design, range.metric == "cpu_percent");
  };
  std::stable_sort(comparison_.classes.begin(), comparison_.classes.end(),
                   [&](const ClassRange& a, const ClassRange& b) { return rank(a) < rank(b); });
}

void Comparer::add_alone() {
  std::set<CompareCase> matched;
  for (const ComparedRow& row : comparison_.rows) matched.insert(row.test_case);
  for (const ComparedTool& tool : comparison_.tools) {
    std::vector<size_t> where;
    for (size_t i = 0; i < count(); ++i)
      if (tool.subjects[i]) where.push_back(i);
    if (where.size() == 1)
      comparison_.alone.push_back({tool.test_case, "", "", label(where.front()), "only there"});
    else if (matched.count(tool.test_case) == 0)
      comparison_.alone.push_back(
          {tool.test_case, "", "", label(where.front()), "no workload and metric in common"});
  }
}

void Comparer::add_notes() {
  std::vector<std::string>& notes = comparison_.notes;
  std::vector<std::pair<std::string, std::vector<std::string>>> remarks;  // and of which sources
  for (const CompareSource& source : sources_) {
    for (const std::string& remark : source.remarks) {
      const auto known = std::find_if(remarks.begin(), remarks.end(),
                                      [&](const auto& each) { return each.first == remark; });
      if (known != remarks.end()) {
        known->second.push_back(source.label);
      } else {
        remarks.push_back({remark, {source.label}});
      }
    }
  }
  for (const auto& [remark, labels] : remarks) notes.push_back(join(labels, ", ") + ": " + remark);
  if (!unknown_.empty()) {
    notes.push_back(
        fmt::format("Not every side says how it measured, so it could not be checked that these agree: {}.",
                    join(std::vector<std::string>(unknown_.begin(), unknown_.end()), ", ")));
  }
  if (!margins_.empty()) {
    notes.push_back(
        fmt::format("Verdicts were given by different margins: {}. The overheads and ratios do not "
                    "depend on them.",
                    join(std::vector<std::string>(margins_.begin(), margins_.end()), ", ")));
  }
  if (!other_parameters_.empty()) {
    notes.push_back(
        fmt::format("The tool's parameters are not the same everywhere (the commands stand in "
                    "compare.json): {}.",
                    join(other_parameters_, ", ")));
  }
  const auto with_interval =
      std::count_if(comparison_.rows.begin(), comparison_.rows.end(), [](const ComparedRow& row) {
        return std::any_of(row.cells.begin(), row.cells.end(),
                           [](const ComparedCell& cell) { return cell.ratio && cell.ratio->low; });
      });
  if (with_interval > 20) {
    notes.push_back(
        fmt::format("The intervals of {} rows hold one by one: of so many, a few miss the truth by "
                    "chance.",
                    with_interval));
  }
}

tl::unexpected<Error> Comparer::nothing_left() const {
  const std::string what = "nothing can be compared";
  std::vector<std::string> labels;
  for (const CompareSource& source : sources_) labels.push_back(source.label);
  std::vector<std::string> reasons;
  std::set<std::string> seen;
  for (const Refusal& refusal : comparison_.refusals) {
    if (reasons.size() >= kReasonsInError || !seen.insert(refusal.reason).second) continue;
    reasons.push_back(fmt::format("{} {} {}: {}", case_label(refusal.test_case), refusal.workload,
                                  refusal.metric, refusal.reason));
  }
  if (!reasons.empty()) {
    return fail(ErrorKind::kUsage, what, join(labels, ", "), join(reasons, "; "),
                "measure both with the same workloads, windows, placement and traffic tools");
  }
  if (order_.empty() && !(options_.tools.empty() && options_.metrics.empty()))
    return fail(ErrorKind::kUsage, what, join(labels, ", "), "no row has these tools and metrics");
  std::string why = "no case, workload and metric is in two of them";
  if (!comparison_.alone.empty())
    why += fmt::format(" ({} is only in {})", case_label(comparison_.alone.front().test_case),
                       comparison_.alone.front().source);
  return fail(
      ErrorKind::kUsage, what, join(labels, ", "), why,
      "cases are matched by environment, tool, protocol and direction; --across compares environments");
}

Result<Comparison> Comparer::run() {
  unify_parameters();
  collect();
  for (const RowKey& key : order_) compare_row(key, rows_.at(key));
  compare_tools();
  compare_baselines();
  compare_classes();
  add_alone();
  if (!compared_) return nothing_left();
  add_notes();
  comparison_.facts = fact_differences(sources_);
  for (CompareSource& source : sources_) {
    source.rows.clear();
    comparison_.sources.push_back(std::move(source));
  }
  return std::move(comparison_);
}

}  // namespace

Result<Comparison> compare_sources(std::vector<CompareSource> sources, const CompareOptions& options) {
  return Comparer(std::move(sources), options).run();
}

}  // namespace bpftax
