#include "plan/result_paths.h"

#include <gtest/gtest.h>

namespace bpftax {
namespace {

TEST(ResultPaths, AreThoseOfTheRequirementDocuments) {
  EXPECT_EQ(hash6("tcp_rx"), "9d5e19");
  EXPECT_EQ(case_folder("pktcount", 2, "tcp", "rx", hash6("tcp_rx")), "ebpf/pktcount_case_2_tcp_rx_9d5e19");
  EXPECT_EQ(baseline_folder("vm"), "baseline/vm");
  EXPECT_EQ(perf_folder("tcp_rr"), "latency/tcp_rr");
  EXPECT_EQ(perf_folder("tcp_stream"), "throughput/single");
  EXPECT_EQ(perf_folder("udp_pps_4"), "pps/multi_4");
}

TEST(ResultPaths, NeverLeaveTheirFolder) {
  EXPECT_EQ(case_folder("../../etc", 1, "a/b", "..", "abcdef"), "ebpf/______etc_case_1_a_b____abcdef");
  EXPECT_EQ(safe_file_name(""), "tool");
  EXPECT_EQ(safe_file_name(std::string(500, 'a')).size(), 100u);
}

}  // namespace
}  // namespace bpftax
