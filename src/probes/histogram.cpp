#include "probes/histogram.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "probes/output.h"

namespace bpftax {
namespace {

constexpr size_t kBarWidth = 40;

double lower_edge_ns(int bucket) {
  return bucket == 0 ? 0 : std::ldexp(1.0, bucket);
}

double upper_edge_ns(int bucket) {
  return std::ldexp(1.0, bucket + 1);
}

template <class Operation>
LatencyHistogram combine(const LatencyHistogram& a, const LatencyHistogram& b, Operation operation) {
  LatencyHistogram result{};
  std::transform(std::begin(a.buckets), std::end(a.buckets), std::begin(b.buckets),
                 std::begin(result.buckets), operation);
  result.sum_ns = operation(a.sum_ns, b.sum_ns);
  return result;
}

}  // namespace

uint64_t count_of(const LatencyHistogram& histogram) {
  return std::accumulate(std::begin(histogram.buckets), std::end(histogram.buckets), uint64_t{0});
}

LatencyHistogram operator+(const LatencyHistogram& a, const LatencyHistogram& b) {
  return combine(a, b, std::plus<>());
}

LatencyHistogram operator-(const LatencyHistogram& a, const LatencyHistogram& b) {
  return combine(a, b, std::minus<>());
}

std::optional<double> quantile_ns(const LatencyHistogram& histogram, double q) {
  const uint64_t total = count_of(histogram);
  if (total == 0) return std::nullopt;
  const double rank = q * static_cast<double>(total);
  double below = 0;
  for (int i = 0; i < kLatencyBuckets; ++i) {
    const auto inside = static_cast<double>(histogram.buckets[i]);
    if (inside > 0 && below + inside >= rank)
      return lower_edge_ns(i) + (rank - below) / inside * (upper_edge_ns(i) - lower_edge_ns(i));
    below += inside;
  }
  return upper_edge_ns(kLatencyBuckets - 1);
}

std::vector<std::string> format_histogram(const LatencyHistogram& histogram) {
  const uint64_t total = count_of(histogram);
  if (total == 0) return {"no packets"};
  std::vector<std::string> lines = {
      fmt::format("{} packets  mean {}  p50 {}  p90 {}  p99 {}", total,
                  format_ns(static_cast<double>(histogram.sum_ns) / static_cast<double>(total)),
                  format_ns(*quantile_ns(histogram, 0.5)), format_ns(*quantile_ns(histogram, 0.9)),
                  format_ns(*quantile_ns(histogram, 0.99)))};
  const auto used = [](uint64_t count) { return count != 0; };
  const auto* first = std::find_if(std::begin(histogram.buckets), std::end(histogram.buckets), used);
  const auto* last = std::end(histogram.buckets);
  while (!used(*(last - 1))) --last;
  const uint64_t highest = *std::max_element(first, last);
  for (const auto* bucket = first; bucket != last; ++bucket) {
    const int index = static_cast<int>(bucket - std::begin(histogram.buckets));
    const auto width = static_cast<size_t>(
        std::lround(static_cast<double>(*bucket) / static_cast<double>(highest) * double{kBarWidth}));
    // A bucket that holds anything shows something.
    lines.push_back(fmt::format("{:>9} .. {:<9} {:>10} |{:<{}}|", format_ns(lower_edge_ns(index)),
                                format_ns(upper_edge_ns(index)), *bucket,
                                std::string(*bucket == 0 ? 0 : std::max<size_t>(width, 1), '#'), kBarWidth));
  }
  return lines;
}

}  // namespace bpftax
