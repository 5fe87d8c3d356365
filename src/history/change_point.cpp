#include "history/change_point.h"

#include <algorithm>
#include <cmath>

#include "stats/distributions.h"
#include "util/rng.h"

namespace bpftax {
namespace {

// Above this, Student's t is as good as normal.
constexpr int kManyDegrees = 60;
// Deeper than any level that could be reached: alpha / 2^20 needs more simulations than are made.
constexpr int kMaxDepth = 20;

// What is needed of one point: its value and 1/variance.
struct Weighted {
  double value = 0, weight = 0;
};

// Sums over the points before each position; [lo, hi) in constant time.
class Sums {
 public:
  explicit Sums(std::span<const Weighted> points) : weight_(points.size() + 1), product_(points.size() + 1) {
    for (size_t i = 0; i < points.size(); ++i) {
      weight_[i + 1] = weight_[i] + points[i].weight;
      product_[i + 1] = product_[i] + points[i].weight * points[i].value;
    }
  }
  double weight(size_t lo, size_t hi) const { return weight_[hi] - weight_[lo]; }
  double mean(size_t lo, size_t hi) const { return (product_[hi] - product_[lo]) / weight(lo, hi); }
  // Twice the log likelihood ratio of a change at `at` in [lo, hi).
  double ratio(size_t lo, size_t at, size_t hi) const {
    const double step = mean(at, hi) - mean(lo, at);
    return step * step / (1 / weight(lo, at) + 1 / weight(at, hi));
  }

 private:
  std::vector<double> weight_, product_;
};

struct Best {
  size_t at = 0;
  double ratio = -1;
};
Best best_change(const Sums& sums, size_t lo, size_t hi) {
  Best best;
  for (size_t at = lo + 1; at < hi; ++at)
    if (const double ratio = sums.ratio(lo, at, hi); ratio > best.ratio) best = {at, ratio};
  return best;
}

// A variance that was estimated is too small as often as too large, and the small ones would dominate a
// weighted mean; the variance of Student's t is what the error really has (finite from 3 degrees on).
double error_variance(const SeriesPoint& point) {
  if (point.degrees_of_freedom <= 0) return point.variance;
  const double degrees = std::max(point.degrees_of_freedom, 3);
  return point.variance * degrees / (degrees - 2);
}

double simulated_error(const SeriesPoint& point, double between_variance, PcgRng& rng) {
  double error = std::sqrt(point.variance) * rng.normal();
  const int degrees = point.degrees_of_freedom;
  if (degrees > 0 && degrees < kManyDegrees) {
    double chi_square = 0;
    for (int i = 0; i < degrees; ++i) {
      const double z = rng.normal();
      chi_square += z * z;
    }
    error /= std::sqrt(chi_square / degrees);
  }
  if (between_variance > 0) error += std::sqrt(between_variance) * rng.normal();
  return error;
}

std::vector<Weighted> weigh(std::span<const SeriesPoint> series, double between_variance) {
  std::vector<Weighted> weighted;
  weighted.reserve(series.size());
  for (const SeriesPoint& point : series)
    weighted.push_back({point.value, 1 / (error_variance(point) + between_variance)});
  return weighted;
}

// DerSimonian & Laird's estimate of what varies besides the weights' variances, around the means of the
// segments that end at `ends`.
double between_within(std::span<const Weighted> points, std::span<const size_t> ends) {
  double q = 0, scale = 0;
  size_t begin = 0;
  for (const size_t end : ends) {
    double w = 0, wx = 0, ww = 0;
    for (size_t i = begin; i < end; ++i) {
      w += points[i].weight;
      wx += points[i].weight * points[i].value;
      ww += points[i].weight * points[i].weight;
    }
    for (size_t i = begin; i < end; ++i) q += points[i].weight * std::pow(points[i].value - wx / w, 2);
    scale += w - ww / w;
    begin = end;
  }
  const auto degrees = static_cast<double>(points.size() - ends.size());
  return scale > 0 ? std::max(0.0, (q - degrees) / scale) : 0;
}

class Search {
 public:
  Search(std::span<const SeriesPoint> series, const ChangeOptions& options)
      : series_(series), options_(options), between_(options.between_variance) {}

  Changes run() {
    const bool estimated = options_.between_unknown && series_.size() >= kMinForBetween;
    segment(0, series_.size(), 0);
    std::sort(found_.begin(), found_.end(),
              [](const ChangePoint& a, const ChangePoint& b) { return a.position < b.position; });
    if (estimated) {
      std::vector<size_t> ends;
      for (const ChangePoint& change : found_) ends.push_back(change.position);
      ends.push_back(series_.size());
      between_ = ends.size() < series_.size() ? between_within(weigh(series_, 0), ends) : 0;
    }
    refine();
    Changes changes;
    changes.points = std::move(found_);
    if (estimated || !options_.between_unknown) changes.between_variance = between_;
    return changes;
  }

 private:
  // Whether this segment's own points say what varies between points.
  bool estimates(size_t points) const { return options_.between_unknown && points >= kMinForBetween; }

  // The likeliest change of a segment. With an estimate, the ratio is studentized by it.
  Best look(std::span<const SeriesPoint> segment) const {
    if (!estimates(segment.size())) return best_change(Sums(weigh(segment, between_)), 0, segment.size());
    const std::vector<Weighted> own = weigh(segment, 0);
    const Best first = best_change(Sums(own), 0, segment.size());
    const double between = between_within(own, std::vector<size_t>{first.at, segment.size()});
    return best_change(Sums(weigh(segment, between)), 0, segment.size());
  }

  void segment(size_t lo, size_t hi, int depth) {
    if (hi - lo < 3 || depth > kMaxDepth) return;
    const std::span<const SeriesPoint> points = series_.subspan(lo, hi - lo);
    const Best best = look(points);
    if (!(best.ratio >= 0)) return;  // numbers too large to be compared
    const double p = simulated_p(points, best.ratio, 2 * lo + 1);
    if (p > options_.alpha / std::pow(2, depth)) return;
    ChangePoint change;
    change.position = lo + best.at;
    change.p_value = p;
    found_.push_back(std::move(change));
    segment(lo, lo + best.at, depth + 1);
    segment(lo + best.at, hi, depth + 1);
  }

  // (1 + how many simulated) / (1 + simulations): never 0 (Davison & Hinkley, Bootstrap Methods, 1997, 4.2).
  double simulated_p(std::span<const SeriesPoint> points, double seen, uint64_t stream) const {
    PcgRng rng(options_.seed, stream);
    // Without a change, all of them vary about one level.
    const double between = estimates(points.size())
                               ? between_within(weigh(points, 0), std::vector<size_t>{points.size()})
                               : between_;
    int as_large = 0;
    std::vector<SeriesPoint> noise(points.begin(), points.end());
    for (int i = 0; i < options_.simulations; ++i) {
      for (size_t k = 0; k < noise.size(); ++k) noise[k].value = simulated_error(points[k], between, rng);
      if (look(noise).ratio >= seen) ++as_large;
    }
    return (1.0 + as_large) / (1.0 + options_.simulations);
  }

  // With all changes known, each is placed anew between its neighbours (Bai, Econometric Theory 13(3), 1997):
  // the search placed the first ones while the others were still in the data.
  void refine() {
    const Sums sums(weigh(series_, between_));
    for (size_t i = 0; i < found_.size(); ++i) {
      const size_t lo = i == 0 ? 0 : found_[i - 1].position;
      const size_t hi = i + 1 == found_.size() ? series_.size() : found_[i + 1].position;
      describe(found_[i], sums, lo, hi);
    }
  }

  void describe(ChangePoint& change, const Sums& sums, size_t lo, size_t hi) const;

  std::span<const SeriesPoint> series_;
  const ChangeOptions& options_;
  double between_;
  std::vector<ChangePoint> found_;
};

void Search::describe(ChangePoint& change, const Sums& sums, size_t lo, size_t hi) const {
  const Best best = best_change(sums, lo, hi);
  change.position = best.at;
  change.before = sums.mean(lo, best.at);
  change.after = sums.mean(best.at, hi);
  change.size = change.after - change.before;

  struct Candidate {
    size_t at = 0;
    double probability = 0, size = 0, sd = 0;
  };
  // Integrated over the two levels: exp(ratio/2) / sqrt(W_before W_after).
  const auto log_posterior = [&](size_t at) {
    return sums.ratio(lo, at, hi) / 2 - std::log(sums.weight(lo, at) * sums.weight(at, hi)) / 2;
  };
  std::vector<Candidate> candidates;
  double largest = log_posterior(best.at), total = 0;
  for (size_t at = lo + 1; at < hi; ++at) largest = std::max(largest, log_posterior(at));
  for (size_t at = lo + 1; at < hi; ++at) {
    const double sd = std::sqrt(1 / sums.weight(lo, at) + 1 / sums.weight(at, hi));
    candidates.push_back(
        {at, std::exp(log_posterior(at) - largest), sums.mean(at, hi) - sums.mean(lo, at), sd});
    total += candidates.back().probability;
  }
  for (Candidate& candidate : candidates) candidate.probability /= total;

  // P(size <= x), over positions; monotone in x.
  const auto below = [&](double x) {
    double p = 0;
    for (const Candidate& c : candidates) p += c.probability * normal_upper_tail((c.size - x) / c.sd);
    return p;
  };
  const auto quantile_of_size = [&](double p) {
    double low = change.size, high = change.size;
    for (const Candidate& c : candidates) {
      low = std::min(low, c.size - 10 * c.sd);
      high = std::max(high, c.size + 10 * c.sd);
    }
    for (int i = 0; i < 80; ++i) {
      const double middle = (low + high) / 2;
      (below(middle) < p ? low : high) = middle;
    }
    return (low + high) / 2;
  };
  const double tail = (1 - options_.confidence) / 2;
  change.size_ci = {quantile_of_size(tail), quantile_of_size(1 - tail)};

  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const Candidate& a, const Candidate& b) { return a.probability > b.probability; });
  double covered = 0;
  change.positions = {change.position};
  for (const Candidate& candidate : candidates) {
    if (covered >= options_.confidence) break;
    covered += candidate.probability;
    if (candidate.at != change.position) change.positions.push_back(candidate.at);
  }
  std::sort(change.positions.begin(), change.positions.end());
}

bool is_usable(const SeriesPoint& point) {
  return std::isfinite(point.value) && std::isfinite(point.variance) && point.variance > 0;
}

}  // namespace

Changes find_changes(std::span<const SeriesPoint> series, const ChangeOptions& options) {
  if (series.size() < 3 || !std::all_of(series.begin(), series.end(), is_usable)) return {};
  return Search(series, options).run();
}

}  // namespace bpftax
