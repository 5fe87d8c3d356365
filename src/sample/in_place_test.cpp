// The estimate of what a program costs in place, from times that are made up.
#include "sample/in_place.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace bpftax {
namespace {

using testing::HasSubstr;

InPlacePhase phase_of(bool attached, double ns) {
  return {attached, {ns - 5, ns + 5, ns, 3 * ns, ns}, attached ? 1.0 : 0.0};
}

// `count` phases with the program, which costs `cost` for each message.
std::vector<InPlacePhase> phases_of(int count, double cost, double drift_a_phase = 0) {
  std::vector<InPlacePhase> all;
  for (int i = 0; i <= 2 * count; ++i)
    all.push_back(phase_of(i % 2 == 1, 3000 + i * drift_a_phase + (i % 2 == 1 ? cost : 0)));
  return all;
}

TEST(InPlace, TheCostIsWhatAMessageCostsMoreThanBesideIt) {
  const auto cost = estimate_in_place(phases_of(11, 1170));
  ASSERT_TRUE(cost);
  EXPECT_DOUBLE_EQ(cost->ns, 1170);
  EXPECT_DOUBLE_EQ(cost->error_ns, 0);
}

TEST(InPlace, ASlowDriftCancels) {
  EXPECT_NEAR(estimate_in_place(phases_of(11, 1170, 40))->ns, 1170, 1e-6);
}

TEST(InPlace, DisturbedPhasesDoNotMatter) {
  auto some = phases_of(11, 1170);
  some[3] = phase_of(true, 9000);
  some[8] = phase_of(false, 5000);
  EXPECT_DOUBLE_EQ(estimate_in_place(some)->ns, 1170);
}

TEST(InPlace, PacketsOfOthersAreEventsToo) {
  auto shared = phases_of(11, 1170 * 1.25);
  for (InPlacePhase& one : shared) one.events_per_message *= 1.25;
  EXPECT_DOUBLE_EQ(estimate_in_place(shared)->ns, 1170);
}

TEST(InPlace, TheErrorIsThatOfATrimmedMean) {
  // Costs 1100, 1110, ... 1190, 1200: without two at each end 1120 ... 1180. Winsorised: the outer two on
  // either side are 1120 and 1180; variance (3 * 30^2 + 3 * 30^2 + 2 * (20^2 + 10^2)) / 10 = 640.
  auto spread = phases_of(11, 0);
  for (size_t i = 0; i < 11; ++i) spread[2 * i + 1] = phase_of(true, 4100 + 10 * static_cast<double>(i));
  const auto cost = estimate_in_place(spread);
  ASSERT_TRUE(cost);
  EXPECT_DOUBLE_EQ(cost->ns, 1150);
  const double standard_error = std::sqrt(640.0) / (7.0 / 11 * std::sqrt(11.0));
  EXPECT_NEAR(cost->error_ns, 2.4469 * standard_error * std::sqrt(4.0 / 3), 0.01);
  // Three values: nothing is cut.
  auto few = phases_of(3, 1100);
  few[3] = phase_of(true, 4130);
  EXPECT_NEAR(estimate_in_place(few)->error_ns, 4.3027 * 10 * std::sqrt(4.0 / 3), 0.01);
}

TEST(InPlace, TooLittleOrNothingSeenIsNoCost) {
  EXPECT_FALSE(estimate_in_place({}));
  EXPECT_FALSE(estimate_in_place(phases_of(2, 1170)));
  auto empty = phases_of(3, 1170);
  empty[2].ns_per_message.clear();
  EXPECT_FALSE(estimate_in_place(empty));
  auto unseen = phases_of(11, 0);
  for (InPlacePhase& one : unseen) one.events_per_message = 0;
  const auto cost = estimate_in_place(unseen);
  ASSERT_FALSE(cost);
  EXPECT_THAT(to_string(cost.error()), HasSubstr("the program saw 0.00 of 1 packet a message"));
}

}  // namespace
}  // namespace bpftax
