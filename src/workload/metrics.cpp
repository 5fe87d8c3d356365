#include "workload/metrics.h"

namespace bpftax {
namespace {

constexpr double kThroughputMargin = 3;
constexpr double kLatencyMargin = 5;
constexpr double kTailMargin = 10;
constexpr double kCpuMargin = 5;
constexpr double kLossMargin = 10;
constexpr double kLatencyFloorUs = 1;
// Loss of unpaced datagrams wanders by some tenths of a percentage point by itself.
constexpr double kLossFloorPercent = 0.1;

MetricInfo metric(const char* name, const char* unit, Better better, bool primary, double margin,
                  double floor = 0) {
  return {name, unit, better, primary, margin, floor};
}

MetricInfo cpu_metric(const char* unit) {
  return metric(kCpuUsPerUnit, unit, Better::kLower, false, kCpuMargin);
}

MetricInfo loss_metric() {
  return metric(kLossPercent, "%", Better::kLower, false, kLossMargin, kLossFloorPercent);
}

}  // namespace

std::vector<MetricInfo> stream_metrics(bool udp) {
  std::vector<MetricInfo> metrics = {
      metric(kThroughputGbps, "Gbit/s", Better::kHigher, true, kThroughputMargin)};
  if (udp) metrics.push_back(loss_metric());
  metrics.push_back(cpu_metric("us/GB"));
  return metrics;
}

std::vector<MetricInfo> packet_metrics() {
  return {metric(kPacketsPerS, "1/s", Better::kHigher, true, kThroughputMargin), loss_metric(),
          cpu_metric("us/packet")};
}

std::vector<MetricInfo> request_response_metrics(double percentile_floor_us) {
  return {metric(kLatencyMeanUs, "us", Better::kLower, true, kLatencyMargin, kLatencyFloorUs),
          metric(kLatencyP50Us, "us", Better::kLower, false, kLatencyMargin, percentile_floor_us),
          metric(kLatencyP90Us, "us", Better::kLower, false, kTailMargin, percentile_floor_us),
          metric(kLatencyP99Us, "us", Better::kLower, false, kTailMargin, percentile_floor_us),
          metric(kLatencyMinUs, "us", Better::kLower, false, kLatencyMargin, percentile_floor_us),
          metric(kLatencyMaxUs, "us", Better::kLower, false, kTailMargin, percentile_floor_us),
          metric(kTransactionsPerS, "1/s", Better::kHigher, false, kLatencyMargin),
          cpu_metric("us/transaction")};
}

}  // namespace bpftax
