#include "analyze/out_windows.h"

#include <fmt/format.h>

#include <algorithm>

#include "analyze/out_result.h"
#include "util/clock.h"
#include "workload/metrics.h"

namespace bpftax {
namespace {

// netperf's percentiles are whole microseconds (workload/metrics.h).
constexpr double kPercentileFloorUs = 2;

void set_condition(std::map<std::string, double>& values, const char* name,
                   const std::optional<double>& value) {
  if (value) values[name] = *value;
}

std::vector<MetricInfo> without_cpu(std::vector<MetricInfo> metrics) {
  std::erase_if(metrics, [](const MetricInfo& metric) { return metric.name == kCpuUsPerUnit; });
  return metrics;
}

MetricInfo writes_metric() {
  MetricInfo writes;
  writes.name = kWritesPerS;
  writes.unit = "1/s";
  writes.better = Better::kHigher;
  writes.primary = true;
  return writes;
}

std::string why_invalid(const AnalysedWindow& window) {
  if (!window.status.empty() && window.status != "success") return "the run says: " + window.status;
  for (const TrafficStream& stream : window.each)
    if (!stream.fault.empty()) return fmt::format("stream {}: {}", stream.index, stream.fault);
  return "its value could not be read";
}

}  // namespace

const std::vector<MetricInfo>& tree_metrics(const std::string& workload) {
  static const std::vector<MetricInfo> kLatency = without_cpu(request_response_metrics(kPercentileFloorUs));
  static const std::vector<MetricInfo> kTcp = without_cpu(stream_metrics(false));
  static const std::vector<MetricInfo> kUdp = without_cpu(stream_metrics(true));
  static const std::vector<MetricInfo> kPackets = without_cpu(packet_metrics());
  static const std::vector<MetricInfo> kWrites = {writes_metric()};
  const std::string_view kind = perf_type_of(workload);
  const bool udp = workload.starts_with("udp");
  if (kind == "latency") return kLatency;
  if (kind == "throughput") return udp ? kUdp : kTcp;
  return udp ? kPackets : kWrites;
}

std::optional<double> tree_value(const WindowGroup& windows, const std::string& metric) {
  if (windows.empty()) return std::nullopt;
  if (metric == kThroughputGbps) return windows.server().gbps;
  if (metric == kPacketsPerS || metric == kWritesPerS) return windows.server().pps;
  if (metric == kLossPercent) return windows.server().lost_percent;
  const LatencyValues latency = windows.latency();
  if (metric == kLatencyMinUs) return latency.min_us;
  if (metric == kLatencyMeanUs) return latency.mean_us;
  if (metric == kLatencyP50Us) return latency.p50_us;
  if (metric == kLatencyP90Us) return latency.p90_us;
  if (metric == kLatencyP99Us) return latency.p99_us;
  if (metric == kLatencyMaxUs) return latency.max_us;
  if (metric == kTransactionsPerS) return latency.transactions_per_s;
  return std::nullopt;
}

std::string protocol_of(const AnalysedWindow& window, const AnalysedCase& of, const AnalysedCase* baseline) {
  if (!window.protocol.empty()) return window.protocol;
  if (window.conn.starts_with("udp")) return "udp";
  for (const AnalysedCase* where : {&of, baseline}) {
    if (where == nullptr) continue;
    for (const AnalysedWindow& other : where->windows)
      if (other.perf_type == window.perf_type && !other.protocol.empty()) return other.protocol;
  }
  return "tcp";
}

ResultWindow result_window(const AnalysedWindow& window, const WindowPlace& place) {
  ResultWindow out;
  out.environment = out.part = place.environment;
  out.block = place.several || window.workload.empty() ? place.number : window.block;
  out.arm = place.arm;
  out.subject = place.subject;
  out.workload = place.workload;
  if (!window.purpose.empty()) out.purpose = window.purpose;
  out.start_realtime_ns = window.begin_ns.value_or(0);
  if (window.begin_ns && window.end_ns && *window.end_ns > *window.begin_ns)
    out.duration_s = static_cast<double>(*window.end_ns - *window.begin_ns) / kNsPerS;
  if (out.duration_s == 0) out.duration_s = window.client.duration_s.value_or(0);
  bool has_primary = false;
  for (const MetricInfo& metric : tree_metrics(place.workload)) {
    const auto value = tree_value(WindowGroup{{&window}}, metric.name);
    if (!value) continue;
    out.metrics[metric.name] = *value;
    has_primary = has_primary || metric.primary;
  }
  if (window.resources) {
    set_condition(out.conditions, "subject_cpu_percent", window.resources->cpu_avg_percent);
    set_condition(out.conditions, "subject_cpu_peak_percent", window.resources->cpu_max_percent);
    set_condition(out.conditions, "subject_rss_peak_kb", window.resources->rss_max_kb);
    set_condition(out.conditions, "subject_vsz_peak_kb", window.resources->vsz_max_kb);
  }
  set_condition(out.conditions, "subject_output_bytes_per_s", window.log_bytes_per_s);
  out.valid = has_primary && (window.status.empty() || window.status == "success") && place.fault.empty();
  if (!out.valid) out.reason = place.fault.empty() ? why_invalid(window) : place.fault;
  return out;
}

}  // namespace bpftax
