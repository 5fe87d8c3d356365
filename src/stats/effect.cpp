#include "stats/effect.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "stats/descriptive.h"
#include "stats/distributions.h"

namespace bpftax {
namespace {

double log_or_nan(double value) {
  return value > 0 && std::isfinite(value) ? std::log(value) : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

double block_effect(Direction direction, double a1, double t, double a2) {
  const double effect = log_or_nan(t) - (log_or_nan(a1) + log_or_nan(a2)) / 2;
  return direction == Direction::kLowerIsBetter ? effect : -effect;
}

double noise_effect(double a1, double a2) {
  return log_or_nan(a2) - log_or_nan(a1);
}

double overhead_percent(Direction direction, double log_effect) {
  return 100 * (direction == Direction::kLowerIsBetter ? std::expm1(log_effect) : -std::expm1(-log_effect));
}

std::optional<double> log_effect(Direction direction, double percent) {
  const double signed_share = (direction == Direction::kLowerIsBetter ? percent : -percent) / 100;
  if (!(signed_share > -1)) return std::nullopt;
  const double effect = std::log1p(signed_share);
  return direction == Direction::kLowerIsBetter ? effect : -effect;
}

std::optional<Estimate> estimate(std::span<const double> effects, double alpha) {
  if (effects.size() < 2 || !(alpha > 0 && alpha < 1)) return std::nullopt;
  if (!std::all_of(effects.begin(), effects.end(), [](double value) { return std::isfinite(value); })) {
    return std::nullopt;
  }
  Estimate result;
  result.n = static_cast<int>(effects.size());
  result.mean = *mean(effects);
  result.sd = *standard_deviation(effects);
  // Equal inputs leave a rounding residue of a few ulps in ln() and the mean; that is not variation.
  double largest = 0;
  for (const double value : effects) largest = std::max(largest, std::abs(value));
  if (result.sd <= 8 * std::numeric_limits<double>::epsilon() * std::max(largest, 1.0)) result.sd = 0;

  const auto n = static_cast<double>(result.n);
  double variance = result.sd * result.sd;
  if (result.sd > 0) {
    result.autocorrelation = lag1_autocorrelation(effects).value_or(0);
    if (const double r = result.autocorrelation; r > 2 / std::sqrt(n) && r < 1) {
      variance *= (1 + r) / (1 - r);
      result.variance_inflated = true;
    }
  }
  result.standard_error = std::sqrt(variance / n);
  const double half_width = t_quantile(1 - alpha / 2, result.n - 1) * result.standard_error;
  result.ci = {result.mean - half_width, result.mean + half_width};
  if (result.standard_error > 0) {
    result.p_value = t_two_sided_p(result.mean / result.standard_error, result.n - 1);
  } else {
    result.p_value = result.mean == 0 ? 1 : 0;
  }
  result.mde = minimum_detectable_effect(result.n, result.standard_error, alpha);
  return result;
}

double minimum_detectable_effect(int n, double standard_error, double alpha, double power) {
  return (t_quantile(1 - alpha / 2, n - 1) + t_quantile(power, n - 1)) * standard_error;
}

std::optional<int> blocks_to_detect(double distance, double sd, double alpha, int n_min, int n_max,
                                    double power) {
  if (!(distance > 0)) return std::nullopt;
  const auto finds = [&](int n) {
    return minimum_detectable_effect(n, sd / std::sqrt(static_cast<double>(n)), alpha, power) <= distance;
  };
  int low = std::max(n_min, 2);
  int high = n_max;
  if (low > high || !finds(high)) return std::nullopt;
  while (low < high) {  // the detectable effect only falls with n
    const int middle = low + (high - low) / 2;
    if (finds(middle)) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

}  // namespace bpftax
