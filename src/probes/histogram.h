// Histograms with buckets of powers of two: quantiles and drawing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "probes/latency_summary.h"

namespace bpftax {

uint64_t count_of(const LatencyHistogram& histogram);
LatencyHistogram operator+(const LatencyHistogram& a, const LatencyHistogram& b);
// What came to it between two readings, a the later one.
LatencyHistogram operator-(const LatencyHistogram& a, const LatencyHistogram& b);

// Interpolated inside its bucket, so right to a factor of 2 at worst; nullopt without samples. 0 < q <= 1.
std::optional<double> quantile_ns(const LatencyHistogram& histogram, double q);

// "1234 packets  mean 12.6 us  p50 10.9 us  p99 48 us", then a line for each bucket from the first used one
// to the last: range, count, bar. Without samples: one line that says so.
std::vector<std::string> format_histogram(const LatencyHistogram& histogram);

}  // namespace bpftax
