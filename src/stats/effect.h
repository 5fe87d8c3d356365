// The effect of a subject on a metric: per block, over blocks, and in percent
// (docs/design/0005-statistics.md).
//
// All effects are natural logarithms of ratios, signed so that positive is worse. On this scale a change of a
// throughput and of a latency are symmetric, noise is closer to normal, and baselines of different size are
// comparable.
#pragma once

#include <optional>
#include <span>

namespace bpftax {

enum class Direction { kLowerIsBetter, kHigherIsBetter };

// d = s * (ln t - (ln a1 + ln a2)/2) with s = +1 where lower is better, -1 where higher is better. a1, a2:
// the two baseline windows of the block, t: the subject's. NaN unless all three are positive and finite.
double block_effect(Direction direction, double a1, double t, double a2);

// e = ln(a2/a1): what the baseline differs from itself inside a block, a1 run BEFORE a2. NaN unless both are
// positive.
double noise_effect(double a1, double a2);

// A log effect as overhead in percent of the baseline, positive = worse: 100*(exp(d) - 1), the increase,
// where lower is better; 100*(1 - exp(-d)), the share lost, where higher is better. Strictly increasing in d.
double overhead_percent(Direction direction, double log_effect);

// The inverse. nullopt for what no effect can be: <= -100 % where lower is better, >= 100 % where higher is
// better.
std::optional<double> log_effect(Direction direction, double percent);

struct Interval {
  double low = 0, high = 0;
  bool contains(double value) const { return low <= value && value <= high; }
};

// What n blocks say about the mean of their effects. Everything on the log scale.
struct Estimate {
  int n = 0;
  double mean = 0;
  double sd = 0;                   // between blocks, as observed (not inflated)
  double standard_error = 0;       // sd/sqrt(n), inflated where variance_inflated
  Interval ci;                     // mean +- t(1 - alpha/2, n-1) * standard_error
  double p_value = 1;              // two-sided, Student's t, for "the mean is 0"
  double autocorrelation = 0;      // lag 1; 0 when n < 3 or without variation
  bool variance_inflated = false;  // r > 2/sqrt(n): variance times (1+r)/(1-r)
  double mde = 0;                  // minimum detectable effect, see minimum_detectable_effect()
};

// Student's t interval at two-sided level alpha. nullopt below two values, on a value that is not finite, or
// when alpha is not in (0, 1).
// - Serial correlation: the variance of a mean under AR(1) grows by (1+r)/(1-r) (Wilks, Statistical Methods
//   in the Atmospheric Sciences, 2nd ed., sec. 5.2.4). Applied only when r exceeds 2/sqrt(n), about the upper
//   2.5 % point of r under independence (Bartlett 1946): correcting for chance correlation would only add
//   noise.
// - No variation at all (sd = 0): the interval is the point itself, p is 1 if the mean is 0 and 0 if not.
std::optional<Estimate> estimate(std::span<const double> effects, double alpha);

// The smallest true effect that a two-sided test at alpha finds with the given power:
// (t(1 - alpha/2, n-1) + t(power, n-1)) * standard_error (Bloom, Evaluation Review 19(5), 1995). n >= 2.
double minimum_detectable_effect(int n, double standard_error, double alpha, double power = 0.8);

// Smallest n in [n_min, n_max] at which an effect of `distance` (log scale, > 0) is found:
// minimum_detectable_effect at n with standard error sd/sqrt(n) <= distance. nullopt when n_max is not enough
// or distance is not positive.
std::optional<int> blocks_to_detect(double distance, double sd, double alpha, int n_min, int n_max,
                                    double power = 0.8);

}  // namespace bpftax
