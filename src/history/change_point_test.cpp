#include "history/change_point.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>

#include "util/rng.h"

namespace bpftax {
namespace {

constexpr uint64_t kSeed = 20261121;

std::vector<SeriesPoint> levels(const std::vector<double>& values, double sd) {
  std::vector<SeriesPoint> series;
  for (const double value : values) series.push_back({value, sd * sd, 0});
  return series;
}

TEST(ChangePoints, AClearStepIsFoundWithItsPlaceAndSize) {
  const auto changes = find_changes(levels({0, .001, -.001, 0, .05, .051, .049}, .002)).points;
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].position, 4u);
  EXPECT_EQ(changes[0].positions, std::vector<size_t>{4});
  EXPECT_LT(changes[0].p_value, .01);
  EXPECT_NEAR(changes[0].size, .05, 1e-12);
  // sd of the difference: .002 * sqrt(1/4 + 1/3)
  EXPECT_NEAR(changes[0].size_ci.low, .05 - 1.96 * .002 * std::sqrt(7.0 / 12), 1e-5);
  EXPECT_NEAR(changes[0].size_ci.high, .05 + 1.96 * .002 * std::sqrt(7.0 / 12), 1e-5);
}

TEST(ChangePoints, TheSameInputGivesTheSameAnswer) {
  const auto series = levels({0, .01, -.01, .02, .03, .025, .02}, .008);
  const auto once = find_changes(series).points;
  const auto again = find_changes(series).points;
  ASSERT_EQ(once.size(), again.size());
  for (size_t i = 0; i < once.size(); ++i) EXPECT_EQ(once[i].p_value, again[i].p_value);
}

TEST(ChangePoints, SeveralStepsAreFound) {
  std::vector<double> values(10, 0.0);
  values.insert(values.end(), 10, .04);
  values.insert(values.end(), 10, .01);
  const auto changes = find_changes(levels(values, .005)).points;
  ASSERT_EQ(changes.size(), 2u);
  EXPECT_EQ(changes[0].position, 10u);
  EXPECT_EQ(changes[1].position, 20u);
  EXPECT_NEAR(changes[0].size, .04, 1e-12);
  EXPECT_NEAR(changes[1].size, -.03, 1e-12);
}

TEST(ChangePoints, AnUncertainPointDoesNotMakeAChange) {
  auto series = levels({0, .001, 0, .06, 0, .001}, .002);
  series[3].variance = .05 * .05;
  EXPECT_TRUE(find_changes(series).points.empty());
}

TEST(ChangePoints, TooFewPointsOrNoNumbersGiveNothing) {
  EXPECT_TRUE(find_changes({}).points.empty());
  EXPECT_TRUE(find_changes(levels({0, 1}, .001)).points.empty());
  EXPECT_TRUE(find_changes(levels({0, 0, std::nan(""), 1, 1}, .001)).points.empty());
  EXPECT_TRUE(find_changes(levels({0, 0, 0, 1, 1}, 0)).points.empty());
  auto series = levels({0, 0, 0, 1, 1}, .1);
  series[1].variance = INFINITY;
  EXPECT_TRUE(find_changes(series).points.empty());
}

TEST(BetweenVariance, IsEstimatedAroundTheLevels) {
  PcgRng rng(kSeed);
  std::vector<SeriesPoint> series;
  for (int i = 0; i < 200; ++i) series.push_back({(i >= 100 ? 1.0 : 0.0) + .02 * rng.normal(), 1e-8, 0});
  ChangeOptions options;
  options.simulations = 199;
  options.between_unknown = true;
  const Changes changes = find_changes(series, options);
  ASSERT_EQ(changes.points.size(), 1u);
  EXPECT_EQ(changes.points[0].position, 100u);
  ASSERT_TRUE(changes.between_variance);
  EXPECT_NEAR(std::sqrt(*changes.between_variance), .02, .002);
  EXPECT_FALSE(find_changes(std::span(series).first(kMinForBetween - 1), options).between_variance);
  EXPECT_EQ(find_changes(levels(std::vector<double>(9, 1.0), .1), options).between_variance, 0.0);
}

// ---- What the method promises, by simulation
// ------------------------------------------------------------------

struct Situation {
  const char* name;
  int points;
  int degrees_of_freedom;  // of the estimated variances; 0 = known
  double between_sd = 0;   // present in the data
  bool between_known = true;
};

// sd of the points differ by up to four times.
std::vector<SeriesPoint> draw(const Situation& s, size_t change_at, double change, PcgRng& rng) {
  std::vector<SeriesPoint> series;
  for (int i = 0; i < s.points; ++i) {
    const double sd = .005 * std::exp2(2 * rng.uniform());
    double value = sd * rng.normal() + s.between_sd * rng.normal();
    if (static_cast<size_t>(i) >= change_at) value += change;
    double variance = sd * sd;
    if (s.degrees_of_freedom > 0) {
      double chi_square = 0;
      for (int k = 0; k < s.degrees_of_freedom; ++k) chi_square += std::pow(rng.normal(), 2);
      variance *= chi_square / s.degrees_of_freedom;
    }
    series.push_back({value, variance, s.degrees_of_freedom});
  }
  return series;
}

// Fewer simulations than usual, each series with its own: the same ones would be wrong the same way each
// time.
ChangeOptions quick(const Situation& s, PcgRng& rng) {
  ChangeOptions options;
  options.simulations = 199;
  options.seed = rng.next();
  if (s.between_known) options.between_variance = s.between_sd * s.between_sd;
  options.between_unknown = !s.between_known;
  return options;
}

TEST(ChangePointSimulation, FalseAlarmsAreAsRareAsPromised) {
  constexpr int kSeries = 600;
  struct Expected {
    Situation situation;
    double low, high;  // percent; binomial 99 % around 5 %: 2.9 to 7.5
  };
  const std::vector<Expected> all = {
      {{"known variances, 5 points", 5, 0}, 2.9, 7.5},
      {{"known variances, 12 points", 12, 0}, 2.9, 7.5},
      {{"known variances, 30 points", 30, 0}, 2.9, 7.5},
      {{"variances from 6 blocks, 12 points", 12, 5}, 2.0, 7.5},
      {{"variances from 24 blocks, 12 points", 12, 23}, 2.9, 7.5},
      {{"runs vary, by a known sd, 12 points", 12, 5, .01}, 2.0, 7.5},
      {{"runs vary, sd unknown, 6 points", 6, 5, .01, false}, 2.0, 8.5},
      {{"runs vary, sd unknown, 12 points", 12, 5, .01, false}, 2.0, 8.5},
      {{"runs vary, sd unknown, 20 points", 20, 5, .01, false}, 2.0, 8.5},
      {{"runs do not vary, sd unknown, 12 points", 12, 5, 0, false}, 1.0, 8.5},
  };
  PcgRng rng(kSeed);
  std::printf("false alarms (nominal 5 %%):\n");
  for (const Expected& expected : all) {
    int alarms = 0;
    for (int i = 0; i < kSeries; ++i) {
      const auto series = draw(expected.situation, 0, 0, rng);
      if (!find_changes(series, quick(expected.situation, rng)).points.empty()) ++alarms;
    }
    const double percent = 100.0 * alarms / kSeries;
    std::printf("  %-45s %4.1f %%\n", expected.situation.name, percent);
    EXPECT_GE(percent, expected.low) << expected.situation.name;
    EXPECT_LE(percent, expected.high) << expected.situation.name;
  }
}

TEST(ChangePointSimulation, TheConfidenceSetCoversThePlaceAndTheIntervalTheSize) {
  constexpr int kSeries = 400;
  struct Expected {
    Situation situation;
    double change;
    double found, place, size;  // at least, percent
  };
  const std::vector<Expected> all = {
      {{"3 % in 12 points, known", 12, 0}, .03, 90, 93, 90},
      {{"2 % in 12 points, known", 12, 0}, .02, 65, 92, 85},
      {{"3 % in 12 points, 6 blocks", 12, 5}, .03, 80, 92, 88},
      {{"5 % in 12 points, runs vary by 1 %", 12, 5, .01}, .05, 90, 92, 90},
      {{"5 % in 12 points, 1 %, unknown", 12, 5, .01, false}, .05, 60, 85, 80},
  };
  PcgRng rng(kSeed);
  std::printf("a change after the first half:  found  place in the set (its size)  size in the interval\n");
  for (const Expected& expected : all) {
    const size_t at = static_cast<size_t>(expected.situation.points) / 2;
    int found = 0, placed = 0, sized = 0;
    size_t set_size = 0;
    for (int i = 0; i < kSeries; ++i) {
      const auto series = draw(expected.situation, at, expected.change, rng);
      const auto changes = find_changes(series, quick(expected.situation, rng)).points;
      if (changes.size() != 1) continue;
      ++found;
      const auto& set = changes[0].positions;
      set_size += set.size();
      if (std::find(set.begin(), set.end(), at) != set.end()) ++placed;
      if (changes[0].size_ci.contains(expected.change)) ++sized;
    }
    const double of_found = 100.0 / std::max(1, found);
    std::printf("  %-38s %5.1f %%  %5.1f %% (%.1f)  %5.1f %%\n", expected.situation.name,
                100.0 * found / kSeries, placed * of_found, static_cast<double>(set_size) * of_found / 100,
                sized * of_found);
    EXPECT_GE(100.0 * found / kSeries, expected.found) << expected.situation.name;
    EXPECT_GE(placed * of_found, expected.place) << expected.situation.name;
    EXPECT_GE(sized * of_found, expected.size) << expected.situation.name;
  }
}

}  // namespace
}  // namespace bpftax
