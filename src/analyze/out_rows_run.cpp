// Rows from a result.json of ours. A run of ours measures what arrived (goodput, packets received): the
// columns of what a client sent stay unknown. Means are the comparisons' own: geometric, over blocks.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "analyze/out_table.h"
#include "util/strings.h"

namespace bpftax {
namespace {

using Value = std::optional<double>;
using Values = std::vector<Value>;

class RunRows {
 public:
  explicit RunRows(const RunResult& result) : result_(result) {
    for (const ResultComparison& row : result.comparisons)
      comparisons_.try_emplace(key(row.subject, row.workload, row.metric), &row);
  }
  OutRow row_of(const ResultSubject& subject) const;

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
  void latency(const ResultSubject& subject, const char* workload, Values& values) const;
  Values traffic(const ResultSubject& subject, const std::string& single, const std::string& multi,
                 const char* metric) const;
  void use_of(const ResultSubject& subject, const std::string& workload, Values& values) const;

  const RunResult& result_;
  std::map<std::string, const ResultComparison*> comparisons_;
};

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
  const auto seen = [&](const char* metric) {
    const ResultComparison* row = find(subject, workload, metric);
    return row == nullptr ? Value() : row->subject_mean;
  };
  const ResultComparison* mean = find(subject, workload, "latency_mean_us");
  const Value baseline = mean == nullptr ? Value() : mean->baseline_mean;
  values.insert(values.end(), {seen("latency_min_us"), seen("latency_mean_us"), seen("latency_max_us"),
                               baseline, difference_percent(seen("latency_mean_us"), baseline)});
}

Values RunRows::traffic(const ResultSubject& subject, const std::string& single, const std::string& multi,
                        const char* metric) const {
  Values values(6);  // the client's
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
  for (const ResultWindow& window : result_.windows) {
    if (window.subject != subject.id || window.workload != workload || !window.valid ||
        window.purpose != "timed")
      continue;
    if (const auto cpu = window.conditions.find("subject_cpu_percent"); cpu != window.conditions.end()) {
      sum += cpu->second;
      ++n;
    }
    raise(cpu_max, window, "subject_cpu_peak_percent");
    raise(rss_max, window, "subject_rss_peak_kb");
  }
  values.insert(values.end(), {n > 0 ? Value(sum / n) : Value(), cpu_max, rss_max});
}

OutRow RunRows::row_of(const ResultSubject& subject) const {
  OutRow row;
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
  row.of(OutTable::kThroughput) = traffic(subject, stream, streams, "throughput_gbps");
  row.of(OutTable::kPps) = traffic(subject, packets, packets_multi, "packets_per_s");
  Values& use = row.of(OutTable::kResources);
  for (const std::string& workload : {packets, packets_multi, stream, streams})
    use_of(subject, workload, use);
  use.insert(use.end(),
             {subject.process_rss_kb.peak, subject.process_vsz_kb.peak, Value(), Value(), Value()});
  return row;
}

}  // namespace

OutIteration out_rows(const RunResult& result, const std::string& name) {
  OutIteration iteration;
  iteration.name = name;
  const RunRows rows(result);
  std::map<std::string, std::vector<OutRow>> by_topic;
  std::map<std::string, int> names;
  for (const ResultSubject& subject : result.subjects) ++names[subject.environment + '\n' + subject.name];
  for (const ResultSubject& subject : result.subjects) {
    OutRow row = rows.row_of(subject);
    if (names[subject.environment + '\n' + subject.name] > 1) row.tool_case += " [" + subject.id + "]";
    by_topic[row.topic].push_back(std::move(row));
  }
  for (auto& [topic, of_topic] : by_topic)
    for (OutRow& row : of_topic) iteration.rows.push_back(std::move(row));
  for (const ResultWarning& warning : result.warnings)
    iteration.warnings.push_back({warning.code, "", warning.text});
  name_environments(iteration);
  return iteration;
}

}  // namespace bpftax
