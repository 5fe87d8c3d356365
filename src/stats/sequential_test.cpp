#include "stats/sequential.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bpftax {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Judged row(Judgement judgement, std::optional<int> blocks_needed = std::nullopt) {
  Judged judged;
  judged.judgement = judgement;
  judged.blocks_needed = blocks_needed;
  return judged;
}

TEST(Design, SpendsFivePercentOverItsLooks) {
  EXPECT_DOUBLE_EQ(pocock_alpha(1), 0.05);
  EXPECT_DOUBLE_EQ(pocock_alpha(4), 0.0182);
  for (int looks = 2; looks <= 40; ++looks) {
    EXPECT_LT(pocock_alpha(looks), pocock_alpha(looks - 1));
    EXPECT_GE(pocock_alpha(looks) * looks, 0.05);  // never stricter than Bonferroni
  }
}

TEST(Design, FollowsTheAskedNumberOfBlocks) {
  EXPECT_THAT(design_for(6, 24).looks, ElementsAre(6, 12, 18, 24));
  EXPECT_DOUBLE_EQ(design_for(6, 24).alpha_per_look, SequentialDesign{}.alpha_per_look);
  EXPECT_THAT(design_for(6, 6).looks, ElementsAre(6));
  EXPECT_DOUBLE_EQ(design_for(6, 6).alpha_per_look, 0.05);
  EXPECT_THAT(design_for(10, 20).looks, ElementsAre(10, 16, 20));
  EXPECT_THAT(design_for(1, 3).looks, ElementsAre(6));
}

TEST(Design, KnowsItsLooks) {
  const SequentialDesign design;
  EXPECT_TRUE(is_look(design, 12));
  EXPECT_FALSE(is_look(design, 7));
  EXPECT_EQ(next_look(design, 0), 6);
  EXPECT_EQ(next_look(design, 6), 12);
  EXPECT_EQ(next_look(design, 23), 24);
  EXPECT_FALSE(next_look(design, 24));
}

TEST(Stopping, HappensAtALookWhenEverythingIsSettled) {
  const SequentialDesign design;
  const std::vector<Judged> rows = {row(Judgement::kPass), row(Judgement::kExceeds),
                                    row(Judgement::kSaturated), row(Judgement::kInvalid)};
  EXPECT_FALSE(decide(design, 5, rows, true).stop);
  const StopDecision decision = decide(design, 6, rows, true);
  EXPECT_TRUE(decision.stop);
  EXPECT_TRUE(decision.decided);
  EXPECT_THAT(decision.reason, HasSubstr("settled after 6 blocks"));
}

TEST(Stopping, NeverHappensBetweenLooksWhileThereIsTime) {
  const SequentialDesign design;
  const std::vector<Judged> rows = {row(Judgement::kPass)};
  for (int blocks = 1; blocks < 24; ++blocks)
    EXPECT_EQ(decide(design, blocks, rows, true).stop, blocks % 6 == 0);
}

TEST(Stopping, WaitsForWhatIsOpen) {
  const SequentialDesign design;
  const std::vector<Judged> open = {row(Judgement::kPass), row(Judgement::kInconclusive, 900)};
  EXPECT_FALSE(decide(design, 6, open, true).stop);
  EXPECT_FALSE(decide(design, 18, open, true).stop);
  const StopDecision last = decide(design, 24, open, true);
  EXPECT_TRUE(last.stop);
  EXPECT_FALSE(last.decided);
  EXPECT_THAT(last.reason, HasSubstr("1 of 2"));
}

TEST(Stopping, GivesUpOnAnOverheadThatCannotBeToldFromItsMargin) {
  const SequentialDesign design;
  EXPECT_FALSE(is_settled(design, row(Judgement::kOverhead, 18)));
  EXPECT_FALSE(is_settled(design, row(Judgement::kOverhead, 48)));
  EXPECT_TRUE(is_settled(design, row(Judgement::kOverhead, 49)));
  EXPECT_TRUE(is_settled(design, row(Judgement::kOverhead)));
}

TEST(Stopping, KeepsTheBudget) {
  const SequentialDesign design;
  const std::vector<Judged> open = {row(Judgement::kInconclusive)};
  const StopDecision decision = decide(design, 9, open, false);
  EXPECT_TRUE(decision.stop);
  EXPECT_FALSE(decision.decided);
  EXPECT_THAT(decision.reason, HasSubstr("budget"));
  EXPECT_TRUE(decide(design, 9, std::vector<Judged>{row(Judgement::kPass)}, false).decided);
}

TEST(Stopping, HappensWhenNothingIsLeft) {
  EXPECT_TRUE(decide(SequentialDesign{}, 2, {}, true).stop);
}

}  // namespace
}  // namespace bpftax
