#include "probes/spin_calibration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bpftax {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

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
  EXPECT_EQ(spin_target_ns(1000, {24.4, 25}), 976u);
  EXPECT_EQ(spin_target_ns(20, {24.4, 25}), 0u);
  EXPECT_THAT(format_calibration(20, {24.4, 25}), HasSubstr("20 ns is less than can be burnt here (49 ns)"));
  EXPECT_THAT(format_calibration(1000, {24.4, 25}), HasSubstr("target in the loop 976 ns"));
}

TEST(SpinSummary, TheTruthIsMeasuredTimeAndFixedCost) {
  SpinState total{};
  total.events = 1000;
  total.burnt_ns = 976'500;
  EXPECT_THAT(format_spin_summary(1000, total, {24.0, 25}),
              ElementsAre("1000 events, 1000.5 ns each, 1000500 ns in all; asked for: 1000 ns each",
                          "of each: 976.5 ns measured in the loop, 24.0 ns outside of it by calibration"));
  total.clipped = 2;
  EXPECT_EQ(format_spin_summary(1000, total, {24.0, 25}).size(), 3u);
  EXPECT_THAT(format_spin_summary(1000, {}, {24.0, 25}), ElementsAre("0 events; asked for: 1000 ns each"));
}

}  // namespace
}  // namespace bpftax
