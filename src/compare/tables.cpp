#include "compare/tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "report/summary.h"
#include "report/text.h"
#include "util/strings.h"
#include "util/units.h"

namespace bpftax {
namespace {

constexpr const char* kNothing = "-";

std::string environment_prefix(const std::string& environment) {
  return environment.empty() ? "" : environment + ": ";
}

std::string metric_title(const std::string& workload, const std::string& metric) {
  return fmt::format("{}, {}", workload_label(workload), metric_label(metric, workload));
}

std::string spread_cell(const std::optional<Spread>& value, bool plus) {
  return value ? spread_text(*value, plus) : kNothing;
}

std::string value_cell(const std::optional<Spread>& value, const std::string& unit) {
  if (!value) return kNothing;
  if (value->single()) return value_text(value->high, unit);
  return value_text(value->low, unit) + " to " + value_text(value->high, unit);
}

class Tables {
 public:
  explicit Tables(const Comparison& comparison) : c_(comparison) {}
  std::vector<TextTable> all();

 private:
  TextTable& add(std::string title, std::string text, std::vector<std::string> names);
  std::vector<std::string> labels() const;
  void sources();
  void facts();
  void baselines();
  void matrices();
  void classes_of_use();
  void expectations();
  void ranges();
  void refusals();
  void alone();

  const Comparison& c_;
  std::vector<TextTable> tables_;
};

std::vector<std::string> Tables::labels() const {
  std::vector<std::string> names;
  for (const CompareSource& source : c_.sources) names.push_back(source.label);
  return names;
}

TextTable& Tables::add(std::string title, std::string text, std::vector<std::string> names) {
  TextTable table;
  table.title = std::move(title);
  table.text = std::move(text);
  table.names = names.size();
  table.header = std::move(names);
  tables_.push_back(std::move(table));
  return tables_.back();
}

void Tables::sources() {
  TextTable& table = add("What is compared", "", {"Name", "Kind", "Run", "Environments", "Where"});
  for (const CompareSource& source : c_.sources) {
    std::vector<std::string> environments = source.environments;
    std::erase(environments, "");
    table.rows.push_back({source.label, source.kind, source.run_id.empty() ? kNothing : source.run_id,
                          environments.empty() ? kNothing : join(environments, ", "), source.path});
  }
}

void Tables::facts() {
  if (c_.facts.empty()) return;
  TextTable& table = add("What differs between the hosts", "\"?\" is not known.", {"Fact", "Hosts"});
  for (const std::string& label : labels()) table.header.push_back(label);
  table.names = table.header.size();
  for (const FactDifference& difference : c_.facts) {
    std::vector<std::string> row = {difference.fact, difference.hosts};
    for (const std::string& value : difference.values) row.push_back(value.empty() ? "?" : value);
    table.rows.push_back(std::move(row));
  }
}

void Tables::baselines() {
  if (c_.baselines.empty()) return;
  TextTable& table = add("Baselines, without a tool", "", {"Baseline"});
  for (const std::string& label : labels()) table.header.push_back(label);
  for (const ComparedBaseline& baseline : c_.baselines) {
    std::vector<std::string> row = {environment_prefix(baseline.environment) +
                                    metric_title(baseline.workload, baseline.metric)};
    for (const auto& value : baseline.values) row.push_back(value_cell(value, baseline.unit));
    table.rows.push_back(std::move(row));
  }
}

// One table a workload and metric.
void Tables::matrices() {
  std::vector<std::pair<std::string, std::string>> kinds;
  for (const ComparedRow& row : c_.rows) {
    const std::pair<std::string, std::string> kind{row.workload, row.metric};
    if (std::find(kinds.begin(), kinds.end(), kind) == kinds.end()) kinds.push_back(kind);
  }
  const std::vector<std::string> names = labels();
  for (const auto& [workload, metric] : kinds) {
    const auto same = [&, w = workload, m = metric](const ComparedRow& row) {
      return row.workload == w && row.metric == m;
    };
    // Of many sources without intervals the ratios would say little for their room; JSON and CSV have them.
    const bool ratios =
        names.size() == 2 || std::any_of(c_.rows.begin(), c_.rows.end(), [&](const ComparedRow& row) {
          return same(row) && std::any_of(row.cells.begin(), row.cells.end(), [](const ComparedCell& cell) {
                   return cell.ratio && cell.ratio->low;
                 });
        });
    TextTable& table = add(metric_title(workload, metric), "", {"Overhead in percent"});
    for (size_t i = 0; i < names.size(); ++i) {
      table.header.push_back(names[i]);
      if (i > 0 && ratios) table.header.push_back(names[i] + " / " + names[0]);
    }
    for (const ComparedRow& row : c_.rows) {
      if (!same(row)) continue;
      std::vector<std::string> cells = {case_label(row.test_case)};
      for (size_t i = 0; i < row.cells.size(); ++i) {
        cells.push_back(cell_text(row.cells[i]));
        const std::string ratio = ratio_text(row.cells[i]);
        if (i > 0 && ratios) cells.push_back(ratio.empty() ? kNothing : ratio);
      }
      table.rows.push_back(std::move(cells));
    }
  }
}

void Tables::classes_of_use() {
  TextTable& table = add("Design and class of use", "", {"Tool", "Design"});
  for (const std::string& label : labels()) table.header.push_back(label);
  table.names = table.header.size();
  for (const ComparedTool& tool : c_.tools) {
    std::vector<std::string> designs;
    std::vector<std::string> uses;
    for (const auto& subject : tool.subjects) {
      if (subject && std::find(designs.begin(), designs.end(), subject->design) == designs.end())
        designs.push_back(subject->design);
      uses.push_back(subject ? subject->use.name : kNothing);
    }
    std::vector<std::string> row = {case_label(tool.test_case), join(designs, " / ")};
    row.insert(row.end(), uses.begin(), uses.end());
    table.rows.push_back(std::move(row));
  }
}

// Only what costs more than its design promises.
void Tables::expectations() {
  TextTable table;
  table.title = "Above what the design promises";
  table.text =
      "Expected: summary CPU below 5 %, latency below 5 %; details behind a filter 5 to 15 % and 5 to "
      "20 %. Details of every event have no upper end.";
  table.header = {"Tool", "Where", "What", "Measured", "Expected"};
  table.names = 3;
  for (const ComparedTool& tool : c_.tools) {
    for (size_t i = 0; i < tool.subjects.size(); ++i) {
      if (!tool.subjects[i]) continue;
      for (const ExpectationCheck& check : tool.subjects[i]->checks) {
        if (check.outcome != "above") continue;
        table.rows.push_back({case_label(tool.test_case), c_.sources[i].label, check.what,
                              percent_text(check.measured), check.expected});
      }
    }
  }
  if (!table.rows.empty()) tables_.push_back(std::move(table));
}

void Tables::ranges() {
  if (c_.classes.empty()) return;
  TextTable& table = add(
      "Summary by design",
      "From the least to the most over the tools of a design; overheads and CPU in percent, the number of "
      "cases in brackets.",
      {"Environment, design, metric"});
  for (const std::string& label : labels()) table.header.push_back(label);
  for (const ClassRange& range : c_.classes) {
    const bool cpu = range.metric == "cpu_percent";
    std::vector<std::string> row = {
        environment_prefix(range.environment) + design_title(range.design) + ", " +
        (cpu ? "CPU of its process" : range.workload + " " + metric_label(range.metric, range.workload))};
    for (size_t i = 0; i < range.values.size(); ++i) {
      row.push_back(range.values[i]
                        ? fmt::format("{} [{}]", spread_cell(range.values[i], !cpu), range.tools[i])
                        : kNothing);
    }
    table.rows.push_back(std::move(row));
  }
}

void Tables::refusals() {
  if (c_.refusals.empty()) return;
  TextTable& table = add("Not compared", "", {"Row", "Where", "Why"});
  table.names = 3;
  for (const Refusal& refusal : c_.refusals) {
    std::string row = case_label(refusal.test_case);
    if (!refusal.workload.empty()) row += ", " + metric_title(refusal.workload, refusal.metric);
    table.rows.push_back({row, refusal.source, refusal.reason});
  }
}

void Tables::alone() {
  if (c_.alone.empty()) return;
  TextTable& table = add("Without a counterpart", "", {"Case", "Where", "Why"});
  table.names = 3;
  for (const Refusal& each : c_.alone)
    table.rows.push_back({case_label(each.test_case), each.source, each.reason});
}

std::vector<TextTable> Tables::all() {
  sources();
  facts();
  baselines();
  matrices();
  classes_of_use();
  expectations();
  ranges();
  refusals();
  alone();
  return std::move(tables_);
}

std::string factor(double value) {
  return "x" + format_significant(value, 3);
}

}  // namespace

std::string cell_text(const ComparedCell& cell) {
  if (!cell.present) return kNothing;
  const CompareValue& value = cell.value;
  if (!value.overhead) return value.verdict.empty() ? kNothing : value.verdict;
  std::string text = spread_text(*value.overhead, true);
  if (value.ci_low && value.ci_high) text += " (" + interval_text(value.ci_low, value.ci_high) + ")";
  if (!value.verdict.empty()) text += " " + value.verdict;
  return cell.refused.empty() ? text : "(" + text + ", not alike)";
}

std::string ratio_text(const ComparedCell& cell) {
  if (!cell.ratio) return "";
  const RatioOfRatios& ratio = *cell.ratio;
  if (!ratio.ratio) return fmt::format("{} to {}", factor(*ratio.least), factor(*ratio.most));
  if (!ratio.low || !ratio.high) return factor(*ratio.ratio);
  return fmt::format("{} ({} to {})", factor(*ratio.ratio), format_significant(*ratio.low, 3),
                     format_significant(*ratio.high, 3));
}

std::string design_title(const std::string& design) {
  if (design == "summary") return "summary";
  if (design == "details-filtered") return "details behind a filter";
  if (design == "details") return "details of every event";
  return "unknown design";
}

std::vector<TextTable> comparison_tables(const Comparison& comparison) {
  return Tables(comparison).all();
}

}  // namespace bpftax
