#include "workload/sockperf_output.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "workload/recorded_window.h"

namespace bpftax {
namespace {

using ::testing::HasSubstr;

std::string sockperf_refusal(const std::string& text) {
  const auto report = parse_sockperf(text, "sockperf");
  if (report) return "";
  EXPECT_EQ(report.error().kind, ErrorKind::kWorkload);
  return report.error().what + ": " + report.error().why;
}

std::string replaced(const std::string& what, const std::string& with) {
  std::string text = recording("sockperf/tcp_rr.txt");
  const size_t at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return text.replace(at, what.size(), with);
}

TEST(SockperfOutput, ReadsARealReport) {
  const auto report = parse_sockperf(recording("sockperf/tcp_rr.txt"), "sockperf");
  ASSERT_TRUE(report) << to_string(report.error());
  EXPECT_NEAR(report->total_s, 2.0, 0.01);
  EXPECT_DOUBLE_EQ(report->warmup_s, 0.4);
  EXPECT_NEAR(report->valid_s, 1.55, 0.01);
  EXPECT_EQ(report->observations, 19518);
  EXPECT_EQ(report->dropped, 0);
  EXPECT_EQ(report->duplicated, 0);
  EXPECT_EQ(report->out_of_order, 0);
  EXPECT_DOUBLE_EQ(report->mean_us, 79.366);
  EXPECT_DOUBLE_EQ(report->min_us, 20.765);
  EXPECT_DOUBLE_EQ(report->p50_us, 77.634);
  EXPECT_DOUBLE_EQ(report->p90_us, 89.808);
  EXPECT_DOUBLE_EQ(report->p99_us, 129.993);
  EXPECT_DOUBLE_EQ(report->max_us, 3549.764);
}

TEST(SockperfOutput, FailuresAreReportedInSockperfsOwnWords) {
  EXPECT_EQ(sockperf_refusal(recording("sockperf/tcp_refused.txt")),
            "sockperf failed: Can`t connect socket (errno=111 Connection refused)");
  EXPECT_EQ(sockperf_refusal(recording("sockperf/udp_refused.txt")),
            "sockperf failed: No messages were received from the server. Is the server down?");
  EXPECT_EQ(sockperf_refusal(recording("sockperf/server_killed.txt")),
            "sockperf failed: A connection was forcibly closed by a peer (errno=0 Success)");
}

TEST(SockperfOutput, HalfOfTheRoundTripIsNotTakenForTheWhole) {
  EXPECT_THAT(sockperf_refusal(replaced("avg-rtt", "avg-latency")), HasSubstr("'avg-rtt' is missing"));
}

TEST(SockperfOutput, AReportThatIsCutMissesSomething) {
  const std::string whole = recording("sockperf/tcp_rr.txt");
  for (size_t size = 0; size < whole.find("<MIN>"); size += 3)
    EXPECT_NE(sockperf_refusal(whole.substr(0, size)), "") << size;
}

TEST(SockperfOutput, NumbersThatCannotBeAreErrors) {
  EXPECT_THAT(sockperf_refusal(replaced("avg-rtt=", "avg-rtt=-")), HasSubstr("which cannot be"));
  EXPECT_THAT(sockperf_refusal(replaced("avg-rtt=", "avg-rtt=nan")), HasSubstr("no number"));
  EXPECT_THAT(sockperf_refusal(replaced("avg-rtt=", "avg-rtt=9e999")), HasSubstr("no number"));
  EXPECT_THAT(sockperf_refusal(replaced("percentile 50.000 =", "percentile 50.000 = 9999")),
              HasSubstr("not in order"));
  EXPECT_THAT(sockperf_refusal(replaced("percentile 50.000", "percentile 99.000")), HasSubstr("there twice"));
}

TEST(SockperfOutput, UnfinishedColoursDoNotHang) {
  EXPECT_NE(sockperf_refusal("\x1b["), "");
  EXPECT_NE(sockperf_refusal("\x1b[2;35"), "");
  EXPECT_NE(sockperf_refusal(std::string(1000, '\x1b')), "");
}

}  // namespace
}  // namespace bpftax
