// Rows from a result.json of ours. It says what arrived (goodput, packets received); what the client sent,
// how many samples there were and how large the log became stand in the raw results only. Means are the
// comparisons' own: geometric, over blocks; those of the client are arithmetic.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "analyze/out_raw.h"
#include "analyze/out_table.h"
#include "analyze/warning_codes.h"
#include "util/strings.h"

namespace bpftax {
namespace {

using Value = std::optional<double>;
using Values = std::vector<Value>;

class RunRows {
 public:
  RunRows(const RunResult& result, const AnalysedTree* raw) : result_(result), raw_(raw) {
    for (const ResultComparison& row : result.comparisons)
      comparisons_.try_emplace(key(row.subject, row.workload, row.metric), &row);
    for (const ResultWindow& window : result.windows)
      if (window.valid && window.purpose == "timed")
        windows_[key(window.subject, window.workload, "")].push_back(&window);
  }
  OutRow row_of(size_t place) const;

 private:
  static std::string key(const std::string& subject, const std::string& workload, const std::string& metric) {
    return subject + '\n' + workload + '\n' + metric;
  }
  const ResultComparison* find(const ResultSubject& subject, const std::string& workload,
                               const char* metric) const {
    const auto found = comparisons_.find(key(subject.id, workload, metric));
    return found == comparisons_.end() ? nullptr : found->second;
  }
  std::string workload_of(const ResultSubject& subject, std::initializer_list<const char*> bases,
                          bool multi) const;
  using Windows = std::vector<const ResultWindow*>;
  const Windows& windows_of(const ResultSubject& subject, const std::string& workload) const;
  void latency(const ResultSubject& subject, const char* workload, Values& values) const;
  Values traffic(const ResultSubject& subject, const RawCase& raw, const std::string& single,
                 const std::string& multi, const char* metric, Value TrafficValues::*member) const;
  void use_of(const ResultSubject& subject, const std::string& workload, Values& values) const;

  const RunResult& result_;
  const AnalysedTree* raw_;
  std::map<std::string, const ResultComparison*> comparisons_;
  std::map<std::string, Windows> windows_;  // valid and timed, by subject and workload
};

const RunRows::Windows& RunRows::windows_of(const ResultSubject& subject, const std::string& workload) const {
  static const Windows kNone;
  const auto found = windows_.find(key(subject.id, workload, ""));
  return found == windows_.end() ? kNone : found->second;
}

// The least (or greatest) of a metric; absent unless every window has it.
template <class Choose>
Value extreme_of(const std::vector<const ResultWindow*>& windows, const char* metric, Choose&& choose) {
  Value best;
  for (const ResultWindow* window : windows) {
    const auto value = window->metrics.find(metric);
    if (value == window->metrics.end()) return std::nullopt;
    best = best ? choose(*best, value->second) : value->second;
  }
  return best;
}

// "tcp_stream", or the one with the most senders ("tcp_stream_8"); the first base that was measured.
std::string RunRows::workload_of(const ResultSubject& subject, std::initializer_list<const char*> bases,
                                 bool multi) const {
  for (const char* base : bases) {
    std::string best;
    int64_t most = 0;
    for (const ResultComparison& row : result_.comparisons) {
      if (row.subject != subject.id) continue;
      if (!multi && row.workload == base) return row.workload;
      const std::string prefix = std::string(base) + "_";
      if (!multi || !row.workload.starts_with(prefix)) continue;
      const int64_t senders = to_int64(row.workload.substr(prefix.size())).value_or(0);
      if (senders <= most) continue;
      most = senders;
      best = row.workload;
    }
    if (!best.empty()) return best;
  }
  return "";
}

void RunRows::latency(const ResultSubject& subject, const char* workload, Values& values) const {
  const ResultComparison* mean = find(subject, workload, "latency_mean_us");
  const Value seen = mean == nullptr ? Value() : mean->subject_mean;
  const Value baseline = mean == nullptr ? Value() : mean->baseline_mean;
  const Windows& windows = windows_of(subject, workload);
  const Value least =
      extreme_of(windows, "latency_min_us", [](double a, double b) { return std::min(a, b); });
  const Value most = extreme_of(windows, "latency_max_us", [](double a, double b) { return std::max(a, b); });
  values.insert(values.end(), {least, seen, most, baseline, difference_percent(seen, baseline)});
}

Values RunRows::traffic(const ResultSubject& subject, const RawCase& raw, const std::string& single,
                        const std::string& multi, const char* metric, Value TrafficValues::*member) const {
  Values values;
  for (const std::string& workload : {single, multi}) {
    const Value seen = windows_of_workload(raw.with_tool, workload).client().*member;
    const Value baseline = windows_of_workload(raw.baseline, workload).client().*member;
    values.insert(values.end(), {seen, baseline, difference_percent(seen, baseline)});
  }
  for (const std::string& workload : {single, multi}) {
    const ResultComparison* row = find(subject, workload, metric);
    const Value seen = row == nullptr ? Value() : row->subject_mean;
    const Value baseline = row == nullptr ? Value() : row->baseline_mean;
    values.insert(values.end(), {seen, baseline, difference_percent(seen, baseline)});
  }
  return values;
}

void RunRows::use_of(const ResultSubject& subject, const std::string& workload, Values& values) const {
  double sum = 0;
  int n = 0;
  Value cpu_max, rss_max;
  const auto raise = [](Value& most, const ResultWindow& window, const char* name) {
    const auto found = window.conditions.find(name);
    if (found != window.conditions.end()) most = std::max(most.value_or(found->second), found->second);
  };
  for (const ResultWindow* window : windows_of(subject, workload)) {
    if (const auto cpu = window->conditions.find("subject_cpu_percent"); cpu != window->conditions.end()) {
      sum += cpu->second;
      ++n;
    }
    raise(cpu_max, *window, "subject_cpu_peak_percent");
    raise(rss_max, *window, "subject_rss_peak_kb");
  }
  values.insert(values.end(), {n > 0 ? Value(sum / n) : Value(), cpu_max, rss_max});
}

// Whether the tool lived is the run's to say.
std::vector<AnalysisWarning> warnings_of(const AnalysedCase& of) {
  std::vector<AnalysisWarning> warnings = of.warnings;
  std::erase_if(warnings, [](const AnalysisWarning& said) { return said.code == warning_code::kToolDied; });
  return warnings;
}

// Of the tree and its baselines.
void add_raw_warnings(const AnalysedTree& raw, std::vector<AnalysisWarning>& warnings) {
  warnings.insert(warnings.end(), raw.warnings.begin(), raw.warnings.end());
  for (const AnalysedIteration& iteration : raw.iterations)
    for (const AnalysedEnvironment& environment : iteration.environments)
      if (environment.baseline)
        warnings.insert(warnings.end(), environment.baseline->warnings.begin(),
                        environment.baseline->warnings.end());
}

OutRow RunRows::row_of(size_t place) const {
  const ResultSubject& subject = result_.subjects[place];
  const RawCase raw = raw_ == nullptr ? RawCase() : find_raw_case(*raw_, result_, place);
  OutRow row;
  row.id = subject.id;
  row.without_raw = raw.with_tool == nullptr && subject.status == "measured";
  if (raw.with_tool != nullptr) row.warnings = warnings_of(*raw.with_tool);
  row.topic = subject.test_case ? subject.test_case->tool_id : subject.name;
  row.tool_case = subject.name.empty() ? subject.id : subject.name;
  if (subject.test_case) {
    row.protocol = subject.test_case->protocol;
    row.direction = subject.test_case->direction;
  }
  row.environment = subject.environment;
  if (subject.status != "measured")
    row.trouble = subject.reason.empty() ? "it could not be measured" : subject.reason;
  Values& values = row.of(OutTable::kLatency);
  latency(subject, "tcp_rr", values);
  latency(subject, "udp_rr", values);
  const std::string stream = workload_of(subject, {"tcp_stream", "udp_stream"}, false);
  const std::string streams = workload_of(subject, {"tcp_stream", "udp_stream"}, true);
  const std::string packets = workload_of(subject, {"udp_pps"}, false);
  const std::string packets_multi = workload_of(subject, {"udp_pps"}, true);
  row.of(OutTable::kThroughput) =
      traffic(subject, raw, stream, streams, "throughput_gbps", &TrafficValues::gbps);
  row.of(OutTable::kPps) =
      traffic(subject, raw, packets, packets_multi, "packets_per_s", &TrafficValues::pps);
  Values& use = row.of(OutTable::kResources);
  for (const std::string& workload : {packets, packets_multi, stream, streams})
    use_of(subject, workload, use);
  Value samples, log_size;
  if (raw.with_tool != nullptr && raw.with_tool->resources) {
    samples = static_cast<double>(raw.with_tool->resources->use.samples);
    log_size = raw.with_tool->resources->log_size_bytes;
  }
  use.insert(use.end(),
             {subject.process_rss_kb.peak, subject.process_vsz_kb.peak, samples, log_size, log_size});
  return row;
}

}  // namespace

OutIteration out_rows(const RunResult& result, const std::string& name, const AnalysedTree* raw) {
  OutIteration iteration;
  iteration.name = name;
  const RunRows rows(result, raw);
  std::map<std::string, std::vector<OutRow>> by_topic;
  for (size_t i = 0; i < result.subjects.size(); ++i) {
    OutRow row = rows.row_of(i);
    by_topic[row.topic].push_back(std::move(row));
  }
  for (auto& [topic, of_topic] : by_topic)
    for (OutRow& row : of_topic) iteration.rows.push_back(std::move(row));
  for (const ResultWarning& warning : result.warnings)
    iteration.warnings.push_back({warning.code, "", warning.text});
  if (raw != nullptr) add_raw_warnings(*raw, iteration.warnings);
  return iteration;
}

}  // namespace bpftax
