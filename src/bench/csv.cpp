#include "bench/csv.h"

#include <cmath>
#include <set>
#include <utility>

#include "analyze/out_csv.h"
#include "util/strings.h"

namespace bpftax::bench {
namespace {

using MetricColumn = std::pair<std::string, std::string>;  // name, unit

std::string param_field(const Json& params, const std::string& name) {
  const auto found = params.find(name);
  if (found == params.end()) return "";
  return found->is_string() ? csv_text(found->get<std::string>()) : found->dump();
}

void put_value(std::vector<std::string>& fields, const std::optional<Value>& value) {
  const Value known = value.value_or(Value{});
  fields.push_back(value ? csv_number_or_empty(known.mean) : "");
  fields.push_back(csv_number_or_empty(known.low));
  fields.push_back(csv_number_or_empty(known.high));
}

std::optional<Value> metric_value(const Row& row, const MetricColumn& column) {
  for (const Metric& metric : row.metrics)
    if (metric.name == column.first && metric.unit == column.second) return metric.value;
  return std::nullopt;
}

}  // namespace

std::string csv_number_or_empty(const std::optional<double>& value) {
  return value && std::isfinite(*value) ? OrderedJson(*value).dump() : "";
}

std::string document_csv(const Document& document) {
  std::set<std::string> params;
  std::set<MetricColumn> metrics;
  for (const Row& row : document.rows) {
    for (const auto& item : row.params.items()) params.insert(item.key());
    for (const Metric& metric : row.metrics) metrics.insert({metric.name, metric.unit});
  }
  std::vector<std::string> header = {"benchmark", "subject",  "op",           "side",          "condition",
                                     "floor",     "status",   "reason",       "ns_per_op",     "ci_low",
                                     "ci_high",   "floor_ns", "floor_ci_low", "floor_ci_high", "p50",
                                     "p99",       "samples",  "processes",    "warnings"};
  for (const std::string& name : params) header.push_back(csv_text("param:" + name));
  for (const auto& [name, unit] : metrics)
    for (const char* part : {"", ":ci_low", ":ci_high"})
      header.push_back(csv_text("metric:" + name + ":" + unit + part));

  std::string text = csv_line(header);
  for (const Row& row : document.rows) {
    std::vector<std::string> fields = {csv_text(row.benchmark),
                                       csv_text(row.subject),
                                       csv_text(row.op),
                                       csv_text(row.side),
                                       csv_text(row.condition),
                                       row.is_floor ? "1" : "0",
                                       std::string(to_string(row.status)),
                                       csv_text(row.reason)};
    put_value(fields, row.ns);
    put_value(fields, row.floor_ns);
    fields.push_back(csv_number_or_empty(row.p50));
    fields.push_back(csv_number_or_empty(row.p99));
    const bool measured = row.status == Status::kMeasured;
    fields.push_back(measured ? std::to_string(row.samples) : "");
    fields.push_back(measured ? std::to_string(row.processes) : "");
    fields.push_back(csv_text(join(row.warnings, "; ")));
    for (const std::string& name : params) fields.push_back(param_field(row.params, name));
    for (const MetricColumn& column : metrics) put_value(fields, metric_value(row, column));
    text += csv_line(fields);
  }
  return text;
}

}  // namespace bpftax::bench
