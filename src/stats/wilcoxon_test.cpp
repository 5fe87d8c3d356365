#include "stats/wilcoxon.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <vector>

namespace bpftax {
namespace {

// Depression scale before minus after, nine patients (Hollander & Wolfe, table 3.1).
const std::vector<double> kDepression = {0.952, -0.147, 1.022, 0.43, 0.62, 0.59, 0.49, -0.08, 0.01};

// n values with ranks 1..n; the ranks listed are negative.
std::vector<double> with_negative_ranks(int n, const std::vector<int>& negative) {
  std::vector<double> values(static_cast<std::size_t>(n));
  std::iota(values.begin(), values.end(), 1);
  for (const int rank : negative) values[static_cast<std::size_t>(rank - 1)] *= -1;
  return values;
}

TEST(SignedRank, GivesTheTextbookExample) {
  const std::optional<SignedRank> result = wilcoxon_signed_rank(kDepression);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->w_plus, 40);
  EXPECT_TRUE(result->exact);
  EXPECT_NEAR(result->p_greater, 0.01953125, 1e-15);
  EXPECT_NEAR(result->p_less, 0.986328125, 1e-15);
  EXPECT_NEAR(result->p_two_sided, 0.0390625, 1e-15);
}

TEST(SignedRank, MatchesTheExactTables) {
  // P(W <= w): n = 6, w = 0; n = 10, w = 8; n = 20, w = 52; n = 25, w = 89.
  EXPECT_NEAR(wilcoxon_signed_rank(with_negative_ranks(6, {}))->p_greater, 0.015625, 1e-15);
  EXPECT_NEAR(wilcoxon_signed_rank(with_negative_ranks(10, {8}))->p_greater, 0.0244140625, 1e-15);
  EXPECT_NEAR(wilcoxon_signed_rank(with_negative_ranks(20, {20, 19, 13}))->p_greater, 0.02422046661376953,
              1e-14);
  EXPECT_NEAR(wilcoxon_signed_rank(with_negative_ranks(25, {25, 24, 23, 17}))->p_greater,
              0.024131208658218384, 1e-14);
}

TEST(SignedRank, IsExactWithTiesAndDropsValuesAtTheCentre) {
  const std::optional<SignedRank> result =
      wilcoxon_signed_rank(std::vector<double>{1, 1, -1, 2, 2, 3, -2, 0});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->n_used, 7);
  EXPECT_EQ(result->w_plus, 21);
  EXPECT_NEAR(result->p_less, 0.9140625, 1e-15);
  EXPECT_NEAR(result->p_greater, 0.1640625, 1e-15);
}

TEST(SignedRank, TestsAroundAnyCentre) {
  std::vector<double> moved = kDepression;
  for (double& value : moved) value += 5;
  // Only the tie-free order counts; 1e-9 keeps rounding from making ties.
  EXPECT_NEAR(wilcoxon_signed_rank(moved, 5 + 1e-9)->p_greater, 0.01953125, 1e-12);
}

TEST(SignedRank, ApproximatesForLargeSamples) {
  std::vector<int> negative;
  for (int rank = 1; rank <= 30; rank += 5) negative.push_back(rank);
  const std::optional<SignedRank> result = wilcoxon_signed_rank(with_negative_ranks(30, negative));
  ASSERT_TRUE(result);
  EXPECT_FALSE(result->exact);
  EXPECT_EQ(result->w_plus, 384);
  EXPECT_NEAR(result->p_two_sided, 0.00189752670129, 1e-12);
}

TEST(SignedRank, KnowsWhatItCannotSay) {
  EXPECT_FALSE(wilcoxon_signed_rank({}));
  EXPECT_FALSE(wilcoxon_signed_rank(std::vector<double>{1, std::nan("")}));
  const std::optional<SignedRank> zeros = wilcoxon_signed_rank(std::vector<double>(6, 0));
  ASSERT_TRUE(zeros);
  EXPECT_EQ(zeros->n_used, 0);
  EXPECT_EQ(zeros->p_two_sided, 1);
}

TEST(HodgesLehmann, GivesTheTextbookExample) {
  const std::optional<HodgesLehmann> result = hodges_lehmann(kDepression, 0.05);
  ASSERT_TRUE(result);
  EXPECT_NEAR(result->estimate, 0.46, 1e-12);
  EXPECT_NEAR(result->ci.low, 0.01, 1e-12);
  EXPECT_NEAR(result->ci.high, 0.786, 1e-12);
  EXPECT_NEAR(result->confidence, 1 - 2 * 0.01953125, 1e-12);
  EXPECT_NEAR(*hodges_lehmann_estimate(kDepression), 0.46, 1e-12);
}

TEST(HodgesLehmann, SaysWhatSixBlocksCanGive) {
  const std::vector<double> values = {1, 2, 3, 4, 5, 6};
  const std::optional<HodgesLehmann> result = hodges_lehmann(values, 0.0182);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->ci.low, 1);
  EXPECT_EQ(result->ci.high, 6);
  EXPECT_NEAR(result->confidence, 1 - 2.0 / 64, 1e-12);
}

TEST(HodgesLehmann, IsNotMovedByOneWildValue) {
  const std::vector<double> values = {1.0, 1.1, 0.9, 1.05, 0.95, 1000};
  EXPECT_NEAR(*hodges_lehmann_estimate(values), 1.05, 0.03);
}

TEST(HodgesLehmann, ApproximatesForLargeSamplesCloseToTheExactTable) {
  std::vector<double> values(26);
  std::iota(values.begin(), values.end(), 0);
  const std::optional<HodgesLehmann> result = hodges_lehmann(values, 0.05);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->estimate, 12.5);
  EXPECT_GE(result->confidence, 0.95);
  EXPECT_LT(result->confidence, 0.953);
  EXPECT_NEAR(result->ci.low + result->ci.high, 25, 1e-12);
}

}  // namespace
}  // namespace bpftax
