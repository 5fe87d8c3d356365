#include "stats/multiplicity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace bpftax {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Holm, StepsDownAndKeepsTheInputOrder) {
  EXPECT_THAT(holm(std::vector<double>{0.01, 0.04, 0.03, 0.005}),
              ElementsAre(DoubleNear(0.03, 1e-15), DoubleNear(0.06, 1e-15), DoubleNear(0.06, 1e-15),
                          DoubleNear(0.02, 1e-15)));
}

TEST(Holm, NeverExceedsOneAndLeavesASingleTestAlone) {
  EXPECT_THAT(holm(std::vector<double>{0.6, 0.7}), ElementsAre(1, 1));
  EXPECT_THAT(holm(std::vector<double>{0.03}), ElementsAre(0.03));
  EXPECT_THAT(holm({}), IsEmpty());
}

TEST(BenjaminiHochberg, StepsUpAndKeepsTheInputOrder) {
  EXPECT_THAT(benjamini_hochberg(std::vector<double>{0.01, 0.04, 0.03, 0.005}),
              ElementsAre(DoubleNear(0.02, 1e-15), DoubleNear(0.04, 1e-15), DoubleNear(0.04, 1e-15),
                          DoubleNear(0.02, 1e-15)));
  EXPECT_THAT(benjamini_hochberg({}), IsEmpty());
}

TEST(BenjaminiHochberg, RejectsTheFourOfTheirOwnExample) {
  // Benjamini & Hochberg (1995), section 4: 15 tests; their procedure rejects 4 at .05, Bonferroni 3.
  const std::vector<double> p_values = {0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344,
                                        0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000};
  const auto rejected = [](const std::vector<double>& adjusted) {
    return std::count_if(adjusted.begin(), adjusted.end(), [](double p) { return p <= 0.05; });
  };
  EXPECT_EQ(rejected(benjamini_hochberg(p_values)), 4);
  EXPECT_EQ(rejected(holm(p_values)), 3);
}

}  // namespace
}  // namespace bpftax
