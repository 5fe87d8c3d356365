#include "stats/effect.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "stats/distributions.h"

namespace bpftax {
namespace {

// Extra sleep of ten patients, Student (1908): differences between two drugs.
const std::vector<double> kSleep = {1.2, 2.4, 1.3, 1.3, 0, 1.0, 1.8, 0.8, 4.6, 1.4};

TEST(Distributions, MatchTheTables) {
  EXPECT_NEAR(t_quantile(0.975, 5), 2.570581835636, 1e-10);
  EXPECT_NEAR(t_quantile(0.8, 5), 0.919543780241, 1e-10);
  EXPECT_NEAR(t_quantile(0.9909, 5), 3.451917547049, 1e-9);
  EXPECT_NEAR(t_quantile(0.9995, 5), 6.868826625895, 1e-8);
  EXPECT_NEAR(t_quantile(0.975, 23), 2.068657610419, 1e-10);
  EXPECT_NEAR(normal_quantile(0.975), 1.959963984540, 1e-10);
  EXPECT_NEAR(normal_upper_tail(1.959963984540), 0.025, 1e-12);
  EXPECT_NEAR(t_two_sided_p(-2.570581835636, 5), 0.05, 1e-12);
}

TEST(Effect, IsPositiveWhenTheSubjectMakesThingsWorse) {
  EXPECT_NEAR(block_effect(Direction::kLowerIsBetter, 10, 11, 10), std::log(1.1), 1e-14);
  EXPECT_NEAR(block_effect(Direction::kHigherIsBetter, 10, 9, 10), std::log(10.0 / 9), 1e-14);
  EXPECT_NEAR(block_effect(Direction::kLowerIsBetter, 8, 10, 12.5), 0,
              1e-14);  // geometric mean of 8 and 12.5 is 10
  EXPECT_NEAR(noise_effect(10, 11), std::log(1.1), 1e-14);
}

TEST(Effect, OfSomethingThatIsNotPositiveIsNotANumber) {
  EXPECT_TRUE(std::isnan(block_effect(Direction::kLowerIsBetter, 0, 1, 1)));
  EXPECT_TRUE(std::isnan(block_effect(Direction::kLowerIsBetter, 1, -1, 1)));
  EXPECT_TRUE(
      std::isnan(block_effect(Direction::kHigherIsBetter, 1, 1, std::numeric_limits<double>::infinity())));
  EXPECT_TRUE(std::isnan(noise_effect(1, 0)));
}

TEST(Effect, OverheadIsTheIncreaseOrTheShareLost) {
  EXPECT_NEAR(overhead_percent(Direction::kLowerIsBetter, std::log(1.5)), 50, 1e-12);
  EXPECT_NEAR(overhead_percent(Direction::kHigherIsBetter, std::log(2)), 50, 1e-12);
  EXPECT_NEAR(overhead_percent(Direction::kHigherIsBetter, -std::log(2)), -100, 1e-12);
}

TEST(Effect, PercentAndLogAreInverse) {
  for (const Direction direction : {Direction::kLowerIsBetter, Direction::kHigherIsBetter}) {
    for (const double percent : {-40.0, -1.0, 0.0, 0.001, 3.0, 60.0}) {
      EXPECT_NEAR(overhead_percent(direction, *log_effect(direction, percent)), percent, 1e-11);
    }
  }
  EXPECT_FALSE(log_effect(Direction::kHigherIsBetter, 100));
  EXPECT_FALSE(log_effect(Direction::kLowerIsBetter, -100));
  EXPECT_TRUE(log_effect(Direction::kLowerIsBetter, 300));
}

TEST(Estimate, GivesTheTIntervalOfStudentsSleepData) {
  const std::optional<Estimate> result = estimate(kSleep, 0.05);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->n, 10);
  EXPECT_NEAR(result->mean, 1.58, 1e-14);
  EXPECT_NEAR(result->sd, 1.229995483280, 1e-11);
  EXPECT_NEAR(result->ci.low, 0.700114236723, 1e-9);
  EXPECT_NEAR(result->ci.high, 2.459885763277, 1e-9);
  EXPECT_NEAR(result->p_value, 0.002832890197, 1e-10);
  EXPECT_NEAR(result->autocorrelation, -0.169095182139, 1e-11);
  EXPECT_FALSE(result->variance_inflated);
}

TEST(Estimate, GivesTheMinimumDetectableEffect) {
  // t(.975; 5) + t(.8; 5) = 3.490126
  EXPECT_NEAR(minimum_detectable_effect(6, 0.01, 0.05), 0.03490125615877, 1e-12);
  EXPECT_GT(minimum_detectable_effect(6, 0.01, 0.0182), minimum_detectable_effect(6, 0.01, 0.05));
}

TEST(Estimate, WidensTheIntervalWhenNeighboursAreAlike) {
  std::vector<double> smooth(24);
  for (std::size_t i = 0; i < smooth.size(); ++i) smooth[i] = std::sin(static_cast<double>(i) * 0.25);
  const std::optional<Estimate> result = estimate(smooth, 0.05);
  ASSERT_TRUE(result);
  const double r = result->autocorrelation;
  ASSERT_GT(r, 2 / std::sqrt(24.0));
  EXPECT_TRUE(result->variance_inflated);
  EXPECT_NEAR(result->standard_error, result->sd / std::sqrt(24.0) * std::sqrt((1 + r) / (1 - r)), 1e-12);
}

TEST(Estimate, NeverNarrowsForAlternatingBlocks) {
  const std::vector<double> alternating = {1, -1, 1.1, -1, 1, -1.1, 1, -1};
  const std::optional<Estimate> result = estimate(alternating, 0.05);
  ASSERT_TRUE(result);
  EXPECT_LT(result->autocorrelation, -0.7);
  EXPECT_FALSE(result->variance_inflated);
  EXPECT_NEAR(result->standard_error, result->sd / std::sqrt(8.0), 1e-14);
}

TEST(Estimate, OfEqualValuesIsAPoint) {
  const std::vector<double> equal(6, std::log(1.1));
  const std::optional<Estimate> result = estimate(equal, 0.05);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->sd, 0);
  EXPECT_DOUBLE_EQ(result->ci.low, result->ci.high);
  EXPECT_EQ(result->p_value, 0);
  EXPECT_EQ(estimate(std::vector<double>(6, 0), 0.05)->p_value, 1);
}

TEST(Estimate, NeedsTwoFiniteValuesAndALevel) {
  EXPECT_FALSE(estimate(std::vector<double>{1}, 0.05));
  EXPECT_FALSE(estimate(std::vector<double>{1, std::nan("")}, 0.05));
  EXPECT_FALSE(estimate(kSleep, 0));
  EXPECT_FALSE(estimate(kSleep, 1));
}

TEST(BlocksToDetect, IsTheSmallestNumberThatDetects) {
  const std::optional<int> n = blocks_to_detect(0.03, 0.05, 0.05, 6, 1000);
  ASSERT_TRUE(n);
  EXPECT_LE(minimum_detectable_effect(*n, 0.05 / std::sqrt(*n), 0.05), 0.03);
  EXPECT_GT(minimum_detectable_effect(*n - 1, 0.05 / std::sqrt(*n - 1), 0.05), 0.03);
  EXPECT_EQ(n, 24);  // the textbook's (1.96 + .84)^2 * sd^2/d^2 = 21.8, and two more for t
}

TEST(BlocksToDetect, KeepsItsLimits) {
  EXPECT_EQ(blocks_to_detect(1, 0.001, 0.05, 6, 1000), 6);
  EXPECT_FALSE(blocks_to_detect(0.0001, 0.05, 0.05, 6, 1000));
  EXPECT_FALSE(blocks_to_detect(0, 0.05, 0.05, 6, 1000));
  EXPECT_FALSE(blocks_to_detect(-1, 0.05, 0.05, 6, 1000));
}

}  // namespace
}  // namespace bpftax
