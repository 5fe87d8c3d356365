#include "cli/progress.h"

#include <gtest/gtest.h>

namespace bpftax {
namespace {

ProgressEvent window_event() {
  ProgressEvent event;
  event.kind = ProgressEvent::Kind::kTick;
  event.block = 3;
  event.blocks_done = 2;
  event.blocks_min = 6;
  event.blocks_max = 24;
  event.subject = "packet-count";
  event.workload = "tcp_rr";
  event.window_elapsed_s = 1;
  event.window_s = 2;
  event.elapsed_s = 65;
  event.eta_s = 600;
  return event;
}

TEST(ProgressLine, SaysWhereTheRunIsAndHowLongItMayTake) {
  EXPECT_EQ(progress_line(window_event()),
            "block 3 of 6..24  packet-count  tcp_rr  1/2 s  1:05 elapsed, at most 10:00 to go");
}

TEST(ProgressLine, NamesWarmUpAndAttribution) {
  ProgressEvent event = window_event();
  event.block = 0;
  EXPECT_EQ(progress_line(event).substr(0, 7), "warm-up");
  event.purpose = "attribution";
  EXPECT_EQ(progress_line(event).substr(0, 11), "attribution");
}

TEST(EstimateText, ShowsTheLargestEffectSoFarWithItsSign) {
  ProgressEvent event = window_event();
  event.estimates = {{"t1", "a", "tcp_rr", "latency_mean_us", 6, 4.14, 2.0, 6.2, 5, Verdict::kOverhead},
                     {"t2", "b", "tcp_stream", "throughput_gbps", 6, -9.96, -12.0, -8.0, 3, Verdict::kPass},
                     {"t3", "c", "udp_pps", "packets_per_s", 1, std::nullopt, std::nullopt, std::nullopt, 3,
                      Verdict::kInconclusive}};
  EXPECT_EQ(estimate_text(event), "b tcp_stream throughput_gbps -10.0 % [-12.0, -8.0]");
  event.estimates.clear();
  EXPECT_EQ(estimate_text(event), "");
}

}  // namespace
}  // namespace bpftax
