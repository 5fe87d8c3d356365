#include "plan/model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

namespace bpftax {
namespace {

Plan plan_with(int subjects, uint64_t seed = 7) {
  Plan plan;
  plan.seed = seed;
  for (int i = 1; i <= subjects; ++i) {
    PlannedSubject subject;
    subject.id = "t" + std::to_string(i);
    subject.argv = {"/bin/true"};
    plan.subjects.push_back(subject);
  }
  plan.workloads.push_back({"tcp_rr", "auto", {}, {}});
  return plan;
}

TEST(ArmOrder, HasEachSubjectOnceAndTwoBaselines) {
  const Plan plan = plan_with(3);
  for (int block = 0; block < 50; ++block)
    EXPECT_THAT(arm_order(plan, block), testing::UnorderedElementsAre("A1", "A2", "t1", "t2", "t3"));
}

TEST(ArmOrder, IsTheSameForTheSameSeedAndDependsOnSeedAndBlock) {
  std::set<std::vector<std::string>> by_block, by_seed;
  for (int block = 1; block <= 30; ++block) {
    EXPECT_EQ(arm_order(plan_with(3), block), arm_order(plan_with(3), block));
    by_block.insert(arm_order(plan_with(3), block));
    by_seed.insert(arm_order(plan_with(3, static_cast<uint64_t>(block)), 1));
  }
  EXPECT_GT(by_block.size(), 10u);
  EXPECT_GT(by_seed.size(), 10u);
}

TEST(ArmOrder, StaysAsItWasWhenThisWasWritten) {
  // Runs are reproduced from the seed by later versions too.
  using testing::ElementsAre;
  EXPECT_THAT(arm_order(plan_with(2, 42), 1), ElementsAre("A1", "t1", "A2", "t2"));
  EXPECT_THAT(arm_order(plan_with(2, 42), 3), ElementsAre("t2", "A1", "t1", "A2"));
  EXPECT_THAT(arm_order(plan_with(2, 42), 4), ElementsAre("t2", "t1", "A1", "A2"));
}

TEST(ArmOrder, FavoursNoPosition) {
  std::map<std::string, int> first;
  for (int block = 1; block <= 4000; ++block) ++first[arm_order(plan_with(2, 42), block)[0]];
  EXPECT_NEAR(first["t1"], 1000, 120);
  EXPECT_NEAR(first["t2"], 1000, 120);
  EXPECT_NEAR(first["A1"], 2000, 150);
  EXPECT_EQ(first.count("A2"), 0u) << "A1 is the baseline that comes first";
}

TEST(ArmOrder, PutsSubjectsFirstInTheWarmUp) {
  EXPECT_THAT(arm_order(plan_with(2), 0), testing::ElementsAre("t1", "t2", "A1", "A2"));
}

TEST(ParseReady, ReadsEachKind) {
  EXPECT_EQ(parse_ready("bpf")->kind, ReadySpec::Kind::kBpf);
  const auto line = parse_ready("line:^Attach(ed|ing) \\d+: ok$");
  ASSERT_TRUE(line);
  EXPECT_EQ(line->kind, ReadySpec::Kind::kLine);
  EXPECT_EQ(line->argument, "^Attach(ed|ing) \\d+: ok$");
  const auto exec = parse_ready("exec:test -e /tmp/x");
  ASSERT_TRUE(exec);
  EXPECT_EQ(exec->argument, "test -e /tmp/x");
  const auto delay = parse_ready("delay:500ms");
  ASSERT_TRUE(delay);
  EXPECT_DOUBLE_EQ(delay->delay_s, 0.5);
}

TEST(ParseReady, GivesBackWhatItWrites) {
  for (const char* text : {"bpf", "line:ready: (yes|no)", "exec:true", "delay:2.5"}) {
    const auto parsed = parse_ready(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(to_string(*parsed), text);
  }
}

TEST(ParseReady, RefusesEverythingElseAsUsage) {
  for (const char* text :
       {"", "sleep:3", "line", "line:", "line:(", "exec:", "delay:", "delay:soon", "bpf:1"}) {
    const auto parsed = parse_ready(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().kind, ErrorKind::kUsage);
  }
}

TEST(EstimatedDuration, GrowsWithBlocksArmsAndWorkloads) {
  Plan plan = plan_with(1);
  plan.attribution = false;
  const double one = estimated_duration_s(plan, 6);
  EXPECT_GT(one, 6 * 3 * (plan.window_s + plan.omit_s));
  EXPECT_LT(one, 8 * 3 * (plan.window_s + plan.omit_s + 1));
  EXPECT_GT(estimated_duration_s(plan_with(2), 6), one);
  EXPECT_GT(estimated_duration_s(plan, 12), one);
  plan.attribution = true;
  plan.attribution_starts = 2;
  EXPECT_NEAR(estimated_duration_s(plan, 6), one + 2 * estimated_arm_s(plan, false) + kEntryCostS, 1e-9)
      << "the entry into the tool's hooks is measured too";
}

}  // namespace
}  // namespace bpftax
