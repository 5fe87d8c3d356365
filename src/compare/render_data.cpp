// The machine-readable forms: JSON and CSV.
#include <fmt/format.h>

#include <cmath>

#include "analyze/out_csv.h"
#include "compare/render.h"
#include "util/json.h"
#include "util/strings.h"

namespace bpftax {
namespace {

OrderedJson number_or_null(const std::optional<double>& value) {
  return value && std::isfinite(*value) ? OrderedJson(*value) : OrderedJson(nullptr);
}
OrderedJson text_or_null(const std::string& text) {
  return text.empty() ? OrderedJson(nullptr) : OrderedJson(text);
}
OrderedJson spread_json(const std::optional<Spread>& spread) {
  if (!spread) return nullptr;
  return {{"low", number_or_null(spread->low)}, {"high", spread->high}, {"below", spread->below}};
}

template <class Items, class Function>
OrderedJson list_of(const Items& items, Function&& function) {
  OrderedJson list = OrderedJson::array();
  for (const auto& item : items) list.push_back(function(item));
  return list;
}

void add_case(OrderedJson& out, const CompareCase& test_case) {
  out["environment"] = test_case.environment;
  out["tool"] = test_case.tool;
  out["protocol"] = test_case.protocol;
  out["direction"] = test_case.direction;
  out["parameters"] = text_or_null(test_case.parameters);
}

// One number has a field of its own; a range does not become one.
std::optional<double> single_of(const std::optional<Spread>& spread) {
  if (!spread || !spread->single()) return std::nullopt;
  return spread->high;
}
std::optional<Spread> range_of(const std::optional<Spread>& spread) {
  if (!spread || spread->single()) return std::nullopt;
  return spread;
}

OrderedJson ratio_json(const std::optional<RatioOfRatios>& ratio) {
  if (!ratio) return nullptr;
  OrderedJson out;
  out["ratio"] = number_or_null(ratio->ratio);
  out["ci_low"] = number_or_null(ratio->low);
  out["ci_high"] = number_or_null(ratio->high);
  out["confidence"] = ratio->low ? OrderedJson(ratio->confidence) : OrderedJson(nullptr);
  out["least"] = number_or_null(ratio->least);
  out["most"] = number_or_null(ratio->most);
  out["finding"] = text_or_null(ratio->finding);
  out["no_interval"] = text_or_null(ratio->why_no_interval);
  return out;
}

OrderedJson cell_json(const ComparedCell& cell) {
  if (!cell.present) return nullptr;
  const CompareValue& value = cell.value;
  OrderedJson out;
  out["overhead_percent"] = number_or_null(single_of(value.overhead));
  out["overhead_range"] = spread_json(range_of(value.overhead));
  out["ci_low"] = number_or_null(value.ci_low);
  out["ci_high"] = number_or_null(value.ci_high);
  out["confidence"] = value.ci_low ? OrderedJson(value.confidence) : OrderedJson(nullptr);
  out["blocks"] = value.blocks > 0 ? OrderedJson(value.blocks) : OrderedJson(nullptr);
  out["verdict"] = text_or_null(value.verdict);
  out["baseline_mean"] = number_or_null(value.baseline);
  out["subject_mean"] = number_or_null(value.with_subject);
  out["refused"] = text_or_null(cell.refused.empty() ? value.unusable : cell.refused);
  out["against_first"] = ratio_json(cell.ratio);
  return out;
}

OrderedJson source_json(const CompareSource& source) {
  OrderedJson facts = OrderedJson::object();
  for (const auto& [environment, hosts] : source.facts)
    facts[environment] = {{"server", OrderedJson(hosts.server)},
                          {"client", OrderedJson(hosts.client)},
                          {"tool", OrderedJson(hosts.tool)}};
  OrderedJson out;
  out["label"] = source.label;
  out["path"] = source.path;
  out["kind"] = source.kind;
  out["run_id"] = text_or_null(source.run_id);
  out["tool_version"] = text_or_null(source.tool_version);
  out["reference"] = text_or_null(source.reference);
  out["environments"] = source.environments;
  out["facts"] = std::move(facts);
  return out;
}

OrderedJson subject_json(const std::optional<CompareSubject>& subject) {
  if (!subject) return nullptr;
  OrderedJson out;
  out["status"] = subject->status;
  out["reason"] = text_or_null(subject->reason);
  out["command"] = text_or_null(subject->command);
  out["design"] = subject->design;
  out["design_reason"] = subject->design_reason;
  out["class"] = subject->use.name;
  out["class_reason"] = subject->use.reason;
  out["cpu_percent"] = spread_json(subject->cpu_percent);
  out["expectations"] = list_of(subject->checks, [](const ExpectationCheck& check) -> OrderedJson {
    return {{"what", check.what},
            {"measured_percent", check.measured},
            {"expected", check.expected},
            {"outcome", check.outcome},
            {"text", check.text}};
  });
  return out;
}

OrderedJson row_json(const ComparedRow& row) {
  OrderedJson out;
  add_case(out, row.test_case);
  out["workload"] = row.workload;
  out["metric"] = row.metric;
  out["unit"] = row.unit;
  out["better"] = row.higher_is_better ? "higher" : "lower";
  out["primary"] = row.primary;
  out["cells"] = list_of(row.cells, cell_json);
  return out;
}

OrderedJson refusal_json(const Refusal& refusal) {
  OrderedJson out;
  add_case(out, refusal.test_case);
  out["workload"] = text_or_null(refusal.workload);
  out["metric"] = text_or_null(refusal.metric);
  out["source"] = refusal.source;
  out["reason"] = refusal.reason;
  return out;
}

std::string csv_number(const std::optional<double>& value) {
  return value && std::isfinite(*value) ? OrderedJson(*value).dump() : "";
}

}  // namespace

OrderedJson compare_json(const Comparison& comparison) {
  OrderedJson out;
  out["schema"] = kCompareSchema;
  out["sources"] = list_of(comparison.sources, source_json);
  out["host_differences"] = list_of(comparison.facts, [](const FactDifference& difference) -> OrderedJson {
    return {
        {"fact", difference.fact},
        {"hosts", difference.hosts},
        {"values", list_of(difference.values, [](const std::string& text) { return text_or_null(text); })},
        {"known_to_differ", difference.known_to_differ}};
  });
  out["baselines"] = list_of(comparison.baselines, [](const ComparedBaseline& baseline) -> OrderedJson {
    return {{"environment", baseline.environment},
            {"workload", baseline.workload},
            {"metric", baseline.metric},
            {"unit", baseline.unit},
            {"values", list_of(baseline.values, [](const auto& value) { return spread_json(value); })}};
  });
  out["rows"] = list_of(comparison.rows, row_json);
  out["tools"] = list_of(comparison.tools, [](const ComparedTool& tool) {
    OrderedJson each;
    add_case(each, tool.test_case);
    each["sources"] = list_of(tool.subjects, subject_json);
    return each;
  });
  out["classes"] = list_of(comparison.classes, [](const ClassRange& range) -> OrderedJson {
    return {{"environment", range.environment},
            {"design", range.design},
            {"workload", text_or_null(range.workload)},
            {"metric", range.metric},
            {"values", list_of(range.values, [](const auto& value) { return spread_json(value); })},
            {"cases", range.tools}};
  });
  out["refused"] = list_of(comparison.refusals, refusal_json);
  out["alone"] = list_of(comparison.alone, refusal_json);
  out["notes"] = comparison.notes;
  return out;
}

std::string compare_document(const Comparison& comparison) {
  return compare_json(comparison).dump(2, ' ', false, OrderedJson::error_handler_t::replace) + "\n";
}

std::string compare_csv(const Comparison& comparison) {
  std::string out = csv_line(
      {"source",           "environment",  "tool",          "protocol",     "direction",     "parameters",
       "workload",         "metric",       "unit",          "better",       "baseline_mean", "subject_mean",
       "overhead_percent", "overhead_low", "overhead_high", "ci_low",       "ci_high",       "confidence",
       "blocks",           "verdict",      "ratio",         "ratio_ci_low", "ratio_ci_high", "ratio_least",
       "ratio_most",       "finding",      "refused"});
  for (const ComparedRow& row : comparison.rows) {
    for (size_t i = 0; i < row.cells.size(); ++i) {
      const ComparedCell& cell = row.cells[i];
      if (!cell.present) continue;
      const CompareValue& value = cell.value;
      const auto range = range_of(value.overhead);
      const RatioOfRatios ratio = cell.ratio.value_or(RatioOfRatios{});
      const std::optional<double> confidence =
          value.ci_low ? std::optional<double>(value.confidence) : std::nullopt;
      out += csv_line({csv_text(comparison.sources[i].label),
                       csv_text(row.test_case.environment),
                       csv_text(row.test_case.tool),
                       csv_text(row.test_case.protocol),
                       csv_text(row.test_case.direction),
                       csv_text(row.test_case.parameters),
                       csv_text(row.workload),
                       csv_text(row.metric),
                       csv_text(row.unit),
                       row.higher_is_better ? "higher" : "lower",
                       csv_number(value.baseline),
                       csv_number(value.with_subject),
                       csv_number(single_of(value.overhead)),
                       range ? csv_number(range->low) : "",
                       range ? csv_number(range->high) : "",
                       csv_number(value.ci_low),
                       csv_number(value.ci_high),
                       csv_number(confidence),
                       value.blocks > 0 ? std::to_string(value.blocks) : "",
                       value.verdict,
                       csv_number(ratio.ratio),
                       csv_number(ratio.low),
                       csv_number(ratio.high),
                       csv_number(ratio.least),
                       csv_number(ratio.most),
                       csv_text(ratio.finding),
                       csv_text(cell.refused.empty() ? value.unusable : cell.refused)});
    }
  }
  return out;
}

}  // namespace bpftax
