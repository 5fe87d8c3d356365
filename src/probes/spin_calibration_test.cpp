#include "probes/spin_calibration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "probes/packet_cases_test.h"
#include "probes/spin_in_place.h"

namespace bpftax {
namespace {

using testing::ElementsAre;
using testing::EndsWith;

SpinCalibration calibration_of(double fixed_ns, double step_ns) {
  SpinCalibration calibration;
  calibration.fixed_ns = fixed_ns;
  calibration.step_ns = step_ns;
  return calibration;
}

TEST(SpinCalibration, TheFixedCostIsWhatNeitherTheLoopNorAnEmptyRunExplains) {
  const std::vector<SpinBatch> spinning(3, {1030, 1000, 40});
  const std::vector<SpinBatch> empty(3, {6, 0, 0});
  const auto calibration = calibrate_spin(spinning, empty);
  ASSERT_TRUE(calibration);
  EXPECT_DOUBLE_EQ(calibration->fixed_ns, 24);
  EXPECT_DOUBLE_EQ(calibration->step_ns, 25);
}

TEST(SpinCalibration, OneDisturbedBatchDoesNotMatter) {
  const std::vector<SpinBatch> spinning = {{1030, 1000, 40}, {90'000, 1000, 40}, {1030, 1000, 40}};
  const std::vector<SpinBatch> empty = {{6, 0, 0}, {6, 0, 0}, {500, 0, 0}};
  EXPECT_DOUBLE_EQ(calibrate_spin(spinning, empty)->fixed_ns, 24);
}

TEST(SpinCalibration, ImpossibleTimesAreAnErrorNotACost) {
  const std::vector<SpinBatch> spinning(3, {1000, 1000, 40});
  EXPECT_FALSE(calibrate_spin(spinning, std::vector<SpinBatch>(3, {50, 0, 0})));
  EXPECT_FALSE(calibrate_spin({}, {}));
  EXPECT_FALSE(calibrate_spin(std::vector<SpinBatch>(3, {30, 0, 0}), std::vector<SpinBatch>(3, {6, 0, 0})));
}

TEST(SpinCalibration, TheTargetIsWhatIsLeftForTheLoop) {
  EXPECT_EQ(spin_target_ns(1000, calibration_of(24.4, 25)), 976u);
  EXPECT_EQ(spin_target_ns(20, calibration_of(24.4, 25)), 0u);
}

TEST(SpinCalibration, ItSaysWhatAnEventCostsAndWhatCannotBeHad) {
  SpinCalibration calibration = calibration_of(24.4, 25);
  calibration.not_in_place = "no loopback";
  EXPECT_EQ(format_spin_truth(calibration),
            "not calibrated in place (no loopback): the way into the program is not in what it burns");
  calibration = calibration_of(168.2, 25);
  calibration.in_place = InPlaceCost{1002.8, 7.6};
  EXPECT_EQ(format_calibration(1000, calibration),
            "calibration: an event costs 1003 +- 8 ns in place; 168.2 ns outside of the loop, target in the "
            "loop 832 ns; 25.0 ns an iteration (resolution of a single event)");
  EXPECT_THAT(format_calibration(150, calibration),
              EndsWith("; 150 ns is less than can be burnt here: the least possible is 193 ns"));
}

// ---- in place ----

bool same_filter(const ProbeFilter& a, const ProbeFilter& b) {
  return memcmp(&a, &b, sizeof a) == 0;
}

TEST(SpinInPlace, TheFilterKeepsItsFormAndWantsTheTraffic) {
  ProbeFilter filter{};
  EXPECT_TRUE(same_filter(filter_for_traffic(filter, 7), filter));
  filter.protocol = kProbeTcp + 1;
  strcpy(filter.interface, "lo");
  EXPECT_TRUE(same_filter(filter_for_traffic(filter, 7), filter));
  filter = address_filter("2001:db8::1");
  filter.protocol = kProbeIcmp + 1;
  filter.port = 80;
  strcpy(filter.interface, "a-long-one");
  ProbeFilter expected = address_filter("::1");
  expected.protocol = kProbeTcp + 1;
  expected.port = 7;
  strcpy(expected.interface, "lo");
  EXPECT_TRUE(same_filter(filter_for_traffic(filter, 7), expected));
  EXPECT_TRUE(same_filter(filter_for_traffic(address_filter("192.0.2.1"), 7), address_filter("127.0.0.1")));
}

TEST(SpinSummary, TheTruthIsMeasuredTimeAndFixedCost) {
  SpinState total{};
  total.events = 1000;
  total.burnt_ns = 976'500;
  EXPECT_THAT(format_spin_summary(1000, total, calibration_of(24.0, 25)),
              ElementsAre("1000 events, 1000.5 ns each, 1000500 ns in all; asked for: 1000 ns each",
                          "of each: 976.5 ns measured in the loop, 24.0 ns outside of it by calibration"));
  total.clipped = 2;
  EXPECT_EQ(format_spin_summary(1000, total, calibration_of(24.0, 25)).size(), 3u);
  EXPECT_THAT(format_spin_summary(1000, {}, calibration_of(24.0, 25)),
              ElementsAre("0 events; asked for: 1000 ns each"));
}

}  // namespace
}  // namespace bpftax
