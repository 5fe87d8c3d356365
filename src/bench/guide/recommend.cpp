// Purposes: the cost of a mix of operations for each candidate.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>
#include <set>

#include "bench/guide/evaluate.h"
#include "bench/guide/matching.h"
#include "bench/guide/row_text.h"
#include "bench/guide/selection.h"
#include "util/units.h"

namespace bpftax::bench {
namespace {

std::string times_of(double times) {
  return times == 1 ? "" : fmt::format("{:g} x ", times);
}

std::string params_of(const PurposeCandidate& candidate, const MixPart& part) {
  if (candidate.params.empty() || part.params.empty())
    return std::string(candidate.params) + std::string(part.params);
  return std::string(candidate.params) + "," + std::string(part.params);
}

// params: of params_of(), which the Select points into.
Select select_of(const PurposeCandidate& candidate, const MixPart& part, const std::string& params) {
  return {candidate.subject, candidate.op.empty() ? part.op : candidate.op, part.side, params};
}

// What there must be, without what may be anything.
std::string without_any(std::string_view params) {
  std::string out;
  for (const ParamFilter& filter : param_filters(params))
    if (filter.value != "any") out += (out.empty() ? "" : ",") + filter.key + "=" + filter.value;
  return out;
}

// What "max" in the mix means for all candidates alike: parameter and value.
using Chosen = std::map<std::string, Json>;

// The row of a part of the mix: in this condition, all that is swept and not selected at the reference.
// Parameters that the family does not vary are not asked for.
const Row* row_for(const Document& document, const Selection& selection, const Purpose& purpose,
                   Select select, const std::string& condition, const Chosen& chosen) {
  std::string params;
  std::vector<std::string> fixed, open;  // parameters with a value that is asked for; those and any others
  for (const ParamFilter& filter : param_filters(select.params)) {
    const auto value = chosen.find(filter.key);
    if (filter.value == "any") open.push_back(filter.key);
    if (filter.value == "any" || (filter.value == "max" && value == chosen.end())) {
      if (filter.key == purpose.varied) return nullptr;
      continue;
    }
    params += (params.empty() ? "" : ",") + filter.key + "=" +
              (filter.value == "max" ? param_text(value->second) : filter.value);
    fixed.push_back(filter.key);
  }
  open.insert(open.end(), fixed.begin(), fixed.end());
  select.params = params;
  const auto rank = [&](const Row& row) {
    return (row.status == Status::kMeasured ? 2 : 0) + (selection.at_reference(row, fixed) ? 1 : 0);
  };
  const Row* found = nullptr;
  for (const Row* row : rows_of(document, purpose.topic, select)) {
    if (row->condition != condition || !selection.at_reference(*row, open)) continue;
    if (found == nullptr || rank(*row) > rank(*found)) found = row;
  }
  return found;
}

// The interval of a sum of means. Operations of one task on one side were sampled in the same processes,
// above the same floor, so that they are off in the same direction: their half-widths add up as they are.
// Tasks run in processes of their own, and their half-widths add as squares.
class Sum {
 public:
  void add(double times, const Row& row, const Value& value) {
    mean_ += times * value.mean;
    known_ = known_ && value.low && value.high;
    if (!known_) return;
    Task& task = task_of(row);
    task.below += times * (value.mean - *value.low);
    task.above += times * (*value.high - value.mean);
  }
  Value value() const {
    if (!known_) return {mean_, std::nullopt, std::nullopt};
    double below = 0, above = 0;
    for (const Task& task : tasks_) {
      below += task.below * task.below;
      above += task.above * task.above;
    }
    return {mean_, mean_ - std::sqrt(below), mean_ + std::sqrt(above)};
  }

 private:
  struct Task {
    const Row* row;  // one of its rows
    double below = 0, above = 0;
  };
  // A row does not say which parameters are the task's: those that one of two rows lacks are the operation's.
  Task& task_of(const Row& row) {
    const auto known = std::find_if(tasks_.begin(), tasks_.end(), [&](const Task& task) {
      return task.row->subject == row.subject && task.row->side == row.side &&
             task.row->condition == row.condition && same_params(*task.row, row, {});
    });
    if (known != tasks_.end()) return *known;
    return tasks_.emplace_back(Task{&row});
  }

  double mean_ = 0;
  bool known_ = true;  // every part has an interval
  std::vector<Task> tasks_;
};

struct Evaluation {
  const Purpose& purpose;
  const Document& document;
  const Selection& selection;
  Chosen chosen = {};

  void choose(const std::string& condition);
  Candidate candidate(const PurposeCandidate& of, const std::string& condition,
                      std::vector<Missing>* missing) const;
  std::vector<Candidate> all(const std::string& condition, std::vector<Missing>* missing) const;
};

Candidate Evaluation::candidate(const PurposeCandidate& of, const std::string& condition,
                                std::vector<Missing>* missing) const {
  Candidate out;
  out.name = std::string(of.subject);
  if (!of.op.empty()) out.name += " " + std::string(of.op);
  for (const ParamFilter& filter : param_filters(of.params))
    out.name += ", " + filter.key + " " + filter.value;
  out.limits = of.limits;
  Sum sum;
  bool complete = true;
  for (const MixPart& part : purpose.mix) {
    const std::string params = params_of(of, part), shown = without_any(params);
    const Row* row = row_for(document, selection, purpose, select_of(of, part, params), condition, chosen);
    const auto ns = row == nullptr ? std::nullopt : quantity_of(*row);
    if (!ns) {
      complete = false;
      if (missing == nullptr) continue;
      const Select select = select_of(of, part, shown);
      Missing one{name_of(select), "", ""};
      if (row != nullptr)
        one.reason = std::string(to_string(row->status)) + (row->reason.empty() ? "" : ": " + row->reason);
      if (row == nullptr || row->status != Status::kUnavailable)
        one.command = measuring_command(purpose.topic, select);
      missing->push_back(std::move(one));
      continue;
    }
    const double times = part.times * of.times;
    sum.add(times, *row, *ns);
    out.made_of += (out.made_of.empty() ? "" : " + ") + times_of(times) + row->op;
    if (!part.side.empty()) out.made_of += " " + std::string(side_text(part.side));
    out.made_of += " " + amount_text(ns->mean, "ns");
    for (const Metric& metric : row->metrics)
      if (std::none_of(out.metrics.begin(), out.metrics.end(),
                       [&](const Metric& known) { return known.name == metric.name; }))
        out.metrics.push_back(metric);
  }
  if (complete) out.cost = sum.value();
  return out;
}

bool loses(const Candidate& candidate, std::string_view metric) {
  if (metric.empty()) return false;
  for (const Metric& known : candidate.metrics)
    if (known.name == metric) return known.value.low.value_or(known.value.mean) > 0;
  return false;
}

bool told_apart(const Value& a, const Value& b) {
  return a.low && a.high && b.low && b.high && (*a.high < *b.low || *b.high < *a.low);
}

std::vector<Candidate> Evaluation::all(const std::string& condition, std::vector<Missing>* missing) const {
  std::vector<Candidate> out;
  for (const PurposeCandidate& of : purpose.candidates) out.push_back(candidate(of, condition, missing));
  std::stable_sort(out.begin(), out.end(), [](const Candidate& a, const Candidate& b) {
    if (a.cost.has_value() != b.cost.has_value()) return a.cost.has_value();
    return a.cost && a.cost->mean < b.cost->mean;
  });
  // What loses records is no answer, unless all do.
  const bool all_lose = std::all_of(out.begin(), out.end(), [&](const Candidate& one) {
    return !one.cost || loses(one, purpose.lost_metric);
  });
  const Candidate* first = nullptr;
  for (Candidate& one : out) {
    if (!one.cost || (!all_lose && loses(one, purpose.lost_metric))) continue;
    if (first == nullptr) first = &one;
    one.best = &one == first || !told_apart(*first->cost, *one.cost);
  }
  return out;
}

// The largest value that serves: the one with which most candidates were measured, so that all are set side
// by side with as many threads.
void Evaluation::choose(const std::string& condition) {
  std::set<std::string> keys;
  for (const MixPart& part : purpose.mix)
    for (const ParamFilter& filter : param_filters(part.params))
      if (filter.value == "max" && selection.is_swept(filter.key)) keys.insert(filter.key);
  for (const std::string& key : keys) {
    std::set<Json> values;
    for (const Row* row : selection.rows())
      if (row->params.contains(key) && row->params.at(key).is_number()) values.insert(row->params.at(key));
    if (key == purpose.varied && !values.empty()) values.erase(values.begin());
    std::optional<Json> best;
    std::ptrdiff_t most = -1;
    for (auto value = values.rbegin(); value != values.rend(); ++value) {
      chosen[key] = *value;
      const auto candidates = all(condition, nullptr);
      const auto measured = std::count_if(candidates.begin(), candidates.end(),
                                          [](const Candidate& one) { return one.cost.has_value(); });
      if (measured <= most) continue;
      most = measured;
      best = *value;
    }
    if (best)
      chosen[key] = *best;
    else
      chosen.erase(key);
  }
}

std::vector<std::string> best_of(const std::vector<Candidate>& candidates) {
  std::vector<std::string> out;
  for (const Candidate& one : candidates)
    if (one.best) out.push_back(one.name);
  return out;
}

std::string listed(const std::vector<std::string>& names) {
  std::string out;
  for (size_t i = 0; i < names.size(); ++i)
    out += (i == 0 ? "" : i + 1 == names.size() ? " and " : ", ") + names[i];
  return out;
}

std::string answer_of(const std::vector<Candidate>& candidates, const std::string& unit) {
  const std::vector<std::string> best = best_of(candidates);
  const auto measured = std::count_if(candidates.begin(), candidates.end(),
                                      [](const Candidate& one) { return one.cost.has_value(); });
  if (best.empty()) return "Nothing of this was measured.";
  const auto at = [&](bool is_best) {
    return std::find_if(candidates.begin(), candidates.end(),
                        [&](const Candidate& one) { return one.cost && one.best == is_best; });
  };
  const Candidate& first = *at(true);
  if (measured == 1)
    return fmt::format("Only {} was measured, {}: there is nothing to compare it with.", first.name,
                       value_text(*first.cost, unit));
  std::string out = best.size() == 1 ? fmt::format("{}: {}.", first.name, value_text(*first.cost, unit))
                                     : fmt::format("{}: their intervals overlap, {} for {}.", listed(best),
                                                   value_text(*first.cost, unit), first.name);
  const auto next = at(false);
  if (next != candidates.end() && first.cost->mean > 0 && next->cost->mean > first.cost->mean)
    out += fmt::format(" Next, {}, costs {} times as much.", next->name,
                       format_significant(next->cost->mean / first.cost->mean));
  return out;
}

std::string mix_text(const Purpose& purpose) {
  if (!purpose.mix_title.empty()) return std::string(purpose.mix_title);
  std::string out;
  for (const MixPart& part : purpose.mix) {
    out += (out.empty() ? "" : " + ") + times_of(part.times) + std::string(part.op);
    if (!part.side.empty()) out += " " + std::string(side_text(part.side));
    if (const std::string params = without_any(part.params); !params.empty())
      out += fmt::format(" ({})", params);
  }
  return out;
}

}  // namespace

Recommendation recommend(const Purpose& purpose, const Document& document) {
  Recommendation out;
  out.id = purpose.id;
  out.topic = purpose.topic;
  out.purpose = purpose.title;
  out.why = purpose.why;
  out.mix = mix_text(purpose);
  out.unit = "ns";
  const Selection selection(document, purpose.topic);
  const std::string first = selection.empty() ? "" : selection.condition();
  Evaluation evaluation{purpose, document, selection};
  evaluation.choose(first);
  out.candidates = evaluation.all(first, &out.missing);
  out.answer = answer_of(out.candidates, out.unit);
  out.where = first;
  Json params = selection.reference();
  for (const MixPart& part : purpose.mix)
    for (const ParamFilter& filter : param_filters(part.params)) params.erase(filter.key);
  for (const PurposeCandidate& candidate : purpose.candidates)
    for (const ParamFilter& filter : param_filters(candidate.params)) params.erase(filter.key);
  // Only what the rows of this purpose have.
  const auto serves = [&](const Row* row) {
    // A task that could not be done at all has a row without an operation: it is nobody's.
    const auto is_op = [row](const auto& one) { return !one.op.empty() && one.op == row->op; };
    return std::any_of(purpose.mix.begin(), purpose.mix.end(), is_op) ||
           std::any_of(purpose.candidates.begin(), purpose.candidates.end(), is_op);
  };
  for (const std::string& key : selection.swept())
    if (std::none_of(selection.rows().begin(), selection.rows().end(),
                     [&](const Row* row) { return serves(row) && row->params.contains(key); }))
      params.erase(key);
  for (const auto& [key, value] : evaluation.chosen) params[key] = value;
  if (!params.empty()) out.where += ", " + params_text(params);
  // Does it hold in the other conditions of the run?
  const std::vector<std::string> best = best_of(out.candidates);
  for (size_t i = 1; i < selection.conditions().size() && !best.empty(); ++i) {
    const std::string& condition = selection.conditions()[i];
    const auto others = evaluation.all(condition, nullptr);
    const std::vector<std::string> there = best_of(others);
    if (!there.empty() && std::none_of(there.begin(), there.end(), [&](const std::string& name) {
          return std::find(best.begin(), best.end(), name) != best.end();
        }))
      out.answer += fmt::format(" Under {} it is {}.", condition, listed(there));
  }
  return out;
}

}  // namespace bpftax::bench
