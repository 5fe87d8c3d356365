#include "compare/ratio.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "stats/effect.h"
#include "util/rng.h"

namespace bpftax {
namespace {

CompareValue measured(double overhead, std::optional<double> low = {}, std::optional<double> high = {}) {
  CompareValue value;
  value.overhead = single_value(overhead);
  value.ci_low = low;
  value.ci_high = high;
  value.confidence = 0.95;
  return value;
}
CompareValue published(double low, double high) {
  CompareValue value;
  value.overhead = Spread{low, high, false};
  return value;
}

TEST(RatioOfRatios, IsTheQuotientOfTheFactorsOnATime) {
  const auto ratio = ratio_of_ratios(measured(10), measured(21), false);
  ASSERT_TRUE(ratio);
  EXPECT_NEAR(*ratio->ratio, 1.21 / 1.10, 1e-12);
  EXPECT_FALSE(ratio->low);
  EXPECT_EQ(ratio->finding, "") << "no interval, no claim";
  EXPECT_EQ(ratio->why_no_interval, "a value without an interval");
}

TEST(RatioOfRatios, OfARateComparesWhatIsLeft) {
  // 20 % lost here, 40 % lost there: the work takes 1.25 and 1.667 times as long.
  const auto ratio = ratio_of_ratios(measured(20), measured(40), true);
  ASSERT_TRUE(ratio);
  EXPECT_NEAR(*ratio->ratio, 0.8 / 0.6, 1e-12);
}

TEST(RatioOfRatios, VariancesAdd) {
  // On the log scale: 0.10 +- 0.03 and 0.30 +- 0.04; the half width is the hypotenuse 0.05.
  const auto percent = [](double d) { return 100 * std::expm1(d); };
  const auto ratio = ratio_of_ratios(measured(percent(0.10), percent(0.07), percent(0.13)),
                                     measured(percent(0.30), percent(0.26), percent(0.34)), false);
  ASSERT_TRUE(ratio && ratio->low && ratio->high);
  EXPECT_NEAR(*ratio->ratio, std::exp(0.20), 1e-12);
  EXPECT_NEAR(*ratio->low, std::exp(0.15), 1e-12);
  EXPECT_NEAR(*ratio->high, std::exp(0.25), 1e-12);
  EXPECT_DOUBLE_EQ(ratio->confidence, 0.95);
  EXPECT_EQ(ratio->finding, "costs more");
  EXPECT_EQ(ratio->why_no_interval, "");
}

TEST(RatioOfRatios, TurnedAroundIsTheReciprocal) {
  const CompareValue a = measured(5, 2, 8.2), b = measured(12, 9, 15.5);
  const auto forth = ratio_of_ratios(a, b, false), back = ratio_of_ratios(b, a, false);
  EXPECT_NEAR(*forth->ratio * *back->ratio, 1, 1e-12);
  EXPECT_NEAR(*forth->low * *back->high, 1, 1e-12);
  EXPECT_EQ(forth->finding, "costs more");
  EXPECT_EQ(back->finding, "costs less");
}

TEST(RatioOfRatios, ShowsNoDifferenceWhereTheIntervalHasOne) {
  EXPECT_EQ(ratio_of_ratios(measured(5, 2, 8), measured(6, 3, 9), false)->finding, "no difference shown");
}

TEST(RatioOfRatios, HasNoIntervalWhereTheConfidenceDiffers) {
  CompareValue b = measured(12, 9, 15);
  b.confidence = 0.99;
  const auto ratio = ratio_of_ratios(measured(5, 2, 8), b, false);
  EXPECT_TRUE(ratio->ratio);
  EXPECT_FALSE(ratio->low);
  EXPECT_EQ(ratio->why_no_interval, "the intervals have different confidence");
}

TEST(RatioOfRatios, OfRangesHasOnlyBounds) {
  const auto ratio = ratio_of_ratios(published(229, 295), published(10, 21), false);
  ASSERT_TRUE(ratio);
  EXPECT_FALSE(ratio->ratio);
  EXPECT_FALSE(ratio->low);
  EXPECT_NEAR(*ratio->least, 1.10 / 3.95, 1e-12);
  EXPECT_NEAR(*ratio->most, 1.21 / 3.29, 1e-12);
  EXPECT_EQ(ratio->finding, "");
}

TEST(RatioOfRatios, DoesNotExistForWhatIsNoPossibleOverhead) {
  CompareValue unusable = measured(5, 2, 8);
  unusable.unusable = "INVALID: a stream was lost";
  EXPECT_FALSE(ratio_of_ratios(unusable, measured(5), false));
  EXPECT_FALSE(ratio_of_ratios(measured(5), CompareValue{}, false));
  EXPECT_FALSE(ratio_of_ratios(measured(-100), measured(5), false));
  EXPECT_FALSE(ratio_of_ratios(measured(5), measured(100), true)) << "nothing is left of the rate";
  CompareValue bound;
  bound.overhead = Spread{std::nullopt, 3, true};
  EXPECT_FALSE(ratio_of_ratios(measured(5), bound, false));
}

// 12 blocks here and 6 there, as noisy as real ones, the intervals from the estimator that the runs use: the
// interval of the ratio covers the truth at least as often as it says.
TEST(RatioOfRatios, TheIntervalCoversTheTruth) {
  PcgRng rng(20'261'121);
  const double d_here = 0.05, d_there = 0.12;
  const auto run = [&](double d, double sd, int blocks) {
    std::vector<double> effects;
    for (int i = 0; i < blocks; ++i) effects.push_back(d + sd * rng.normal());
    const auto found = estimate(effects, 0.05);
    const auto percent = [](double log) { return overhead_percent(Direction::kLowerIsBetter, log); };
    return measured(percent(found->mean), percent(found->ci.low), percent(found->ci.high));
  };
  const double truth = std::exp(d_there - d_here);
  int covered = 0;
  constexpr int kRuns = 4000;
  for (int i = 0; i < kRuns; ++i) {
    const auto ratio = ratio_of_ratios(run(d_here, 0.02, 12), run(d_there, 0.05, 6), false);
    ASSERT_TRUE(ratio && ratio->low);
    if (*ratio->low <= truth && truth <= *ratio->high) ++covered;
  }
  EXPECT_GE(covered, 0.94 * kRuns);
  EXPECT_LE(covered, 0.985 * kRuns) << "an interval that covers nearly always says too little";
}

}  // namespace
}  // namespace bpftax
