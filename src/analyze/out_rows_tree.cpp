// Rows from a tree of raw results.
#include <fmt/format.h>

#include <map>
#include <set>

#include "analyze/out_table.h"

namespace bpftax {
namespace {

using Value = std::optional<double>;
using Values = std::vector<Value>;

// A window of the case and the one of the baseline that was made in the same way.
struct Pair {
  WindowGroup of_case, of_baseline;
};

// The baseline must have been made with the same protocol and the same number of streams: another one would
// answer another question.
Pair pair_of(const AnalysedCase& of, const AnalysedCase* baseline, std::string_view perf_type,
             std::string_view conn) {
  Pair pair;
  pair.of_case = find_windows(of, perf_type, conn);
  if (baseline == nullptr || pair.of_case.empty()) return pair;
  const AnalysedWindow& seen = *pair.of_case.windows.front();
  pair.of_baseline = find_windows(*baseline, perf_type, seen.conn, seen.protocol);
  return pair;
}

void add_with_difference(Values& values, const Value& value, const Value& baseline) {
  values.insert(values.end(), {value, baseline, difference_percent(value, baseline)});
}

Values latency_values(const AnalysedCase& of, const AnalysedCase* baseline) {
  Values values;
  for (const char* conn : {"tcp_rr", "udp_rr"}) {
    const Pair pair = pair_of(of, baseline, "latency", conn);
    const LatencyValues seen = pair.of_case.latency();
    const LatencyValues base = pair.of_baseline.latency();
    values.insert(values.end(), {seen.min_us, seen.mean_us, seen.max_us, base.mean_us,
                                 difference_percent(seen.mean_us, base.mean_us)});
  }
  return values;
}

Values traffic_values(const AnalysedCase& of, const AnalysedCase* baseline, std::string_view perf_type,
                      Value TrafficValues::*member) {
  const Pair single = pair_of(of, baseline, perf_type, "single");
  const Pair multi = pair_of(of, baseline, perf_type, "multi");
  Values values;
  for (const Pair* pair : {&single, &multi})
    add_with_difference(values, pair->of_case.client().*member, pair->of_baseline.client().*member);
  for (const Pair* pair : {&single, &multi})
    add_with_difference(values, pair->of_case.server().*member, pair->of_baseline.server().*member);
  return values;
}

Values resource_values(const AnalysedCase& of) {
  Values values;
  for (const char* perf_type : {"pps", "throughput"}) {
    for (const char* conn : {"single", "multi"}) {
      const auto use = find_windows(of, perf_type, conn).resources().value_or(ResourceUse{});
      values.insert(values.end(), {use.cpu_avg_percent, use.cpu_max_percent, use.rss_max_kb});
    }
  }
  const ResourceTotals totals = of.resources.value_or(ResourceTotals{});
  Value samples;
  if (of.resources) samples = static_cast<double>(totals.use.samples);
  values.insert(values.end(), {totals.use.rss_max_kb, totals.use.vsz_max_kb, samples, totals.log_size_bytes,
                               totals.log_size_bytes});
  return values;
}

bool has_writes(const AnalysedCase& of) {
  for (const AnalysedWindow& window : of.windows)
    if (window.perf_type == "pps" && !window.pps_is_packets && window.protocol != "udp") return true;
  return false;
}

OutRow row_of(const AnalysedCase& of, const AnalysedEnvironment& environment) {
  const AnalysedCase* baseline = environment.baseline ? &*environment.baseline : nullptr;
  OutRow row;
  row.topic = of.key.tool_id;
  row.tool_case = of.key.folder;
  row.protocol = of.key.protocol;
  row.direction = of.key.direction;
  row.environment = environment.name;
  if (of.tool == ToolState::kDied)
    row.trouble = of.tool_evidence.empty() ? "the tool was not running" : of.tool_evidence;
  row.pps_is_writes = has_writes(of);
  row.warnings = of.warnings;
  row.of(OutTable::kLatency) = latency_values(of, baseline);
  row.of(OutTable::kThroughput) = traffic_values(of, baseline, "throughput", &TrafficValues::gbps);
  row.of(OutTable::kPps) = traffic_values(of, baseline, "pps", &TrafficValues::pps);
  row.of(OutTable::kResources) = resource_values(of);
  return row;
}

}  // namespace

std::vector<OutIteration> out_rows(const AnalysedTree& tree) {
  std::vector<OutIteration> iterations;
  for (const AnalysedIteration& from : tree.iterations) {
    OutIteration iteration;
    iteration.name = from.name;
    iteration.warnings = tree.warnings;
    std::map<std::string, std::vector<OutRow>> by_topic;
    for (const AnalysedEnvironment& environment : from.environments) {
      if (environment.baseline) {
        const auto& said = environment.baseline->warnings;
        iteration.warnings.insert(iteration.warnings.end(), said.begin(), said.end());
      }
      for (const AnalysedCase& of : environment.cases)
        by_topic[of.key.tool_id].push_back(row_of(of, environment));
    }
    for (auto& [topic, rows] : by_topic)
      for (OutRow& row : rows) iteration.rows.push_back(std::move(row));
    iterations.push_back(std::move(iteration));
  }
  name_cases(iterations);
  return iterations;
}

}  // namespace bpftax
