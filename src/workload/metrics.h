// The metrics that workloads report: names (formats.md section 2), units, default margins and absolute floors
// (method.md section 2), and which of them decide a verdict.
//
// Primary, that is: they decide whether a subject passes:
//   streams            throughput_gbps (goodput: what the receiver got)
//   packets            packets_per_s
//   request/response   latency_mean_us
// Secondary: everything else. Of the latencies only the mean is primary, because only it has full precision
// with every generator: it is one second over the transaction rate. netperf reads percentiles from a
// histogram with buckets of 1 us below 100 us, 10 us below 1 ms, 100 us below 10 ms, and prints whole
// microseconds (src/hist.h of netperf 2.7). On a 5 us path one step is 20 %, more than any margin: a
// percentile that moved by one step tells nothing. Its floor is therefore two steps (2 us), so that a
// difference that counts is a real one of more than 1 us. sockperf's percentiles are exact to a nanosecond
// and keep the floor of 1 us.
#pragma once

#include <string>
#include <vector>

#include "workload/workload.h"

namespace bpftax {

// Names in one place.
inline constexpr const char* kThroughputGbps = "throughput_gbps";
inline constexpr const char* kPacketsPerS = "packets_per_s";
inline constexpr const char* kLossPercent = "loss_percent";
inline constexpr const char* kTransactionsPerS = "transactions_per_s";
inline constexpr const char* kLatencyMinUs = "latency_min_us";
inline constexpr const char* kLatencyMeanUs = "latency_mean_us";
inline constexpr const char* kLatencyP50Us = "latency_p50_us";
inline constexpr const char* kLatencyP90Us = "latency_p90_us";
inline constexpr const char* kLatencyP99Us = "latency_p99_us";
inline constexpr const char* kLatencyMaxUs = "latency_max_us";
inline constexpr const char* kCpuUsPerUnit = "cpu_us_per_unit";

// throughput_gbps, cpu_us_per_unit (unit of work: GB of goodput, 1e9 bytes) and, with UDP, loss_percent.
std::vector<MetricInfo> stream_metrics(bool udp);
// packets_per_s, loss_percent, cpu_us_per_unit (unit of work: packet received).
std::vector<MetricInfo> packet_metrics();
// All latencies, transactions_per_s, cpu_us_per_unit (unit of work: transaction). percentile_floor_us as said
// above.
std::vector<MetricInfo> request_response_metrics(double percentile_floor_us);

}  // namespace bpftax
