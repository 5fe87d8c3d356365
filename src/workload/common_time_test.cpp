#include "workload/common_time.h"

#include <gtest/gtest.h>

namespace bpftax {
namespace {

constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kMs = 1'000'000;

StreamClock stream(int64_t released_ns, int64_t ended_ns, double duration_s) {
  return {.released_ns = released_ns, .ended_ns = ended_ns, .duration_s = duration_s};
}

TEST(CommonTime, OfOneStreamIsTheLastWindowOfWhatCertainlyRan) {
  // 3 s of test in 3.02 s of process: certain from 0.02 s to 3 s.
  const auto time = common_time({stream(0, 3020 * kMs, 3)}, 2, 1);
  ASSERT_TRUE(time) << to_string(time.error());
  EXPECT_EQ(time->start_ns, kSecond);
  EXPECT_EQ(time->end_ns, 3 * kSecond);
  EXPECT_DOUBLE_EQ(time->seconds(), 2);
  EXPECT_NEAR(time->omitted_s, 0.98, 1e-9);
  EXPECT_NEAR(time->max_slack_s, 0.02, 1e-9);
}

TEST(CommonTime, BeginsWithTheLatestAndEndsWithTheEarliestStream) {
  const auto time = common_time({stream(0, 3010 * kMs, 3), stream(40 * kMs, 3060 * kMs, 3)}, 2, 0.5);
  ASSERT_TRUE(time) << to_string(time.error());
  EXPECT_EQ(time->end_ns, 3 * kSecond);  // the first stream may have ended then
  EXPECT_EQ(time->start_ns, 1 * kSecond);
  const auto all = common_time({stream(0, 3010 * kMs, 3), stream(40 * kMs, 3060 * kMs, 3)}, 2.94, 0);
  ASSERT_TRUE(all) << to_string(all.error());
  EXPECT_EQ(all->start_ns, 60 * kMs);  // the second stream may have begun only then
}

TEST(CommonTime, SkewMayEatHalfOfTheOmittedPartAndFivePercentOfTheWindow) {
  // 3 s, skewed by 0.5 s: 2.5 s are common; 0.5 s omitted, 2 s measured.
  const auto enough = common_time({stream(0, 3 * kSecond, 3), stream(500 * kMs, 3500 * kMs, 3)}, 2, 1);
  ASSERT_TRUE(enough) << to_string(enough.error());
  EXPECT_NEAR(enough->omitted_s, 0.5, 1e-9);
  EXPECT_NEAR(enough->seconds(), 2, 1e-9);
  const auto less = common_time({stream(0, 3 * kSecond, 3), stream(590 * kMs, 3590 * kMs, 3)}, 2, 1);
  ASSERT_TRUE(less) << to_string(less.error());
  EXPECT_NEAR(less->seconds(), 1.91, 1e-9);
  const auto lost = common_time({stream(0, 3 * kSecond, 3), stream(610 * kMs, 3610 * kMs, 3)}, 2, 1);
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().kind, ErrorKind::kWorkload);
  EXPECT_EQ(lost.error().why.substr(0, 30), "1.890 s of the asked 2.000 s a");
}

TEST(CommonTime, ATestLongerThanItsProcessIsAContradiction) {
  const auto time = common_time({stream(0, 3 * kSecond, 3), stream(0, 2900 * kMs, 3)}, 2, 1);
  ASSERT_FALSE(time);
  EXPECT_EQ(time.error().where, "stream 2 of 2");
}

TEST(CommonTime, NoStreamIsAnError) {
  EXPECT_FALSE(common_time({}, 2, 1));
}

TEST(AmountBetween, TakesWholeIntervalsAndSharesAtTheCuts) {
  // Origin at 10 ms: the range 0.5 s .. 2.5 s of the host is 0.49 s .. 2.49 s of the stream.
  const StreamClock clock = stream(0, 3020 * kMs, 3);
  const CommonTime time{.start_ns = 500 * kMs, .end_ns = 2500 * kMs};
  const std::vector<Iperf3Interval> intervals = {
      {.start_s = 0, .end_s = 1, .bytes = 100, .packets = 10, .lost = 5},
      {.start_s = 1, .end_s = 2, .bytes = 200, .packets = 20, .lost = -1},
      {.start_s = 2, .end_s = 3, .bytes = 1000, .packets = 30, .lost = 0},
      {.start_s = 3, .end_s = 3, .bytes = 7}};
  const Amount amount = amount_between(intervals, clock, time);
  EXPECT_NEAR(amount.bytes, 0.51 * 100 + 200 + 0.49 * 1000, 1e-6);
  EXPECT_NEAR(amount.packets, 0.51 * 10 + 20 + 0.49 * 30, 1e-6);
  EXPECT_NEAR(amount.lost, 0.51 * 5 - 1, 1e-6);
}

TEST(AmountBetween, AConstantRateIsNotChangedByTheUncertaintyOfTheCut) {
  std::vector<Iperf3Interval> intervals;
  for (int i = 0; i < 30; ++i)
    intervals.push_back({.start_s = i * 0.1, .end_s = (i + 1) * 0.1, .bytes = 1000});
  for (const int64_t slack_ms : {0, 7, 60, 200}) {
    const StreamClock clock = stream(0, (3000 + slack_ms) * kMs, 3);
    const auto time = common_time({clock}, 2, 1);
    ASSERT_TRUE(time) << to_string(time.error());
    EXPECT_NEAR(amount_between(intervals, clock, *time).bytes / time->seconds(), 10000, 1e-3) << slack_ms;
  }
}

}  // namespace
}  // namespace bpftax
