// Rank-based second opinion on the t interval: Wilcoxon's signed-rank test and the Hodges-Lehmann estimate.
#pragma once

#include <optional>
#include <span>

#include "stats/effect.h"

namespace bpftax {

struct SignedRank {
  int n_used = 0;          // values different from `centre`
  double w_plus = 0;       // sum of the ranks of |x - centre| over x > centre
  double p_two_sided = 1;  // for "symmetric about centre"
  double p_greater = 1;    // one-sided, alternative: the values lie above centre
  double p_less = 1;       // one-sided, alternative: below
  bool exact = true;
};

// Wilcoxon's signed-rank test of "the values are symmetric about `centre`" (Wilcoxon, Biometrics Bulletin
// 1(6), 1945; Hollander & Wolfe, Nonparametric Statistical Methods, 2nd ed., sec. 3.1).
// - Values equal to centre are dropped (Wilcoxon's own rule); none left gives p = 1.
// - Ties of |x - centre| get mid-ranks.
// - n_used <= 25: exact. The null distribution is that of the sum of the given ranks with random signs,
//   counted over doubled ranks (whole numbers even with mid-ranks). With ties this is the exact conditional
//   distribution, so they need no normal approximation.
// - n_used > 25: normal approximation with tie and continuity correction.
// nullopt on an empty sample or a value that is not finite.
std::optional<SignedRank> wilcoxon_signed_rank(std::span<const double> values, double centre = 0);

struct HodgesLehmann {
  double estimate = 0;
  Interval ci;
  double confidence = 0;  // attained; may be below 1 - alpha only where n is too small for it (n = 6: .969)
};

// Median of the n(n+1)/2 Walsh averages (x_i + x_j)/2, i <= j (Hodges & Lehmann, Ann. Math. Stat. 34(2),
// 1963). nullopt on an empty sample or a value that is not finite.
std::optional<double> hodges_lehmann_estimate(std::span<const double> values);

// The same with the interval that inverts the signed-rank test (Hollander & Wolfe sec. 3.3): from the
// (k+1)-th smallest to the (k+1)-th largest Walsh average, with k the largest number for which P(W <= k) <=
// alpha/2. Where not even k = 0 reaches that, k = 0 is used and `confidence` says what it is worth.
std::optional<HodgesLehmann> hodges_lehmann(std::span<const double> values, double alpha);

}  // namespace bpftax
