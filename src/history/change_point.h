// Where a series of measurements changes its level, and how sure that is. Pure; the same input gives the same
// answer, on every machine.
//
// Model: value_i = level + error, errors independent with known variances (from each measurement's own
// interval), the level constant between changes.
// - Is there a change? The largest likelihood ratio over all positions for one change of the mean
//   (Hawkins, JASA 72(357), 1977; with unequal variances its terms are (mean after - mean before)^2 /
//   (1/W_before + 1/W_after), W = sums of 1/variance). Its p-value is simulated: how often the largest ratio
//   of a series without change, with these very variances, reaches what was seen. So the search over
//   positions is paid for, and unequal variances need no approximation. A variance estimated from few blocks
//   has its own doubt: where `degrees_of_freedom` is given, simulated errors are Student's t.
// - More than one? Binary segmentation (Scott & Knott, Biometrics 30(3), 1974; Vostrikova 1981): each half is
//   searched again, at half the level.
// - Where exactly? The posterior over the positions between the neighbouring changes, flat prior (Smith,
//   Biometrika 62(2), 1975); the confidence set holds the likeliest positions that together reach
//   `confidence`. It need not be contiguous.
// - How large? The difference of the two means at the likeliest position; its interval is taken over all
//   positions by their posterior, so that it contains the doubt about where.
// Limits: a level that drifts is shown as steps; two changes that undo each other within few points can hide
// each other (binary segmentation); sizes of changes that were only just found are overestimated on average
// (they were found because they looked large); below about five points only large changes can be found; what
// varies from run to run beyond the intervals must be known or be estimated, or it is taken for changes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "stats/effect.h"

namespace bpftax {

struct SeriesPoint {
  double value = 0;
  double variance = 0;         // of the value's error, > 0
  int degrees_of_freedom = 0;  // of that variance; 0 = it is known exactly
};

struct ChangePoint {
  size_t position = 0;            // the first point of the new level, >= 1
  std::vector<size_t> positions;  // the confidence set, ascending; contains `position`
  double p_value = 1;
  double before = 0, after = 0;  // the levels
  double size = 0;               // after - before
  Interval size_ci;
};

struct ChangeOptions {
  double alpha = 0.05;       // chance of a change in a series that has none
  double confidence = 0.95;  // of the positions and of the size
  // What varies from point to point besides their errors: known (added to every point's variance), or
  // unknown. Unknown, it is estimated from the points around the levels of each candidate change (DerSimonian
  // & Laird, Controlled Clinical Trials 7(3), 1986), in the data and anew in every simulated series: the test
  // is then one with an estimated variance, like Student's. It takes at least kMinForBetween points.
  double between_variance = 0;
  bool between_unknown = false;
  int simulations = 1999;
  uint64_t seed = 20261121;
};

inline constexpr size_t kMinForBetween = 5;

struct Changes {
  std::vector<ChangePoint> points;  // in order of position
  // What was taken for it: as given, or as estimated; nullopt: unknown and too few points to tell. Then the
  // search went on as if it were 0.
  std::optional<double> between_variance;
};

// No points for fewer than three values, and where a value or variance is not a number.
Changes find_changes(std::span<const SeriesPoint> series, const ChangeOptions& options = {});

}  // namespace bpftax
