#include "history/trend.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>
#include <utility>

#include "history/version_order.h"
#include "stats/distributions.h"
#include "stats/effect.h"
#include "util/clock.h"
#include "util/units.h"

namespace bpftax {
namespace {

// A row without any variation between blocks still has the resolution of its metric.
constexpr double kLeastVariance = 1e-10;
// Pairs of runs at one place that make an estimate of what varies between runs.
constexpr int kMinRepeats = 4;

std::string label_of_row(const CatalogueRow& row, TrendBy by) {
  switch (by) {
    case TrendBy::kVersion:
      return row.version;
    case TrendBy::kKernel:
      return row.host.kernel_release;
    case TrendBy::kTime:
      break;
  }
  return fmt::format("{} #{}", format_iso8601(row.started_ns), row.run);
}

using SeriesKey = std::tuple<std::string, std::string, std::string, std::string, std::string, std::string,
                             std::string, std::string, int64_t, double, std::string>;
constexpr size_t kWindowOfKey = 9;

// The lengths of windows of what is alike otherwise: the first that was seen stands for all of its length.
class WindowLengths {
 public:
  double length_of(SeriesKey key) {
    const double window_s = std::exchange(std::get<kWindowOfKey>(key), 0);
    std::vector<double>& known = lengths_[std::move(key)];
    for (const double length : known)
      if (same_length(length, window_s)) return length;
    known.push_back(window_s);
    return window_s;
  }

 private:
  std::map<SeriesKey, std::vector<double>> lengths_;
};

SeriesKey key_of_row(const CatalogueRow& row, TrendBy by) {
  std::string other;
  if (by == TrendBy::kVersion) other = row.host.kernel_release;
  if (by == TrendBy::kKernel) other = row.version;
  return {row.name,
          row.workload,
          row.metric,
          row.better,
          row.environment,
          row.placement,
          row.host.architecture,
          row.host.cpu_model,
          row.host.cpus.value_or(-1),
          row.window_s.value_or(-1),
          other};
}

SeriesPoint point_of_row(const CatalogueRow& row) {
  const double sd = *row.log_standard_error;
  return {*row.log_mean, std::max(sd * sd, kLeastVariance), row.degrees_of_freedom};
}

// The runs of one place, in the order of their starts.
struct Place {
  std::string label;
  std::vector<const CatalogueRow*> rows;
};

std::vector<Place> places_of(const std::vector<const CatalogueRow*>& rows, TrendBy by) {
  std::vector<Place> places;
  std::vector<std::string> labels;
  for (const CatalogueRow* row : rows) {  // oldest first
    const std::string label = label_of_row(*row, by);
    const auto known = std::find(labels.begin(), labels.end(), label);
    if (known == labels.end()) {
      labels.push_back(label);
      places.push_back({label, {row}});
    } else {
      places[static_cast<size_t>(known - labels.begin())].rows.push_back(row);
    }
  }
  // Names that have no order of their own stay in the order in which they were first measured.
  if (by != TrendBy::kTime && are_numbered(labels)) {
    std::stable_sort(places.begin(), places.end(),
                     [](const Place& a, const Place& b) { return version_before(a.label, b.label); });
  }
  return places;
}

// DerSimonian & Laird (Controlled Clinical Trials 7(3), 1986), pooled over the places that have several runs:
// what varies between runs of the same thing beyond their intervals. nullopt: too few repeated runs.
std::optional<double> between_variance_of_repeats(const std::vector<Place>& places) {
  double q = 0, scale = 0;
  int repeats = 0;
  for (const Place& place : places) {
    if (place.rows.size() < 2) continue;
    double w = 0, wx = 0, ww = 0;
    for (const CatalogueRow* row : place.rows) {
      const SeriesPoint point = point_of_row(*row);
      w += 1 / point.variance;
      wx += point.value / point.variance;
      ww += 1 / (point.variance * point.variance);
    }
    for (const CatalogueRow* row : place.rows) {
      const SeriesPoint point = point_of_row(*row);
      q += std::pow(point.value - wx / w, 2) / point.variance;
    }
    scale += w - ww / w;
    repeats += static_cast<int>(place.rows.size()) - 1;
  }
  if (repeats < kMinRepeats || !(scale > 0)) return std::nullopt;
  return std::max(0.0, (q - repeats) / scale);
}

// Runs of one place put together. `between` counts once for each run; it stands in the result.
SeriesPoint put_together(const Place& place, double between) {
  if (place.rows.size() == 1) return point_of_row(*place.rows.front());
  double w = 0, wx = 0, uncertainty = 0;
  for (const CatalogueRow* row : place.rows) {
    const SeriesPoint point = point_of_row(*row);
    const double weight = 1 / (point.variance + between);
    w += weight;
    wx += weight * point.value;
    uncertainty += std::pow(weight * weight * point.variance, 2) / std::max(1, point.degrees_of_freedom);
  }
  // Degrees of freedom of a sum of estimated variances (Welch, Biometrika 34, 1947; Satterthwaite).
  const double degrees = w * w / uncertainty;
  SeriesPoint joined{wx / w, 1 / w, 0};
  if (degrees >= 1 && degrees < 1000) joined.degrees_of_freedom = static_cast<int>(degrees);
  return joined;
}

Interval interval_of(const SeriesPoint& point) {
  const int degrees = point.degrees_of_freedom;
  const double t = degrees > 0 ? t_quantile(0.975, degrees) : normal_quantile(0.975);
  const double half = t * std::sqrt(point.variance);
  return {point.value - half, point.value + half};
}

TrendSeries make_series(const std::vector<const CatalogueRow*>& rows, TrendBy by,
                        const ChangeOptions& given) {
  const CatalogueRow& first = *rows.front();
  TrendSeries series{first.name,      first.workload,
                     first.metric,    first.better,
                     first.unit,      first.environment,
                     first.placement, first.window_s,
                     first.host,      by == TrendBy::kKernel ? first.version : ""};
  const Direction direction =
      first.better == "higher" ? Direction::kHigherIsBetter : Direction::kLowerIsBetter;
  const std::vector<Place> places = places_of(rows, by);
  const std::optional<double> repeats = between_variance_of_repeats(places);
  std::vector<SeriesPoint> points;
  for (const Place& place : places) {
    TrendPosition position;
    position.label = place.label;
    position.version = place.rows.front()->version;
    position.kernel = place.rows.front()->host.kernel_release;
    for (const CatalogueRow* row : place.rows) position.runs.push_back(row->run);
    position.point = put_together(place, repeats.value_or(0));
    const Interval ci = interval_of(position.point);
    position.overhead_percent = overhead_percent(direction, position.point.value);
    position.ci_low = overhead_percent(direction, ci.low);
    position.ci_high = overhead_percent(direction, ci.high);
    points.push_back(position.point);
    series.positions.push_back(std::move(position));
  }
  ChangeOptions options = given;
  options.between_unknown = !repeats;
  if (repeats) {
    // Where runs were put together it is in their variance already; the others get it here.
    for (size_t i = 0; i < points.size(); ++i)
      if (places[i].rows.size() == 1) points[i].variance += *repeats;
  }
  const Changes changes = find_changes(points, options);
  const std::optional<double> between = repeats ? repeats : changes.between_variance;
  if (between) series.between_percent = 100 * std::sqrt(*between);
  for (const ChangePoint& found : changes.points) {
    series.changes.push_back({found, overhead_percent(direction, found.size),
                              overhead_percent(direction, found.size_ci.low),
                              overhead_percent(direction, found.size_ci.high)});
  }
  return series;
}

}  // namespace

Trend make_trend(const std::vector<CatalogueRow>& rows, TrendBy by, const ChangeOptions& options) {
  Trend trend;
  std::map<SeriesKey, std::vector<const CatalogueRow*>> groups;
  std::vector<SeriesKey> order;
  WindowLengths lengths;
  for (const CatalogueRow& row : rows) {
    const bool estimated = row.log_mean && row.log_standard_error && std::isfinite(*row.log_mean) &&
                           std::isfinite(*row.log_standard_error) && *row.log_standard_error >= 0;
    if (!estimated) {
      ++trend.without_estimate;
    } else if (label_of_row(row, by).empty()) {
      ++trend.without_label;
    } else {
      SeriesKey key = key_of_row(row, by);
      std::get<kWindowOfKey>(key) = lengths.length_of(key);
      if (!groups.contains(key)) order.push_back(key);
      groups[key].push_back(&row);
    }
  }
  for (const SeriesKey& key : order) trend.series.push_back(make_series(groups[key], by, options));
  return trend;
}

}  // namespace bpftax
