// The readers of single files, and the matching of clocks and samples.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "analyze/clock_match.h"
#include "analyze/folder_access.h"
#include "analyze/iperf3_values.h"
#include "analyze/latency_text.h"
#include "analyze/resource_match.h"
#include "analyze/sample_log.h"
#include "analyze/timing_log.h"
#include "util/clock.h"
#include "util/files.h"
#include "util/log_time.h"

namespace bpftax {
namespace {

using ::testing::HasSubstr;

std::string data(const std::string& path) {
  return read_file(std::string(BPFTAX_SOURCE_DIR) + "/tests/data/" + path).value();
}

Iperf3Outcome iperf3(std::string text) {
  const size_t size = text.size();
  text.append(FolderAccess::kPadding, '\0');
  return Iperf3Reader().read(std::string_view(text).substr(0, size));
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

constexpr const char* kReport =
    R"({"start":{"timestamp":{"timesecs":1795200291},"test_start":{"protocol":"TCP","num_streams":1,"blksize":64,)"
    R"("omit":0,"duration":3}},"intervals":[{"x":[1,{"y":"}"}]}],"end":{"sum_sent":{"seconds":2,"bytes":1000,)"
    R"("bits_per_second":4000,"retransmits":7},"sum_received":{"seconds":2.5,"bytes":1000,"bits_per_second":3200}}})";

TEST(Iperf3Values, Tcp) {
  const Iperf3Outcome outcome = iperf3(kReport);
  ASSERT_TRUE(outcome.values) << outcome.fault;
  EXPECT_FALSE(outcome.values->udp);
  EXPECT_EQ(outcome.values->blksize, 64);
  EXPECT_EQ(outcome.values->started_s, 1795200291);
  EXPECT_EQ(outcome.values->asked_s, 3);
  EXPECT_EQ(outcome.values->sent->bits_per_second, 4000);
  EXPECT_EQ(outcome.values->sent->retransmits, 7);
  EXPECT_EQ(outcome.values->received->bits_per_second, 3200);
}

TEST(Iperf3Values, RealReports) {
  const auto udp = iperf3(data("iperf3/udp_pps.json"));
  ASSERT_TRUE(udp.values) << udp.fault;
  EXPECT_TRUE(udp.values->udp);
  EXPECT_EQ(udp.values->sent->packets, 1886450);
  EXPECT_FALSE(udp.values->sent->lost_packets);
  EXPECT_EQ(udp.values->received->packets, 1886448);
  EXPECT_EQ(udp.values->received->lost_packets, 47362);
  EXPECT_TRUE(iperf3(data("iperf3/text_server.json")).values);
  for (const char* file :
       {"connection_refused", "interrupted", "server_busy", "server_killed", "server_killed_udp"}) {
    const auto outcome = iperf3(data(fmt::format("iperf3/{}.json", file)));
    EXPECT_FALSE(outcome.values) << file;
    EXPECT_TRUE(outcome.own_words) << file;
    EXPECT_THAT(outcome.fault, testing::StartsWith("iperf3: ")) << file;
  }
}

TEST(Iperf3Values, ACutReportNeverGivesAValue) {
  const std::string text = kReport;
  for (size_t length = 0; length < text.size(); ++length)
    EXPECT_FALSE(iperf3(text.substr(0, length)).values) << length;
  const std::string real = data(
      "origin-results/iteration_002/host-client/performance-test-results/baseline/host/client_results/"
      "throughput/"
      "single_20261120_184253/throughput_single_tcp.json");
  ASSERT_TRUE(iperf3(real).values);
  for (size_t length = 0; length + 2 < real.size(); length += 7)
    EXPECT_FALSE(iperf3(real.substr(0, length)).values) << length;
}

TEST(Iperf3Values, WhatCannotBe) {
  const std::string good = kReport;
  const std::vector<std::pair<std::string, std::string>> bad = {
      {R"("bytes":1000)", R"("bytes":-1000)"},
      {R"("seconds":2,)", R"("seconds":-2,)"},
      {R"("seconds":2,)", R"("seconds":0,)"},
      {R"("seconds":2,)", R"("seconds":1,)"},  // contradicts bytes and rate
      {R"("bits_per_second":4000)", R"("bits_per_second":NaN)"},
      {R"("bits_per_second":4000)", R"("bits_per_second":1e999)"},
      {R"("bits_per_second":4000)", R"("bits_per_second":"4000")"},
      {R"("bits_per_second":4000,)", ""},
      {R"("protocol":"TCP")", R"("protocol":"SCTP")"},
      {R"("end":{)", R"("end":{},"end":{)"},
      {R"("end":{)", R"("ende":{)"},
      {R"({"start")", R"(x{"start")"},
      {R"("intervals":[)", R"("intervals":[}])"},
      {R"("intervals":[)", R"("error":"unable to connect","intervals":[)"},
  };
  for (const auto& [from, to] : bad) EXPECT_FALSE(iperf3(replaced(good, from, to)).values) << to;
  EXPECT_FALSE(iperf3(good + good).values);
  EXPECT_FALSE(iperf3(good + "x").values);
  EXPECT_TRUE(iperf3(good + "\n").values);
  EXPECT_TRUE(iperf3(replaced(good, R"("bytes":1000)", R"("bytes":-1000)")).impossible);
}

TEST(Iperf3Values, DeepNestingIsRefused) {
  std::string deep(100'000, '[');
  EXPECT_FALSE(iperf3(deep).values);
  EXPECT_FALSE(iperf3(R"({"start":)" + deep + std::string(100'000, ']') + "}").values);
  EXPECT_FALSE(iperf3("[1]").values);
  EXPECT_EQ(iperf3("").fault, "it is empty");
  EXPECT_EQ(iperf3(" \n").fault, "it is empty");
}

TEST(Iperf3Values, NothingReceivedIsUnknownWithTcp) {
  const auto outcome =
      iperf3(replaced(kReport, R"("bytes":1000,"bits_per_second":3200)", R"("bytes":0,"bits_per_second":0)"));
  ASSERT_TRUE(outcome.values);
  EXPECT_FALSE(outcome.values->received);
}

TEST(Iperf3Values, OldUdpReports) {
  const auto outcome = iperf3(
      R"({"start":{"test_start":{"protocol":"UDP","num_streams":1,"blksize":100,"duration":2}},"intervals":[],)"
      R"("end":{"sum":{"seconds":2,"bytes":1000,"bits_per_second":4000,"packets":10,"lost_packets":1}}})");
  ASSERT_TRUE(outcome.values) << outcome.fault;
  EXPECT_EQ(outcome.values->sent->packets, 10);
  EXPECT_EQ(outcome.values->received->lost_packets, 1);
  EXPECT_DOUBLE_EQ(outcome.values->received->bits_per_second, 3600);
}

TEST(LatencyText, TheOriginFrameworks) {
  const LatencyOutcome outcome = read_latency(
      "MIGRATED TCP REQUEST/RESPONSE TEST from 0.0.0.0 (0.0.0.0) port 0 AF_INET to 10.99.0.1 () port 0 "
      "AF_INET : demo\n"
      "Minimum Latency Microseconds,Mean Latency Microseconds,Maximum Latency Microseconds\n14,64.27,3968\n");
  ASSERT_TRUE(outcome.values) << outcome.fault;
  EXPECT_EQ(outcome.values->min_us, 14);
  EXPECT_EQ(outcome.values->mean_us, 64.27);
  EXPECT_EQ(outcome.values->max_us, 3968);
  EXPECT_FALSE(outcome.values->p99_us);
  EXPECT_EQ(outcome.protocol, "tcp");
}

TEST(LatencyText, ColumnsInAnyOrderWithPercentiles) {
  const LatencyOutcome outcome = read_latency(
      "99th Percentile Latency Microseconds,Mean Latency Microseconds,Transaction Rate Tran/s\r\n120, 60.5 "
      ",16000.1\r\n");
  ASSERT_TRUE(outcome.values) << outcome.fault;
  EXPECT_EQ(outcome.values->p99_us, 120);
  EXPECT_EQ(outcome.values->mean_us, 60.5);
  EXPECT_EQ(outcome.values->transactions_per_s, 16000.1);
  EXPECT_FALSE(outcome.values->min_us);
}

TEST(LatencyText, NetperfKeysAndSockperf) {
  EXPECT_EQ(read_latency(data("netperf/tcp_rr.txt")).values->mean_us, 73.18);
  EXPECT_EQ(read_latency(data("netperf/udp_rr.txt")).protocol, "udp");
  const LatencyOutcome sockperf = read_latency(data("sockperf/tcp_rr.txt"));
  ASSERT_TRUE(sockperf.values) << sockperf.fault;
  EXPECT_EQ(sockperf.values->mean_us, 79.366);
  EXPECT_NEAR(*sockperf.values->transactions_per_s, 19518 / 1.551, 1e-6);
  EXPECT_FALSE(read_latency(data("netperf/no_netserver.txt")).values);
  EXPECT_FALSE(read_latency(data("sockperf/tcp_refused.txt")).values);
}

TEST(LatencyText, WhatCannotBe) {
  const std::string head =
      "Minimum Latency Microseconds,Mean Latency Microseconds,Maximum Latency Microseconds\n";
  for (const char* row : {"", "14", "14,64.27", "14,x,3968", "14,nan,3968", "14,-64,3968", "14,64.27,inf",
                          "90,64.27,3968", "14,5000,3968", "14,64.27,3968,7"})
    EXPECT_FALSE(read_latency(head + row + "\n").values) << row;
  EXPECT_FALSE(read_latency(head + "14,64.27,3968\n" + head + "15,65,3969\n").values);
  EXPECT_EQ(read_latency("").fault, "it is empty");
  EXPECT_FALSE(read_latency(std::string("\x00\xff{}", 4)).values);
}

TEST(TimingLog, TheOriginFrameworks) {
  const TimingLog log = parse_timing(
      "Test: pps_multi_stream_process_1_port_5001\nProcess_Start: 2026-11-20 18:45:02.791\n"
      "Actual_Launch: 2026-11-20 18:45:03.603\nTest_End: 2026-11-20 18:45:12.538\n");
  ASSERT_EQ(log.fault, "");
  ASSERT_EQ(log.streams.size(), 1u);
  EXPECT_FALSE(log.utc);
  EXPECT_TRUE(log.end_is_process);
  EXPECT_EQ(log.streams[0].begin_ns, parse_log_time("2026-11-20", "18:45:03.603"));
  EXPECT_EQ(log.streams[0].end_ns, parse_log_time("2026-11-20", "18:45:12.538"));
  EXPECT_EQ(parse_timing("Test: x\nStart: 2026-11-20 18:44:14.442\nEnd: 2026-11-20 18:44:17.689\n")
                .streams[0]
                .begin_ns,
            parse_log_time("2026-11-20", "18:44:14.442"));
}

TEST(TimingLog, Ours) {
  const TimingLog log = parse_timing(
      "# stream event date time_utc(+00:00) monotonic_ns\n"
      "1 process_start 2026-11-20 18:53:07.000000000 100\n1 measured_start 2026-11-20 18:53:08.000000000 "
      "200\n"
      "1 measured_end 2026-11-20 18:53:10.000000000 300\n1 process_end 2026-11-20 18:53:11.000000000 400\n"
      "2 measured_start 2026-11-20 18:53:08.000000000 200\n2 measured_end 2026-11-20 18:53:10.000000000 "
      "300\n");
  ASSERT_EQ(log.streams.size(), 2u);
  EXPECT_TRUE(log.utc);
  EXPECT_FALSE(log.end_is_process);
  EXPECT_EQ(log.streams[0].begin_monotonic_ns, 200);
  EXPECT_EQ(log.streams[1].end_ns, parse_log_time("2026-11-20", "18:53:10"));
  // A window that failed has no measured part.
  const TimingLog failed = parse_timing(
      "# stream event date time_utc(+00:00) monotonic_ns\n1 process_start 2026-11-20 18:53:07.000000000 "
      "100\n");
  ASSERT_EQ(failed.streams.size(), 1u);
  EXPECT_EQ(failed.streams[0].begin_monotonic_ns, 100);
  EXPECT_FALSE(failed.streams[0].end_ns);
}

TEST(TimingLog, WhatCannotBe) {
  EXPECT_NE(parse_timing("").fault, "");
  EXPECT_NE(parse_timing("Start: yesterday\n").fault, "");
  EXPECT_NE(parse_timing("Start: 2026-11-20 18:44:14\nEnd: 2026-11-20 18:44:13\n").fault, "");
  EXPECT_NE(parse_timing("Start: 2026-11-20 18:44:14\nStart: 2026-11-20 18:44:15\n").fault, "");
  EXPECT_NE(parse_timing("# stream event\n1 measured_start 2026-11-20 18:53:08.0 9\n1 measured_end "
                         "2026-11-20 18:53:07.0 8\n")
                .fault,
            "");
}

TEST(TimingLog, TimeRangeStatisticsLeaveOutWhatIsThereTwice) {
  const auto tests =
      parse_time_range_statistics(data("origin-results/iteration_002/host-server/performance-test-results/"
                                       "ebpf/pktcount_case_1_tcp_rx_9d5e19/host/"
                                       "ebpf_monitoring/time_range_statistics_20261120_184352.log"));
  EXPECT_EQ(tests.size(), 10u);
  ASSERT_EQ(tests.count("throughput_single"), 1u);
  EXPECT_EQ(tests.at("throughput_single").streams[0].begin_ns, parse_log_time("2026-11-20", "18:44:14.442"));
  const char* const kTwice =
      "### Test: a\nStart: 2026-11-20 18:44:14.442\n### Test: b\nStart: 2026-11-20 18:44:14.442\n"
      "### Test: a\nStart: 2026-11-20 18:50:14.442\n";
  EXPECT_EQ(parse_time_range_statistics(kTwice).count("a"), 0u);
  EXPECT_EQ(parse_time_range_statistics(kTwice).count("b"), 1u);
}

TEST(SampleLog, Tables) {
  const SampleTable table = parse_sample_table(
      "# date time_utc(+00:00) monotonic_ns virt_kb rss_kb mem_percent\n"
      "2026-11-20 18:53:07.100000000 5000 100 50 -\n2026-11-20 18:53:08.100000000 6000 -1 60 0.5\nx\n");
  EXPECT_TRUE(table.has_header);
  ASSERT_EQ(table.rows.size(), 2u);
  EXPECT_EQ(table.rows[0].monotonic_ns, 5000);
  EXPECT_EQ(table.rows[0].values[*table.column("rss_kb")], 50);
  EXPECT_FALSE(table.rows[0].values[*table.column("mem_percent")]);
  EXPECT_FALSE(table.rows[1].values[*table.column("virt_kb")]);  // negative
  EXPECT_EQ(table.unusable_lines, 1);
  EXPECT_FALSE(table.column("nothing"));
  EXPECT_FALSE(parse_sample_table("1 2 3\n").has_header);
}

TEST(SampleLog, SizesStartAndStop) {
  const LogSizeLog log = parse_logsize(
      "# eBPF\n2026-11-20 18:44:10.330811334 7907 7K\n2026-11-20 18:44:12.3 x 9K\n2026-11-20 18:44:14.3 9602 "
      "9K\n");
  ASSERT_EQ(log.samples.size(), 2u);
  EXPECT_EQ(log.samples[1].bytes, 9602);
  EXPECT_EQ(log.unusable_lines, 1);
  EXPECT_EQ(parse_stop_time("Monitor stop time: 2026-11-20 18:45:13.698343942\nDEBUG\n"),
            parse_log_time("2026-11-20", "18:45:13.698343942"));
  EXPECT_EQ(parse_start_time("eBPF monitoring start time: 2026-11-20 18:44:09.314669900, PID: 19642\n"),
            parse_log_time("2026-11-20", "18:44:09.314669900"));
  EXPECT_FALSE(parse_stop_time("Monitor stop time: never\n"));
  const StartLog start = parse_start_log(
      "Command: python3 x.py --mode hist\neBPF process 30293 exited at 2026\nBPF compilation check FAILED: "
      "process gone\n");
  EXPECT_EQ(start.command, "python3 x.py --mode hist");
  EXPECT_THAT(start.death, HasSubstr("FAILED"));
}

ClockFacts facts_of(int64_t zone_s, int64_t ahead_s) {
  const int64_t epoch = int64_t{1795200000} * kNsPerS;
  ClockFacts facts;
  facts.first_begin_ns = epoch + 10 * kNsPerS;
  facts.last_end_ns = epoch + 130 * kNsPerS;
  facts.shortest_window_ns = 30 * kNsPerS;
  const int64_t local = (zone_s + ahead_s) * kNsPerS;
  facts.started_local_ns = epoch + 6 * kNsPerS + local;
  facts.stopped_local_ns = epoch + 132 * kNsPerS + local;
  return facts;
}

TEST(ClockMatch, AStatedZone) {
  for (const int64_t zone_s : {-12600, 0, 28800}) {
    ClockFacts facts = facts_of(zone_s, 0);
    facts.stated_utc_offset_s = zone_s;
    const ClockMatch match = match_clocks(facts);
    EXPECT_EQ(match.samples_ahead_ns, zone_s * kNsPerS);
    EXPECT_EQ(match.code, "");
    EXPECT_EQ(match.clock.zone, MonitorClock::Zone::kStated);
    EXPECT_EQ(match.clock.host_offset_ns, 0);
  }
}

TEST(ClockMatch, AZoneThatOnlyTheOrderTells) {
  for (const int64_t zone_s : {-12600, 0, 20700, 28800}) {
    const ClockMatch match = match_clocks(facts_of(zone_s, 0));
    EXPECT_EQ(match.samples_ahead_ns, zone_s * kNsPerS) << zone_s;
    EXPECT_EQ(match.clock.zone, MonitorClock::Zone::kOrder);
  }
}

TEST(ClockMatch, NoGuess) {
  ClockFacts facts = facts_of(28800, 0);
  facts.stopped_local_ns.reset();
  EXPECT_FALSE(match_clocks(facts).samples_ahead_ns);
  EXPECT_EQ(match_clocks(facts).code, "monitor-zone-unknown");
  // A campaign of which the monitor ran for hours around the windows leaves several zones.
  facts = facts_of(28800, 0);
  *facts.stopped_local_ns += 3600 * kNsPerS;
  EXPECT_FALSE(match_clocks(facts).samples_ahead_ns);
  // 47 s apart fit no quarter of an hour.
  EXPECT_FALSE(match_clocks(facts_of(28800, 47)).samples_ahead_ns);
}

TEST(ClockMatch, ClocksThatAreApart) {
  ClockFacts facts = facts_of(28800, 47);
  facts.stated_utc_offset_s = 28800;
  const ClockMatch match = match_clocks(facts);
  EXPECT_EQ(match.code, "clock-offset-estimated");
  ASSERT_TRUE(match.samples_ahead_ns);
  // Started 4 s before the first window, stopped 2 s behind the last: known to 3 s, and a second of slack.
  EXPECT_NEAR(static_cast<double>(*match.samples_ahead_ns) / kNsPerS, 28800 + 47, 4);
  EXPECT_THAT(match.clock.text, HasSubstr("ahead of"));
  facts.shortest_window_ns = 3 * kNsPerS;
  EXPECT_FALSE(match_clocks(facts).samples_ahead_ns);
  EXPECT_EQ(match_clocks(facts).code, "clock-offset-unknown");
}

TEST(ClockMatch, EpochNeedsNoZone) {
  ClockFacts facts = facts_of(28800, 0);
  facts.monitor_utc = true;
  facts.stopped_local_ns.reset();
  EXPECT_EQ(match_clocks(facts).samples_ahead_ns, 0);
  EXPECT_FALSE(match_clocks(facts).local_ahead_ns);
  facts.stated_utc_offset_s = 28800;
  EXPECT_EQ(match_clocks(facts).local_ahead_ns, 28800 * kNsPerS);
}

ToolMoment moment(int64_t at_s, double cpu, double rss) {
  ToolMoment m;
  m.at_ns = at_s * kNsPerS;
  m.span_ns = 2 * kNsPerS;
  m.cpu_percent = cpu;
  m.rss_kb = rss;
  return m;
}

TEST(ResourceMatch, TheMiddleOfTheIntervalDecides) {
  const ToolSamples samples(
      {moment(102, 1, 10), moment(104, 2, 30), moment(106, 6, 20), moment(108, 50, 99)});
  // 104 speaks for 102 to 104, its middle is 103.
  const ResourceUse use = samples.between(103 * kNsPerS, 105 * kNsPerS + kNsPerS / 2);
  EXPECT_EQ(use.samples, 2);
  EXPECT_EQ(use.cpu_avg_percent, 4);
  EXPECT_EQ(use.cpu_max_percent, 6);
  EXPECT_EQ(use.rss_max_kb, 30);
  EXPECT_FALSE(use.vsz_max_kb);
  EXPECT_EQ(samples.between(0, 1).samples, 0);
  EXPECT_FALSE(samples.between(0, 1).cpu_avg_percent);
  EXPECT_EQ(samples.all().samples, 4);
  EXPECT_EQ(samples.last_ns(), 108 * kNsPerS);
}

TEST(ResourceMatch, AverageIsWeightedByTime) {
  ToolMoment brief = moment(101, 100, 1);
  brief.span_ns = kNsPerS;
  ToolMoment lasting = moment(104, 10, 1);
  lasting.span_ns = 3 * kNsPerS;
  EXPECT_DOUBLE_EQ(*ToolSamples({brief, lasting}).all().cpu_avg_percent, (100 + 30) / 4.0);
}

TEST(ResourceMatch, CumulativeCounters) {
  const SampleTable cpu = parse_sample_table(
      "# date time_utc(+00:00) monotonic_ns user_us system_us run_delay_us processes threads\n"
      "2026-11-20 18:53:07.0 1000000000 100000 0 - 1 1\n"
      "2026-11-20 18:53:08.0 2000000000 300000 100000 - 1 1\n"  // 0.3 s in 1 s
      "2026-11-20 18:53:09.0 3000000000 10 0 - 1 1\n"           // started anew
      "2026-11-20 18:53:10.0 4000000000 500010 0 - 0 0\n");
  const SampleTable memory = parse_sample_table(
      "# date time_utc(+00:00) monotonic_ns virt_kb rss_kb mem_percent\n2026-11-20 18:53:08.0 2000000000 70 "
      "7 -\n");
  const auto moments = tool_moments(cpu, memory);
  ASSERT_EQ(moments.size(), 4u);
  EXPECT_FALSE(moments[0].cpu_percent);
  EXPECT_NEAR(*moments[1].cpu_percent, 30, 1e-9);
  EXPECT_EQ(moments[1].rss_kb, 7);
  EXPECT_FALSE(moments[2].cpu_percent);
  EXPECT_NEAR(*moments[3].cpu_percent, 50, 1e-9);
  EXPECT_EQ(moments[3].processes, 0);
}

TEST(ResourceMatch, Growth) {
  const std::vector<LogSizeSample> sizes = {
      {0, 100}, {2 * kNsPerS, 300}, {4 * kNsPerS, 700}, {6 * kNsPerS, 50}};
  EXPECT_EQ(growth_between(sizes, 0, 4 * kNsPerS), 150);
  EXPECT_EQ(growth_between(sizes, kNsPerS, 3 * kNsPerS), 150);   // 200 to 500
  EXPECT_EQ(growth_between(sizes, -kNsPerS, 2 * kNsPerS), 100);  // from the first sample on
  EXPECT_FALSE(growth_between(sizes, -9 * kNsPerS, kNsPerS));
  EXPECT_FALSE(growth_between(sizes, kNsPerS, kNsPerS));
  EXPECT_FALSE(growth_between(sizes, 0, 6 * kNsPerS));  // it shrank
  EXPECT_EQ(largest(sizes), 700);
  EXPECT_FALSE(largest({}));
}

}  // namespace
}  // namespace bpftax
