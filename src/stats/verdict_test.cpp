#include "stats/verdict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace bpftax {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Blocks around `level` in which the subject is worse by these percents; the baselines differ by a little,
// without drift: +0.2 %, -0.2 %, ...
JudgeInput blocks(const std::vector<double>& overheads, double margin, double level = 100,
                  Direction direction = Direction::kLowerIsBetter) {
  JudgeInput input;
  input.direction = direction;
  input.margin_percent = margin;
  double sign = 1;
  for (const double overhead : overheads) {
    const double factor = direction == Direction::kLowerIsBetter ? 1 + overhead / 100 : 1 - overhead / 100;
    input.a1.push_back(level * std::exp(-0.001 * sign));
    input.a2.push_back(level * std::exp(0.001 * sign));
    input.t.push_back(level * factor);
    sign = -sign;
  }
  return input;
}

std::vector<double> around(double centre, double spread, int n = 6) {
  static constexpr double kPattern[] = {-1.0, 0.6, -0.2, 1.1, -0.7, 0.2};
  std::vector<double> values;
  for (int i = 0; i < n; ++i) values.push_back(centre + spread * kPattern[i % 6]);
  return values;
}

TEST(Verdict, PassesWhatIsSurelyBelowTheMargin) {
  const Judged result = judge(blocks(around(0, 0.5), 3));
  EXPECT_EQ(result.judgement, Judgement::kPass);
  EXPECT_THAT(result.sentence, HasSubstr("no overhead shown"));
  EXPECT_LT(*result.ci_low, 0);
  EXPECT_GT(*result.ci_high, 0);
  EXPECT_FALSE(result.blocks_needed);
  EXPECT_THAT(result.warnings, IsEmpty());
}

TEST(Verdict, PassesAMeasurableButAcceptableOverhead) {
  const Judged result = judge(blocks(around(1, 0.3), 3));
  EXPECT_EQ(result.judgement, Judgement::kPass);
  EXPECT_GT(*result.ci_low, 0);
  EXPECT_THAT(result.sentence, HasSubstr("measurable, acceptable"));
}

TEST(Verdict, FindsWhatExceedsTheMarginInBothDirections) {
  for (const Direction direction : {Direction::kLowerIsBetter, Direction::kHigherIsBetter}) {
    const Judged result = judge(blocks(around(8, 0.5), 3, 40, direction));
    EXPECT_EQ(result.judgement, Judgement::kExceeds);
    EXPECT_NEAR(*result.overhead_percent, 8, 0.05);
    EXPECT_LT(*result.p_value, 0.001);
    // The means are geometric: their ratio is the overhead exactly.
    const double change = *result.subject_mean / *result.baseline_mean - 1;
    EXPECT_NEAR(100 * std::abs(change), *result.overhead_percent, 1e-9);
  }
}

TEST(Verdict, CallsOverheadWhatMayOrMayNotExceed) {
  const Judged result = judge(blocks(around(3, 0.8), 3));
  EXPECT_EQ(result.judgement, Judgement::kOverhead);
  EXPECT_THAT(result.sentence, HasSubstr("may exceed"));
}

TEST(Verdict, IsInconclusiveWhenTheIntervalIsTooWideAndSaysHowManyBlocksItWouldTake) {
  const Judged result = judge(blocks(around(1, 6), 3));
  EXPECT_EQ(result.judgement, Judgement::kInconclusive);
  ASSERT_TRUE(result.blocks_needed);
  EXPECT_GT(*result.blocks_needed, 6);
  EXPECT_THAT(result.sentence, HasSubstr("about " + std::to_string(*result.blocks_needed) + " blocks"));
}

TEST(Verdict, SaysWhenNoReasonableNumberOfBlocksWouldDo) {
  const Judged result = judge(blocks(around(2.5, 60), 3));
  EXPECT_EQ(result.judgement, Judgement::kInconclusive);
  EXPECT_FALSE(result.blocks_needed);
  EXPECT_THAT(result.sentence, HasSubstr("more than 1000 blocks"));
}

TEST(Verdict, DoesNotJudgeFewerThanSixBlocks) {
  const Judged result = judge(blocks(around(0, 0.1, 5), 3));
  EXPECT_EQ(result.judgement, Judgement::kInconclusive);
  EXPECT_TRUE(result.estimate);
  EXPECT_EQ(result.blocks_needed, 6);
  EXPECT_EQ(judge(blocks({1}, 3)).judgement, Judgement::kInconclusive);
  EXPECT_FALSE(judge(blocks({1}, 3)).estimate);
  EXPECT_EQ(judge(blocks({}, 3)).judgement, Judgement::kInconclusive);
}

TEST(Verdict, RefusesToPassAMarginItCouldNotHaveSeen) {
  // The estimate lies so low that the upper bound is below a margin smaller than the detectable effect.
  const Judged result = judge(blocks(around(-1, 1), 1));
  EXPECT_LT(*result.ci_high, 1);
  EXPECT_GT(*result.mde_percent, 1);
  EXPECT_EQ(result.judgement, Judgement::kInconclusive);
  EXPECT_THAT(result.sentence, HasSubstr("found reliably"));
}

TEST(Verdict, FindsAnExcessEvenOverAMarginBelowTheDetectableEffect) {
  const Judged result = judge(blocks(around(5, 1), 0.1));
  EXPECT_GT(*result.mde_percent, 0.1);
  EXPECT_EQ(result.judgement, Judgement::kExceeds);
}

TEST(Verdict, NeverPassesASaturatedBaseline) {
  JudgeInput input = blocks(around(0, 0.1), 3, 0.96, Direction::kHigherIsBetter);
  input.cap = 1;
  EXPECT_EQ(judge(input).judgement, Judgement::kSaturated);
  input.cap = 1.1;
  EXPECT_EQ(judge(input).judgement, Judgement::kPass);
}

TEST(Verdict, ACeilingDoesNotHideALoss) {
  JudgeInput input = blocks(around(20, 1), 3, 0.99, Direction::kHigherIsBetter);
  input.cap = 1;
  const Judged result = judge(input);
  EXPECT_EQ(result.judgement, Judgement::kExceeds);
  EXPECT_THAT(result.warnings, Contains(HasSubstr("at least what is shown")));
}

TEST(Verdict, CallsNothingBelowTheAbsoluteFloorAnOverhead) {
  // 8 % of 10 us is 0.8 us: certain, above the margin of 5 %, and below the floor of 1 us.
  JudgeInput input = blocks(around(8, 0.3), 5, 10);
  EXPECT_EQ(judge(input).judgement, Judgement::kExceeds);
  input.absolute_floor = 1;
  const Judged result = judge(input);
  EXPECT_EQ(result.judgement, Judgement::kPass);
  EXPECT_NEAR(*result.margin_percent, 10, 1e-3);
  // 8 % of 100 us is 8 us.
  input = blocks(around(8, 0.3), 5, 100);
  input.absolute_floor = 1;
  EXPECT_EQ(judge(input).judgement, Judgement::kExceeds);
}

TEST(Verdict, BelowTheFloorAndUncertainIsInconclusive) {
  JudgeInput input = blocks(around(8.5, 2.5), 5, 10);
  input.absolute_floor = 1;
  const Judged result = judge(input);
  EXPECT_GT(*result.ci_low, 0);
  EXPECT_GT(*result.ci_high, 10);
  EXPECT_EQ(result.judgement, Judgement::kInconclusive);
}

TEST(Verdict, WithoutAMarginOnlyNamesAnOverhead) {
  JudgeInput input = blocks(around(8, 0.5), 0);
  input.margin_percent.reset();
  EXPECT_EQ(judge(input).judgement, Judgement::kOverhead);
  input = blocks(around(0, 0.5), 0);
  input.margin_percent.reset();
  EXPECT_EQ(judge(input).judgement, Judgement::kInconclusive);
}

TEST(Verdict, IsInvalidWhenTheBaselineDriftsInsideBlocks) {
  JudgeInput input = blocks(around(0, 0.2), 3);
  for (std::size_t i = 0; i < input.a2.size(); ++i) input.a2[i] *= 1.02;
  const Judged result = judge(input);
  EXPECT_EQ(result.judgement, Judgement::kInvalid);
  EXPECT_NEAR(*result.noise_floor_percent, 2, 0.1);
  EXPECT_GT(*result.noise_low, 0);
  EXPECT_THAT(result.sentence, HasSubstr("drifts"));
}

TEST(Verdict, OnlyWarnsOfADriftThatIsSmallBesideTheMargin) {
  JudgeInput input = blocks(around(0, 0.1), 3);
  for (std::size_t i = 0; i < input.a2.size(); ++i) {
    input.a1[i] = 100;
    input.a2[i] = 100.2 + 0.001 * static_cast<double>(i);
  }
  const Judged result = judge(input);
  EXPECT_EQ(result.judgement, Judgement::kPass);
  EXPECT_THAT(result.warnings, Contains(HasSubstr("a small one beside the margin")));
}

TEST(Verdict, DoesNotBelieveAMeanThatTheRanksContradict) {
  // Three blocks show 4 %, three hover around zero, two of those below: the t interval at a lenient level
  // excludes zero, the signed-rank test does not support it.
  JudgeInput input = blocks({4, 4.2, 4.1, -1.3, -1.2, 3.9}, 30);
  input.margin_percent.reset();
  input.alpha = 0.2;
  const Judged result = judge(input);
  EXPECT_GT(*result.ci_low, 0);
  EXPECT_EQ(result.judgement, Judgement::kInconclusive);
  EXPECT_THAT(result.sentence, HasSubstr("signed-rank"));
}

TEST(Verdict, KnowsThatWholeMicrosecondsHideSmallEffects) {
  JudgeInput input;
  input.margin_percent = 5;
  input.a1 = {12, 12, 12, 13, 12, 12};
  input.a2 = {12, 12, 12, 12, 12, 12};
  input.t = {12, 12, 12, 12, 12, 12};
  const Judged result = judge(input);
  EXPECT_EQ(result.judgement, Judgement::kInconclusive);
  EXPECT_NEAR(*result.mde_percent, 100 / 12.0, 0.2);
  EXPECT_FALSE(result.blocks_needed);
  EXPECT_THAT(result.sentence, HasSubstr("finer metric"));
  EXPECT_THAT(result.warnings, Contains(HasSubstr("in steps")));
}

TEST(Verdict, HandlesConstantMeasurements) {
  JudgeInput input;
  input.margin_percent = 3;
  input.a1 = input.a2 = std::vector<double>(6, 100);
  input.t = std::vector<double>(6, 100);
  EXPECT_EQ(judge(input).judgement, Judgement::kPass);
  EXPECT_THAT(judge(input).warnings, Contains(HasSubstr("too coarse")));
  input.t = std::vector<double>(6, 110);
  EXPECT_EQ(judge(input).judgement, Judgement::kExceeds);
}

JudgeInput losses(std::vector<double> a1, std::vector<double> t, std::vector<double> a2) {
  JudgeInput input;
  input.a1 = std::move(a1);
  input.t = std::move(t);
  input.a2 = std::move(a2);
  input.margin_percent = 10;
  input.absolute_floor = 0.1;
  return input;
}

TEST(Verdict, PassesALossOfNothingOnBothSides) {
  const std::vector<double> nothing(6, 0);
  const Judged result = judge(losses(nothing, nothing, nothing));
  EXPECT_EQ(result.judgement, Judgement::kPass);
  EXPECT_FALSE(result.overhead_percent);
  EXPECT_FALSE(result.estimate);
  EXPECT_EQ(result.baseline_mean, 0);
}

TEST(Verdict, FindsALossThatTheBaselineDoesNotHave) {
  const std::vector<double> nothing(6, 0);
  const Judged result = judge(losses(nothing, {4.1, 3.8, 4.4, 4.0, 3.9, 4.2}, nothing));
  EXPECT_EQ(result.judgement, Judgement::kExceeds);
  ASSERT_TRUE(result.difference);
  EXPECT_NEAR(result.difference->mean, 4.0666667, 1e-6);
  EXPECT_THAT(result.sentence, HasSubstr("worse by 4.07"));
}

TEST(Verdict, DoesNotMakeALossOfTinyRandomAmountsAFinding) {
  const Judged result =
      judge(losses({0, 0.01, 0, 0.02, 0, 0}, {0.01, 0, 0.03, 0, 0, 0.01}, {0, 0, 0.01, 0, 0, 0.02}));
  EXPECT_EQ(result.judgement, Judgement::kPass);
}

TEST(Verdict, OfALossSaysTheNoiseFloorAndWhatCanBeFound) {
  const Judged result =
      judge(losses({0, 0.1, 0, 0.2, 0, 0.1}, {4.1, 3.8, 4.4, 4.0, 3.9, 4.2}, {0.1, 0, 0.1, 0.1, 0.2, 0}));
  ASSERT_TRUE(result.difference_noise);
  EXPECT_NEAR(result.difference_noise->mean, 0.1 / 6, 1e-9);
  EXPECT_GT(result.difference->mde, 0);
  EXPECT_THAT(result.sentence, HasSubstr("; the baseline differs from itself by 0.0167 ("));
  EXPECT_THAT(result.sentence, HasSubstr("on are found reliably"));
  EXPECT_FALSE(result.mde_percent) << "no share of a baseline that may be 0";
}

TEST(Verdict, IsInvalidWhenTheLossOfTheBaselineDriftsInsideBlocks) {
  const std::vector<double> first = {0, 0.1, 0, 0.1, 0, 0.1}, second = {3, 3.1, 3.2, 3, 3.1, 3.2};
  const Judged result = judge(losses(first, {1.5, 1.6, 1.4, 1.5, 1.6, 1.5}, second));
  EXPECT_EQ(result.judgement, Judgement::kInvalid);
  EXPECT_THAT(result.sentence, HasSubstr("something drifts while measuring"));
  // A small one beside what is allowed only warns.
  std::vector<double> little;
  for (const double value : first) little.push_back(value + 0.005);
  const Judged allowed = judge(losses(first, first, little));
  EXPECT_NE(allowed.judgement, Judgement::kInvalid) << allowed.sentence;
  EXPECT_THAT(allowed.warnings, Contains(HasSubstr("a drift, but a small one")));
}

TEST(Verdict, LeavesAScatteredLossOpen) {
  const Judged result = judge(losses({0, 1, 0, 2, 0, 0}, {1, 0, 3, 0, 0, 1}, {0, 0, 1, 0, 0, 2}));
  EXPECT_EQ(result.judgement, Judgement::kInconclusive);
}

TEST(Verdict, DoesNotJudgeWhatIsNotANumber) {
  JudgeInput input = blocks(around(0, 0.5), 3);
  input.t[2] = std::nan("");
  EXPECT_EQ(judge(input).judgement, Judgement::kInconclusive);
  input.t[2] = -1;
  EXPECT_THAT(judge(input).sentence, HasSubstr("negative"));
}

TEST(Verdict, NoticesASubjectThatMakesThingsFaster) {
  const Judged result = judge(blocks(around(-10, 1), 5));
  EXPECT_EQ(result.judgement, Judgement::kPass);
  EXPECT_TRUE(result.better_than_baseline);
  EXPECT_THAT(result.sentence, HasSubstr("better than the baseline"));
}

TEST(Verdict, StricterLookGivesAWiderInterval) {
  JudgeInput input = blocks(around(1, 1), 3);
  const Judged plain = judge(input);
  input.alpha = 0.0182;
  const Judged strict = judge(input);
  EXPECT_GT(*strict.ci_high, *plain.ci_high);
  EXPECT_GT(*strict.mde_percent, *plain.mde_percent);
  EXPECT_DOUBLE_EQ(*strict.overhead_percent, *plain.overhead_percent);
}

TEST(CorrectClaims, WithdrawsTheClaimThatOnlyALargeTableMade) {
  std::vector<Judged> rows(12);
  for (Judged& row : rows) row.p_value = 0.5;
  rows[3].judgement = Judgement::kOverhead;
  rows[3].p_value = 0.012;
  rows[3].ci_low = 0.1;
  rows[3].ci_high = 4;
  rows[7].judgement = Judgement::kExceeds;
  rows[7].p_value = 1e-6;
  rows[5].p_value.reset();
  std::vector<Judged*> pointers;
  for (Judged& row : rows) pointers.push_back(&row);
  const std::vector<std::optional<double>> adjusted = correct_claims(pointers, 0.05);
  EXPECT_EQ(rows[3].judgement, Judgement::kInconclusive);
  EXPECT_THAT(rows[3].sentence, HasSubstr("all 11 rows"));
  EXPECT_EQ(rows[7].judgement, Judgement::kExceeds);
  EXPECT_NEAR(*adjusted[3], 0.12, 1e-12);
  EXPECT_NEAR(*adjusted[7], 1.1e-5, 1e-15);
  EXPECT_FALSE(adjusted[5]);
}

TEST(Judgement, HasTheNamesOfTheFormat) {
  EXPECT_EQ(to_string(Judgement::kPass), "PASS");
  EXPECT_EQ(to_string(Judgement::kOverhead), "OVERHEAD");
  EXPECT_EQ(to_string(Judgement::kExceeds), "EXCEEDS");
  EXPECT_EQ(to_string(Judgement::kInconclusive), "INCONCLUSIVE");
  EXPECT_EQ(to_string(Judgement::kSaturated), "SATURATED");
  EXPECT_EQ(to_string(Judgement::kInvalid), "INVALID");
}

}  // namespace
}  // namespace bpftax
