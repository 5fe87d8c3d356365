#include "compare/ratio.h"

#include <cmath>

#include "stats/effect.h"

namespace bpftax {
namespace {

constexpr double kSameConfidence = 1e-9;

// One side on the log scale.
struct LogEffect {
  double low = 0, high = 0;  // ends of the spread; equal for one value
  std::optional<double> ci_low, ci_high;
};

std::optional<LogEffect> on_log_scale(const CompareValue& value, bool higher_is_better) {
  if (!value.unusable.empty() || !value.overhead || !value.overhead->low || value.overhead->below)
    return std::nullopt;
  const Direction direction = higher_is_better ? Direction::kHigherIsBetter : Direction::kLowerIsBetter;
  const auto low = log_effect(direction, *value.overhead->low);
  const auto high = log_effect(direction, value.overhead->high);
  if (!low || !high || !std::isfinite(*low) || !std::isfinite(*high)) return std::nullopt;
  LogEffect effect{*low, *high, {}, {}};
  if (value.ci_low && value.ci_high && value.overhead->single()) {
    const auto ci_low = log_effect(direction, *value.ci_low);
    const auto ci_high = log_effect(direction, *value.ci_high);
    if (ci_low && ci_high && *ci_low <= *low && *low <= *ci_high) {
      effect.ci_low = ci_low;
      effect.ci_high = ci_high;
    }
  }
  return effect;
}

}  // namespace

std::optional<RatioOfRatios> ratio_of_ratios(const CompareValue& here, const CompareValue& there,
                                             bool higher_is_better) {
  const auto a = on_log_scale(here, higher_is_better), b = on_log_scale(there, higher_is_better);
  if (!a || !b) return std::nullopt;
  RatioOfRatios result;
  const bool ranges = a->low != a->high || b->low != b->high;
  if (ranges) {
    result.least = std::exp(b->low - a->high);
    result.most = std::exp(b->high - a->low);
    result.why_no_interval = "ranges over several cases";
    return result;
  }
  const double difference = b->low - a->low;
  result.ratio = std::exp(difference);
  if (!a->ci_low || !b->ci_low) {
    result.why_no_interval = "a value without an interval";
    return result;
  }
  if (std::fabs(here.confidence - there.confidence) > kSameConfidence) {
    result.why_no_interval = "the intervals have different confidence";
    return result;
  }
  const double low = difference - std::hypot(b->low - *b->ci_low, *a->ci_high - a->low);
  const double high = difference + std::hypot(*b->ci_high - b->low, a->low - *a->ci_low);
  result.low = std::exp(low);
  result.high = std::exp(high);
  result.confidence = here.confidence;
  result.finding = low > 0 ? "costs more" : high < 0 ? "costs less" : "no difference shown";
  return result;
}

}  // namespace bpftax
