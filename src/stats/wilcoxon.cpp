#include "stats/wilcoxon.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "stats/distributions.h"

namespace bpftax {
namespace {

constexpr int kMaxExact = 25;

bool all_finite(std::span<const double> values) {
  return std::all_of(values.begin(), values.end(), [](double value) { return std::isfinite(value); });
}

// P(sum of the chosen ranks = s/2) for s = 0..sum(doubled_ranks), every subset equally likely. Counts stay
// below 2^25, exact in a double.
std::vector<double> subset_sum_probabilities(std::span<const int> doubled_ranks) {
  std::vector<double> counts = {1};
  for (const int rank : doubled_ranks) {
    const auto shift = static_cast<std::size_t>(rank);
    std::vector<double> next(counts.size() + shift, 0);
    for (std::size_t s = 0; s < counts.size(); ++s) {
      next[s] += counts[s];
      next[s + shift] += counts[s];
    }
    counts.swap(next);
  }
  const double subsets = std::ldexp(1.0, static_cast<int>(doubled_ranks.size()));
  for (double& count : counts) count /= subsets;
  return counts;
}

// P(2W <= s) for untied ranks 1..n, n = 1..kMaxExact; computed once.
const std::vector<double>& untied_cumulative(int n) {
  static const auto kTables = [] {
    std::array<std::vector<double>, kMaxExact + 1> tables;
    std::vector<int> doubled_ranks;
    for (int size = 1; size <= kMaxExact; ++size) {
      doubled_ranks.push_back(2 * size);
      std::vector<double> table = subset_sum_probabilities(doubled_ranks);
      for (std::size_t s = 1; s < table.size(); ++s) table[s] += table[s - 1];
      tables[static_cast<std::size_t>(size)] = std::move(table);
    }
    return tables;
  }();
  return kTables[static_cast<std::size_t>(n)];
}

// P(W <= w) for n untied ranks.
double untied_lower_tail(int n, double w) {
  if (w < 0) return 0;
  const std::vector<double>& table = untied_cumulative(n);
  const auto index = static_cast<std::size_t>(2 * std::floor(w));
  return index < table.size() ? table[index] : 1;
}

struct Ranked {
  std::vector<int> doubled_ranks;  // of |x - centre|, ascending; mid-ranks doubled are whole numbers
  double w_plus = 0;
  double tie_term = 0;  // sum of (t^3 - t) over groups of t equal values
};

Ranked rank(std::span<const double> values, double centre) {
  std::vector<double> deviations;
  deviations.reserve(values.size());
  for (const double value : values) {
    if (value != centre) deviations.push_back(value - centre);
  }
  std::sort(deviations.begin(), deviations.end(),
            [](double a, double b) { return std::abs(a) < std::abs(b); });
  Ranked ranked;
  ranked.doubled_ranks.reserve(deviations.size());
  for (std::size_t first = 0; first < deviations.size();) {
    std::size_t last = first;
    while (last + 1 < deviations.size() && std::abs(deviations[last + 1]) == std::abs(deviations[first]))
      ++last;
    const int doubled = static_cast<int>(first + last + 2);
    for (std::size_t i = first; i <= last; ++i) {
      ranked.doubled_ranks.push_back(doubled);
      if (deviations[i] > 0) ranked.w_plus += doubled / 2.0;
    }
    const auto tied = static_cast<double>(last - first + 1);
    ranked.tie_term += tied * tied * tied - tied;
    first = last + 1;
  }
  return ranked;
}

void set_p_values(SignedRank& result, double p_less, double p_greater) {
  result.p_less = std::min(1.0, p_less);
  result.p_greater = std::min(1.0, p_greater);
  result.p_two_sided = std::min(1.0, 2 * std::min(p_less, p_greater));
}

void exact_p_values(SignedRank& result, const Ranked& ranked) {
  const int n = result.n_used;
  const double total = n * (n + 1) / 2.0;
  if (ranked.tie_term == 0) {
    // The distribution is symmetric: P(W >= w) = P(W <= total - w).
    set_p_values(result, untied_lower_tail(n, ranked.w_plus), untied_lower_tail(n, total - ranked.w_plus));
    return;
  }
  const std::vector<double> probabilities = subset_sum_probabilities(ranked.doubled_ranks);
  const auto doubled_w = static_cast<std::size_t>(std::lround(2 * ranked.w_plus));
  double p_less = 0;
  double p_greater = 0;
  for (std::size_t s = 0; s < probabilities.size(); ++s) {
    if (s <= doubled_w) p_less += probabilities[s];
    if (s >= doubled_w) p_greater += probabilities[s];
  }
  set_p_values(result, p_less, p_greater);
}

// Mean and standard deviation of W under the null hypothesis (Hollander & Wolfe sec. 3.1).
double null_mean(double n) {
  return n * (n + 1) / 4;
}
double null_sd(double n, double tie_term) {
  return std::sqrt(n * (n + 1) * (2 * n + 1) / 24 - tie_term / 48);
}

std::vector<double> walsh_averages(std::span<const double> values) {
  std::vector<double> averages;
  averages.reserve(values.size() * (values.size() + 1) / 2);
  for (std::size_t i = 0; i < values.size(); ++i) {
    for (std::size_t j = i; j < values.size(); ++j) averages.push_back(values[i] / 2 + values[j] / 2);
  }
  return averages;
}

// Reorders its argument.
double median_of(std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*std::max_element(values.begin(), middle) + *middle) / 2;
}

}  // namespace

std::optional<SignedRank> wilcoxon_signed_rank(std::span<const double> values, double centre) {
  if (values.empty() || !all_finite(values) || !std::isfinite(centre)) return std::nullopt;
  const Ranked ranked = rank(values, centre);
  SignedRank result;
  result.n_used = static_cast<int>(ranked.doubled_ranks.size());
  result.w_plus = ranked.w_plus;
  if (result.n_used == 0) return result;
  if (result.n_used <= kMaxExact) {
    exact_p_values(result, ranked);
    return result;
  }
  result.exact = false;
  const double n = result.n_used;
  const double sd = null_sd(n, ranked.tie_term);
  const double distance = result.w_plus - null_mean(n);
  set_p_values(result, normal_upper_tail((-distance - 0.5) / sd), normal_upper_tail((distance - 0.5) / sd));
  return result;
}

std::optional<double> hodges_lehmann_estimate(std::span<const double> values) {
  if (values.empty() || !all_finite(values)) return std::nullopt;
  std::vector<double> averages = walsh_averages(values);
  return median_of(averages);
}

std::optional<HodgesLehmann> hodges_lehmann(std::span<const double> values, double alpha) {
  if (values.empty() || !all_finite(values) || !(alpha > 0 && alpha < 1)) return std::nullopt;
  std::vector<double> averages = walsh_averages(values);
  std::sort(averages.begin(), averages.end());
  const std::size_t count = averages.size();
  const int n = static_cast<int>(values.size());

  std::size_t k = 0;
  double tail = 0;
  if (n <= kMaxExact) {
    while (k + 1 < (count + 1) / 2 && untied_lower_tail(n, static_cast<double>(k + 1)) <= alpha / 2) ++k;
    tail = untied_lower_tail(n, static_cast<double>(k));
  } else {
    const double mean = null_mean(n);
    const double sd = null_sd(n, 0);
    const double bound = std::floor(mean - 0.5 + normal_quantile(alpha / 2) * sd);
    k = bound > 0 ? static_cast<std::size_t>(bound) : 0;
    tail = normal_upper_tail((mean - static_cast<double>(k) - 0.5) / sd);
  }
  HodgesLehmann result;
  result.estimate =
      count % 2 == 1 ? averages[count / 2] : (averages[count / 2 - 1] + averages[count / 2]) / 2;
  result.ci = {averages[k], averages[count - 1 - k]};
  result.confidence = std::max(0.0, 1 - 2 * tail);
  return result;
}

}  // namespace bpftax
