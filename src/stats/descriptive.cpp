#include "stats/descriptive.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace bpftax {

std::optional<double> mean(std::span<const double> values) {
  if (values.empty()) return std::nullopt;
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

std::optional<double> geometric_mean(std::span<const double> values) {
  if (values.empty()) return std::nullopt;
  double sum = 0;
  for (const double value : values) {
    if (!(value > 0)) return std::nullopt;
    sum += std::log(value);
  }
  return std::exp(sum / static_cast<double>(values.size()));
}

std::optional<double> median(std::span<const double> values) {
  return quantile(values, 0.5);
}

std::optional<double> standard_deviation(std::span<const double> values) {
  if (values.size() < 2) return std::nullopt;
  const double centre = *mean(values);
  double sum = 0;
  double remainder =
      0;  // of the deviations: removes the rounding error of the mean (Chan, Golub & LeVeque 1983)
  for (const double value : values) {
    const double deviation = value - centre;
    sum += deviation * deviation;
    remainder += deviation;
  }
  const auto n = static_cast<double>(values.size());
  return std::sqrt(std::max(0.0, sum - remainder * remainder / n) / (n - 1));
}

std::optional<double> quantile(std::span<const double> values, double p) {
  if (values.empty() || !(p >= 0 && p <= 1)) return std::nullopt;
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  const double position = static_cast<double>(sorted.size() - 1) * p;
  const auto below = static_cast<std::size_t>(position);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (position - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

std::optional<double> coefficient_of_variation(std::span<const double> values) {
  const std::optional<double> sd = standard_deviation(values);
  if (!sd) return std::nullopt;
  const double centre = std::abs(*mean(values));
  if (!(centre > 0)) return std::nullopt;
  return *sd / centre;
}

std::optional<double> lag1_autocorrelation(std::span<const double> values) {
  if (values.size() < 3) return std::nullopt;
  const double centre = *mean(values);
  double products = 0;
  double squares = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double deviation = values[i] - centre;
    squares += deviation * deviation;
    if (i + 1 < values.size()) products += deviation * (values[i + 1] - centre);
  }
  if (!(squares > 0)) return std::nullopt;
  return products / squares;
}

}  // namespace bpftax
