#include "workload/netperf_output.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "util/strings.h"
#include "workload/recorded_window.h"

namespace bpftax {
namespace {

using ::testing::HasSubstr;

std::string netperf_refusal(const std::string& text) {
  const auto report = parse_netperf(text, "netperf");
  if (report) return "";
  EXPECT_EQ(report.error().kind, ErrorKind::kWorkload);
  return report.error().why;
}

// The good recording with one key's value replaced.
std::string netperf_changed(const std::string& key, const std::string& value) {
  const std::string good = recording("netperf/tcp_rr.txt");
  std::string text;
  for (const std::string_view line : split(good, '\n')) {
    text += line.starts_with(key + "=") ? key + "=" + value : std::string(line);
    text += '\n';
  }
  return text;
}

TEST(NetperfOutput, ReadsARealReport) {
  const auto report = parse_netperf(recording("netperf/tcp_rr.txt"), "netperf");
  ASSERT_TRUE(report) << to_string(report.error());
  EXPECT_EQ(report->protocol, "TCP");
  EXPECT_DOUBLE_EQ(report->transactions_per_s, 13655.136);
  EXPECT_DOUBLE_EQ(report->elapsed_s, 2.00);
  EXPECT_DOUBLE_EQ(report->mean_us, 73.18);
  EXPECT_EQ(report->min_us, 4);
  EXPECT_EQ(report->p50_us, 75);
  EXPECT_EQ(report->p90_us, 89);
  EXPECT_EQ(report->p99_us, 125);
  EXPECT_EQ(report->max_us, 2638);
  EXPECT_EQ(report->request_bytes, 1);
  EXPECT_EQ(report->response_bytes, 1);
  EXPECT_GT(busy_share(*report), 0.99);
}

TEST(NetperfOutput, TheShareOfATestAfterALostDatagramShowsTheLoss) {
  const auto report = parse_netperf(recording("netperf/udp_rr_lost_datagram.txt"), "netperf");
  ASSERT_TRUE(report) << to_string(report.error());  // netperf says nothing of it
  EXPECT_LT(busy_share(*report), 0.5);
}

TEST(NetperfOutput, WhatIsNoReportIsAnErrorWithNetperfsWords) {
  EXPECT_THAT(netperf_refusal(recording("netperf/no_netserver.txt")),
              HasSubstr("are you sure there is a netserver listening"));
  EXPECT_THAT(netperf_refusal(recording("netperf/server_killed.txt.err")),
              HasSubstr("Connection reset by peer"));
  EXPECT_THAT(netperf_refusal(recording("netperf/unknown_key.txt")), HasSubstr("missing"));
  EXPECT_THAT(netperf_refusal(""), HasSubstr("nothing"));
}

TEST(NetperfOutput, AReportThatIsCutMissesSomething) {
  const std::string whole = recording("netperf/tcp_rr.txt");
  for (size_t size = 0; size < whole.find("PROTOCOL=T"); ++size)
    EXPECT_NE(netperf_refusal(whole.substr(0, size)), "") << size;
}

TEST(NetperfOutput, NumbersThatCannotBeAreErrors) {
  for (const char* value : {"-1", "nan", "inf", "1e400", "", "12us", "0x10", "99999999999999999999"}) {
    EXPECT_NE(netperf_refusal(netperf_changed("TRANSACTION_RATE", value)), "") << value;
    EXPECT_NE(netperf_refusal(netperf_changed("P50_LATENCY", value)), "") << value;
    EXPECT_NE(netperf_refusal(netperf_changed("ELAPSED_TIME", value)), "") << value;
  }
  EXPECT_THAT(netperf_refusal(netperf_changed("P50_LATENCY", "126")), HasSubstr("not in order"));
  EXPECT_THAT(netperf_refusal(netperf_changed("MAX_LATENCY", "3")), HasSubstr("below MIN_LATENCY"));
  EXPECT_THAT(netperf_refusal(netperf_changed("PROTOCOL", "SCTP")), HasSubstr("neither"));
}

TEST(NetperfOutput, AKeyThatIsThereTwiceIsAnError) {
  EXPECT_THAT(netperf_refusal(recording("netperf/tcp_rr.txt") + "P50_LATENCY=1\n"), HasSubstr("twice"));
}

TEST(NetperfOutput, UnknownKeysAndNoiseAreSkipped) {
  EXPECT_EQ(netperf_refusal("noise\nTHROUGHPUT_UNITS=Trans/s\n" + recording("netperf/udp_rr.txt")), "");
}

}  // namespace
}  // namespace bpftax
