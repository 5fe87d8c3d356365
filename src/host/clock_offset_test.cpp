#include "host/clock_offset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "host/fake_host.h"
#include "util/json.h"
#include "util/rng.h"

namespace bpftax {
namespace {

constexpr int64_t kTruth = -123'456'789'012;
constexpr int64_t kRealtimeTruth = 5'000'000;

// A round trip that takes `there` and `back`, to a host whose clocks are off by the truths.
ClockRound round_trip(int64_t at_ns, int64_t there_ns, int64_t back_ns) {
  constexpr int64_t kEpoch = 1'790'000'000'000'000'000;
  ClockRound round;
  round.sent_ns = at_ns;
  round.sent_realtime_ns = kEpoch + at_ns;
  round.host_ns = at_ns + there_ns + kTruth;
  round.host_realtime_ns = kEpoch + at_ns + there_ns + kRealtimeTruth;
  round.received_ns = at_ns + there_ns + back_ns;
  return round;
}

TEST(ClockOffsetTest, an_even_way_gives_the_truth) {
  const auto offset = clock_offset_of({round_trip(1'000, 200, 200)});
  ASSERT_TRUE(offset);
  EXPECT_EQ(offset->offset_ns, kTruth);
  EXPECT_EQ(offset->realtime_offset_ns, kRealtimeTruth);
  EXPECT_EQ(offset->rtt_ns, 400);
  EXPECT_EQ(offset->error_ns, 200);
}

TEST(ClockOffsetTest, the_shortest_round_trip_is_taken) {
  const auto offset = clock_offset_of(
      {round_trip(0, 9'000'000, 1'000), round_trip(20'000'000, 100, 101), round_trip(30'000'000, 500, 500)});
  ASSERT_TRUE(offset);
  EXPECT_EQ(offset->rtt_ns, 201);
  EXPECT_EQ(offset->error_ns, 101) << "half, rounded up";
  EXPECT_EQ(offset->offset_ns, kTruth);
}

TEST(ClockOffsetTest, the_truth_is_always_within_the_error_bar) {
  PcgRng rng(7);
  for (int i = 0; i < 2'000; ++i) {
    std::vector<ClockRound> rounds;
    int64_t at_ns = 0;
    for (int k = 0; k < 5; ++k) {
      const auto there = static_cast<int64_t>(rng.below(3'000'000)),
                 back = static_cast<int64_t>(rng.below(3'000'000));
      rounds.push_back(round_trip(at_ns, there, back));
      at_ns += 10'000'000;
    }
    const auto offset = clock_offset_of(rounds);
    ASSERT_TRUE(offset);
    EXPECT_LE(std::abs(offset->offset_ns - kTruth), offset->error_ns);
    EXPECT_LE(std::abs(offset->realtime_offset_ns - kRealtimeTruth), offset->error_ns);
  }
}

TEST(ClockOffsetTest, answers_before_their_request_do_not_count) {
  ClockRound wrong = round_trip(1'000, 10, 10);
  wrong.received_ns = 900;
  EXPECT_FALSE(clock_offset_of({wrong}));
  EXPECT_FALSE(clock_offset_of({}));
  EXPECT_EQ(clock_offset_of({wrong, round_trip(5'000, 300, 300)})->rtt_ns, 600);
}

TEST(ClockOffsetTest, between_two_hosts_the_errors_add_up) {
  const ClockOffset from{.offset_ns = 1'000, .error_ns = 10, .rtt_ns = 20, .realtime_offset_ns = 5};
  const ClockOffset to{.offset_ns = -500, .error_ns = 40, .rtt_ns = 80, .realtime_offset_ns = 7};
  const ClockOffset apart = offset_between(from, to);
  EXPECT_EQ(apart.offset_ns, -1'500);
  EXPECT_EQ(apart.error_ns, 50);
  EXPECT_EQ(apart.realtime_offset_ns, 2);
  EXPECT_EQ(to_json(apart)["error_ns"], 50);
}

TEST(ClockOffsetTest, a_host_is_asked_as_often_as_wanted) {
  FakeClock clock;
  FakeHost host(clock);
  const int before = host.call_count();
  const auto offset = estimate_clock_offset(host, clock, 5);
  ASSERT_TRUE(offset) << to_string(offset.error());
  EXPECT_EQ(host.call_count() - before, 5);
  EXPECT_EQ(offset->offset_ns, 0) << "it stands on the same clock";
  EXPECT_EQ(offset->realtime_offset_ns, 0);
  host.lose_at_call(host.call_count() + 2);
  EXPECT_EQ(estimate_clock_offset(host, clock).error().kind, ErrorKind::kLost);
}

}  // namespace
}  // namespace bpftax
