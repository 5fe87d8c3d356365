#include "result/tree_names.h"

#include <gtest/gtest.h>

namespace bpftax {
namespace {

TEST(TreeNames, FoldersAndTheirTimes) {
  const auto name = split_time("multi_4_20261120_184338");
  ASSERT_TRUE(name);
  EXPECT_EQ(name->name, "multi_4");
  EXPECT_EQ(name->time, "20261120_184338");
  for (const char* text : {"", "single", "_20261120_184338", "single-20261120_184338",
                           "single_20261120-184338", "single_2026112a_184338"})
    EXPECT_FALSE(split_time(text)) << text;
}

TEST(TreeNames, Streams) {
  EXPECT_EQ(streams_of("multi_4"), 4);
  for (const char* text : {"single", "tcp_rr", "multi_", "multi_x", "multi_0", "multi_-3", "multi_99999"})
    EXPECT_EQ(streams_of(text), 1) << text;
}

TEST(TreeNames, Cases) {
  const auto name = split_case("system_network_perfomance_case_12_tcp_rx_9d5e19");
  ASSERT_TRUE(name);
  EXPECT_EQ(name->tool_id, "system_network_perfomance");
  EXPECT_EQ(name->case_id, 12);
  EXPECT_EQ(name->protocol, "tcp");
  EXPECT_EQ(name->direction, "rx");
  EXPECT_EQ(name->hash6, "9d5e19");
}

TEST(TreeNames, CasesWithFewerOrMoreWords) {
  EXPECT_EQ(split_case("t_case_1")->tool_id, "t");
  EXPECT_EQ(split_case("t_case_1_rx_9d5e19")->direction, "rx");
  EXPECT_EQ(split_case("t_case_1_rx_9d5e19")->protocol, "");
  EXPECT_EQ(split_case("t_case_1_udp_9d5e19")->protocol, "udp");
  EXPECT_EQ(split_case("t_case_1_a_b_tx_000000")->protocol, "a_b");
  EXPECT_EQ(split_case("worst_case_study_case_7_any_any_06bdce")->tool_id, "worst_case_study");
  EXPECT_EQ(split_case("x_case_1_case_2_tcp_rx_9d5e19")->tool_id, "x_case_1");
  for (const char* text :
       {"", "pktcount", "_case_1", "t_case_", "t_case_x", "t_case_12345678901_tcp_rx", "t_case_1x"})
    EXPECT_FALSE(split_case(text)) << text;
}

}  // namespace
}  // namespace bpftax
