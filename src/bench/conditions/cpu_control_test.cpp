#include "bench/conditions/cpu_control.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace bpftax::bench {
namespace {

using Step = CpuControl::Step;

// Corrects until the control has had enough; what the machine does with a setting is `use`.
template <class Use>
Step settle(CpuControl& control, Use use) {
  while (true) {
    const Step step = control.take(use(control.setting()));
    if (step != Step::kCorrect) return step;
  }
}

TEST(CpuControl, a_load_that_obeys_is_not_corrected) {
  CpuControl control(80);
  EXPECT_EQ(control.setting(), 80);
  EXPECT_EQ(control.take(81.3), Step::kReached);
  EXPECT_EQ(control.corrections(), 0);
}

TEST(CpuControl, pauses_that_take_too_long_are_made_up_for) {
  CpuControl control(80);
  EXPECT_EQ(settle(control, [](int setting) { return 0.85 * setting; }), Step::kReached);
  EXPECT_NEAR(0.85 * control.setting(), 80, CpuControl::kGoodEnough);
  EXPECT_GE(control.corrections(), 1);
}

TEST(CpuControl, what_else_runs_is_part_of_the_load) {
  CpuControl control(80);
  EXPECT_EQ(settle(control, [](int setting) { return std::min(100.0, setting + 15.0); }), Step::kReached);
  EXPECT_NEAR(control.setting(), 65, 2);
}

TEST(CpuControl, the_next_visit_begins_where_the_last_one_ended) {
  CpuControl control(50);
  const auto use = [](int setting) { return 0.8 * setting; };
  settle(control, use);
  const int found = control.setting();
  control.begin();
  EXPECT_EQ(control.setting(), found);
  EXPECT_EQ(control.take(use(found)), Step::kReached);
}

TEST(CpuControl, gives_up_where_the_machine_is_too_busy_or_too_small) {
  CpuControl busy(30);
  EXPECT_EQ(settle(busy, [](int setting) { return 40 + 0.6 * setting; }), Step::kGiveUp);
  EXPECT_EQ(busy.setting(), 0);
  CpuControl small(80);
  EXPECT_EQ(settle(small, [](int setting) { return 0.5 * setting; }), Step::kGiveUp);
  EXPECT_EQ(small.setting(), 100);
}

TEST(CpuControl, a_machine_that_never_settles_ends_the_search) {
  CpuControl control(50);
  int calls = 0;
  EXPECT_EQ(settle(control, [&](int) { return ++calls % 2 == 0 ? 20.0 : 90.0; }), Step::kGiveUp);
  EXPECT_EQ(calls, CpuControl::kMostCorrections + 1);
}

TEST(CpuControl, within_the_tolerance_is_reached_when_nothing_is_left_to_try) {
  CpuControl control(98);
  EXPECT_EQ(settle(control, [](int setting) { return 0.94 * setting; }), Step::kReached);
  EXPECT_EQ(control.setting(), 100);
}

}  // namespace
}  // namespace bpftax::bench
