// Quantiles and tails of Student's t and the normal distribution (Boost.Math), with a per-thread memory of t
// quantiles: a run asks for the same few of them again and again.
#pragma once

namespace bpftax {

// t with P(T <= t) = p, p in (0, 1), degrees_of_freedom >= 1.
double t_quantile(double p, int degrees_of_freedom);
// P(|T| >= |t|)
double t_two_sided_p(double t, int degrees_of_freedom);
double normal_quantile(double p);
// P(Z >= z)
double normal_upper_tail(double z);

}  // namespace bpftax
