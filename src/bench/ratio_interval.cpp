#include "bench/ratio_interval.h"

#include <algorithm>
#include <cmath>

#include "stats/distributions.h"

namespace bpftax::bench {
namespace {

constexpr double kUpper = 0.975;
constexpr int kNormal = 100'000;  // degrees of freedom at which t is the normal distribution

int freedom(int n) {
  return n >= 2 ? n - 1 : kNormal;
}

double standard_error(const Value& value, int n) {
  return (*value.high - *value.low) / 2 / t_quantile(kUpper, freedom(n));
}

// Welch-Satterthwaite, for two variances of means.
int joint_freedom(double variance_a, int freedom_a, double variance_b, int freedom_b) {
  const double below = variance_a * variance_a / freedom_a + variance_b * variance_b / freedom_b;
  if (!(below > 0)) return std::min(freedom_a, freedom_b);
  const double sum = variance_a + variance_b;
  return static_cast<int>(std::clamp(std::floor(sum * sum / below), 1.0, static_cast<double>(kNormal)));
}

}  // namespace

std::optional<RatioInterval> ratio_interval(const Value& a, int n_a, const Value& b, int n_b) {
  if (!std::isfinite(a.mean) || !std::isfinite(b.mean) || a.mean == 0) return std::nullopt;
  RatioInterval result;
  const double r = result.ratio = b.mean / a.mean;
  if (!std::isfinite(r)) return std::nullopt;
  if (!a.low || !a.high || !b.low || !b.high) {
    result.why_no_interval = "a value without an interval";
    return result;
  }
  const double s_a = standard_error(a, n_a), s_b = standard_error(b, n_b);
  const double variance_a = r * r * s_a * s_a, variance_b = s_b * s_b;
  const double t = t_quantile(kUpper, joint_freedom(variance_a, freedom(n_a), variance_b, freedom(n_b)));
  const double g = t * t * s_a * s_a / (a.mean * a.mean);
  if (!(g < 1)) {
    result.why_no_interval = "the first value is not told apart from 0";
    return result;
  }
  const double half = t / std::fabs(a.mean) * std::sqrt((1 - g) * variance_b + variance_a);
  const double low = (r - half) / (1 - g), high = (r + half) / (1 - g);
  if (!std::isfinite(low) || !std::isfinite(high)) {
    result.why_no_interval = "the intervals are too wide";
    return result;
  }
  result.low = low;
  result.high = high;
  return result;
}

}  // namespace bpftax::bench
