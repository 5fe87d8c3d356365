#include "bench/ratio_interval.h"

#include <gtest/gtest.h>

#include <cmath>

#include "bench/aggregate.h"
#include "util/rng.h"

namespace bpftax::bench {
namespace {

// a = 10 with s = 0.5 (n = 6), b = 20 with s = 0.8 (n = 6); t(0.975, 5) = 2.570582.
TEST(RatioIntervalTest, IsFiellersByHand) {
  const double t5 = 2.5705818;
  const Value a{10, 10 - t5 * 0.5, 10 + t5 * 0.5}, b{20, 20 - t5 * 0.8, 20 + t5 * 0.8};
  const auto ratio = ratio_interval(a, 6, b, 6);
  ASSERT_TRUE(ratio && ratio->low && ratio->high);
  EXPECT_DOUBLE_EQ(ratio->ratio, 2);
  // Variances 0.64 and 4 * 0.25 = 1: freedom 1.64^2 / (0.64^2/5 + 1/5) = 9.54, so 9; t(0.975, 9) = 2.262157.
  // g = 2.262157^2 * 0.25/100 = 0.0127934; half = 0.2262157 * sqrt(0.9872066 * 0.64 + 1) = 0.2889..
  const double g = 2.262157 * 2.262157 * 0.25 / 100;
  const double half = 0.2262157 * std::sqrt((1 - g) * 0.64 + 1);
  EXPECT_NEAR(*ratio->low, (2 - half) / (1 - g), 1e-5);
  EXPECT_NEAR(*ratio->high, (2 + half) / (1 - g), 1e-5);
  // The roots of the quadratic that defines it.
  for (const double root : {*ratio->low, *ratio->high})
    EXPECT_NEAR(std::pow(20 - root * 10, 2), std::pow(2.262157, 2) * (0.64 + root * root * 0.25), 1e-3);
}

TEST(RatioIntervalTest, ADenominatorThatMayBeZeroHasNoInterval) {
  const auto ratio = ratio_interval({1, -1.0, 3.0}, 5, {2, 1.9, 2.1}, 5);
  ASSERT_TRUE(ratio);
  EXPECT_FALSE(ratio->low);
  EXPECT_FALSE(ratio->why_no_interval.empty());
  EXPECT_FALSE(ratio_interval({0, -1.0, 1.0}, 5, {2, 1.9, 2.1}, 5));
}

TEST(RatioIntervalTest, WithoutIntervalsThereIsARatioOnly) {
  const auto ratio = ratio_interval({4, {}, {}}, 1, {6, {}, {}}, 1);
  ASSERT_TRUE(ratio);
  EXPECT_DOUBLE_EQ(ratio->ratio, 1.5);
  EXPECT_FALSE(ratio->low);
}

TEST(RatioIntervalTest, HoldsTheTrueRatioInNinetyFivePercent) {
  PcgRng rng(4);
  constexpr int kRuns = 4000;
  int holds = 0;
  for (int run = 0; run < kRuns; ++run) {
    std::vector<double> a, b;
    for (int i = 0; i < 8; ++i) a.push_back(10 + rng.normal());
    for (int i = 0; i < 8; ++i) b.push_back(15 + 3 * rng.normal());
    const auto ratio = ratio_interval(value_of(a), 8, value_of(b), 8);
    ASSERT_TRUE(ratio && ratio->low);
    holds += *ratio->low <= 1.5 && 1.5 <= *ratio->high ? 1 : 0;
  }
  EXPECT_NEAR(static_cast<double>(holds) / kRuns, 0.95, 0.012);
}

}  // namespace
}  // namespace bpftax::bench
