#include "history/log_effect.h"

#include <algorithm>
#include <cmath>

#include "stats/distributions.h"
#include "stats/effect.h"

namespace bpftax {
namespace {

// The mean from the samples and the mean of the row are the same number, computed twice.
constexpr double kSameMean = 1e-6;

std::optional<Estimate> from_samples(const ResultComparison& row, Direction direction, double mean) {
  if (row.baseline_samples.size() != row.subject_samples.size()) return std::nullopt;
  std::vector<double> effects;
  for (size_t i = 0; i < row.subject_samples.size(); ++i) {
    const double baseline = row.baseline_samples[i];
    effects.push_back(block_effect(direction, baseline, row.subject_samples[i], baseline));
  }
  const auto found = estimate(effects, 0.05);  // refuses NaN: a sample that is zero or missing
  if (!found || std::abs(found->mean - mean) > kSameMean) return std::nullopt;
  return found;
}

}  // namespace

std::optional<LogEffect> log_effect_of(const ResultComparison& row) {
  if (row.verdict == Verdict::kInvalid || !row.overhead_percent) return std::nullopt;
  const Direction direction = row.better == "higher" ? Direction::kHigherIsBetter : Direction::kLowerIsBetter;
  const auto mean = log_effect(direction, *row.overhead_percent);
  if (!mean || !std::isfinite(*mean)) return std::nullopt;
  if (const auto found = from_samples(row, direction, *mean))
    return LogEffect{*mean, found->standard_error, found->n - 1};
  if (!row.ci_low || !row.ci_high || row.blocks < 2) return std::nullopt;
  if (!(row.confidence > 0 && row.confidence < 1)) return std::nullopt;
  const auto low = log_effect(direction, *row.ci_low);
  const auto high = log_effect(direction, *row.ci_high);
  if (!low || !high || !(*high >= *low)) return std::nullopt;
  const double half_width = (*high - *low) / 2;
  return LogEffect{*mean, half_width / t_quantile(0.5 + row.confidence / 2, row.blocks - 1), row.blocks - 1};
}

}  // namespace bpftax
