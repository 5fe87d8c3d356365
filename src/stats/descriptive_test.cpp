#include "stats/descriptive.h"

#include <gtest/gtest.h>

#include <vector>

namespace bpftax {
namespace {

TEST(Descriptive, GivesNothingForNothing) {
  const std::vector<double> empty;
  EXPECT_FALSE(mean(empty));
  EXPECT_FALSE(geometric_mean(empty));
  EXPECT_FALSE(median(empty));
  EXPECT_FALSE(standard_deviation(empty));
  EXPECT_FALSE(quantile(empty, 0.5));
  EXPECT_FALSE(coefficient_of_variation(empty));
  EXPECT_FALSE(lag1_autocorrelation(empty));
  const std::vector<double> one = {3};
  EXPECT_FALSE(standard_deviation(one));
  EXPECT_DOUBLE_EQ(*median(one), 3);
}

TEST(Descriptive, MeansOfKnownValues) {
  const std::vector<double> values = {1, 4, 16};
  EXPECT_DOUBLE_EQ(*mean(values), 7);
  EXPECT_NEAR(*geometric_mean(values), 4, 1e-12);
  EXPECT_FALSE(geometric_mean(std::vector<double>{1, 0}));
}

TEST(Descriptive, StandardDeviationDividesByNMinusOne) {
  const std::vector<double> values = {2, 4, 4, 4, 5, 5, 7, 9};
  EXPECT_NEAR(*standard_deviation(values), 2.138089935299395, 1e-14);
  EXPECT_NEAR(*coefficient_of_variation(values), 0.427617987059879, 1e-14);
}

TEST(Descriptive, StandardDeviationSurvivesALargeOffset) {
  const std::vector<double> values = {1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16};
  EXPECT_NEAR(*standard_deviation(values), 5.477225575051661, 1e-9);
}

TEST(Descriptive, QuantilesAreOfType7) {
  const std::vector<double> values = {4, 1, 3, 2};
  EXPECT_DOUBLE_EQ(*quantile(values, 0), 1);
  EXPECT_DOUBLE_EQ(*quantile(values, 0.25), 1.75);
  EXPECT_DOUBLE_EQ(*quantile(values, 0.5), 2.5);
  EXPECT_DOUBLE_EQ(*quantile(values, 0.9), 3.7);
  EXPECT_DOUBLE_EQ(*quantile(values, 1), 4);
  EXPECT_FALSE(quantile(values, 1.1));
}

TEST(Descriptive, AutocorrelationOfARampAndOfAnAlternation) {
  EXPECT_NEAR(*lag1_autocorrelation(std::vector<double>{1, 2, 3, 4, 5}), 0.4, 1e-14);
  EXPECT_NEAR(*lag1_autocorrelation(std::vector<double>{1, -1, 1, -1}), -0.75, 1e-14);
  EXPECT_FALSE(lag1_autocorrelation(std::vector<double>{2, 2, 2}));
}

}  // namespace
}  // namespace bpftax
