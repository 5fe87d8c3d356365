// The ratio of two means that were measured independently of each other, with its interval.
#pragma once

#include <optional>
#include <string>

#include "bench/model.h"

namespace bpftax::bench {

struct RatioInterval {
  double ratio = 0;                 // b/a
  std::optional<double> low, high;  // 95 %
  std::string why_no_interval;      // when there is none
};

// Fieller's interval (E. C. Fieller, "Some problems in interval estimation", J. R. Statist. Soc. B 16(2),
// 1954) for means without covariance: all R for which b - R a is not told apart from 0, the roots of
//
//     (b - R a)^2 = t^2 (s_b^2 + R^2 s_a^2)
//
// With r = b/a and g = t^2 s_a^2 / a^2 < 1:
//
//     R = (r +- t/|a| sqrt((1 - g) s_b^2 + r^2 s_a^2)) / (1 - g)
//
// s: standard error, half the width of the mean's own interval over its t(n-1). t: the 97.5 % point at the
// degrees of freedom of b - r a by Welch and Satterthwaite,
//
//     (s_b^2 + r^2 s_a^2)^2 / (s_b^4/(n_b - 1) + (r^2 s_a^2)^2/(n_a - 1))
//
// Nothing is assumed about signs. When g >= 1, a is not told apart from 0, and no bounded interval exists.
// n: processes of each; below 2 the interval is taken for one of a normal distribution (imported tables).
// nullopt when a is 0 or one of the means is not finite.
std::optional<RatioInterval> ratio_interval(const Value& a, int n_a, const Value& b, int n_b);

}  // namespace bpftax::bench
