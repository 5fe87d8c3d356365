#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <cstring>

#include "probes/drop_table.h"
#include "probes/histogram.h"
#include "probes/output.h"
#include "probes/packet_cases_test.h"
#include "probes/tables.h"
#include "util/fd.h"

namespace bpftax {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// ---- values ----

TEST(Format, FlowsAreWrittenAsPeopleWriteThem) {
  EXPECT_EQ(format_flow(udp4_flow()), "192.0.2.1:1000 > 192.0.2.2:2000");
  EXPECT_EQ(format_flow(tcp6_flow()), "[2001:db8::1]:1000 > [2001:db8::2]:2000");
  ProbeFlow flow = udp4_flow();
  flow.source_port = flow.destination_port = 0;
  flow.later_fragment = 1;
  EXPECT_EQ(format_flow(flow), "192.0.2.1 > 192.0.2.2 (later fragment)");
  EXPECT_EQ(format_flow(ProbeFlow{}), "not IP");
}

TEST(Format, ProtocolsHaveNamesOrNumbers) {
  EXPECT_EQ(format_protocol(udp4_flow()), "udp");
  ProbeFlow flow = tcp6_flow();
  flow.protocol = 58;
  EXPECT_EQ(format_protocol(flow), "icmp6");
  flow.protocol = 132;
  EXPECT_EQ(format_protocol(flow), "ip-132");
  EXPECT_EQ(format_protocol(ProbeFlow{}), "other");
}

TEST(Format, ANameThatCannotBeOneIsNotPrinted) {
  EXPECT_EQ(format_name("eth0", 16), "eth0");
  EXPECT_EQ(format_name("", 16), "-");
  EXPECT_EQ(format_name("a\x1b[2J", 16), "-");
  EXPECT_EQ(format_name("\xff\xff", 16), "-");
  const char unterminated[4] = {'a', 'b', 'c', 'd'};
  EXPECT_EQ(format_name(unterminated, sizeof unterminated), "-");
}

TEST(Format, TimesOfDayHaveMicroseconds) {
  EXPECT_EQ(format_time_of_day(1'790'000'000'123'456'789), "14:13:20.123456");
  EXPECT_EQ(format_time_of_day(0), "00:00:00.000000");
}

TEST(Format, DurationsChooseTheirUnit) {
  EXPECT_EQ(format_ns(812), "812 ns");
  EXPECT_EQ(format_ns(12'600), "12.6 us");
  EXPECT_EQ(format_ns(1'500'000), "1.50 ms");
  EXPECT_EQ(format_ns(1.2e9), "1.20 s");
}

// ---- histogram ----

LatencyHistogram histogram_of(const std::vector<std::pair<int, uint64_t>>& buckets, uint64_t sum_ns) {
  LatencyHistogram histogram{};
  for (const auto& [bucket, count] : buckets) histogram.buckets[bucket] = count;
  histogram.sum_ns = sum_ns;
  return histogram;
}

TEST(Histogram, AnEmptyOneSaysSo) {
  EXPECT_THAT(format_histogram({}), ElementsAre("no packets"));
  EXPECT_FALSE(quantile_ns({}, 0.5));
}

TEST(Histogram, RowsGoFromTheFirstUsedBucketToTheLast) {
  const auto lines = format_histogram(histogram_of({{10, 30}, {12, 10}}, 80'000));
  ASSERT_EQ(lines.size(), 4u);
  EXPECT_EQ(lines[0], "40 packets  mean 2.00 us  p50 1.71 us  p90 6.55 us  p99 8.03 us");
  EXPECT_EQ(lines[1], "  1.02 us .. 2.05 us           30 |########################################|");
  EXPECT_EQ(lines[2], "  2.05 us .. 4.10 us            0 |                                        |");
  EXPECT_EQ(lines[3], "  4.10 us .. 8.19 us           10 |#############                           |");
}

TEST(Histogram, ARareBucketIsStillSeen) {
  const auto lines = format_histogram(histogram_of({{5, 1'000'000}, {20, 1}}, 1));
  EXPECT_THAT(lines.back(), HasSubstr(" 1 |# "));
}

TEST(Histogram, TheFirstBucketBeginsAtZero) {
  EXPECT_THAT(format_histogram(histogram_of({{0, 1}}, 0))[1], HasSubstr("0 ns .. 2.00 ns"));
}

TEST(Histogram, QuantilesLieInsideTheirBucket) {
  const auto histogram = histogram_of({{3, 50}, {8, 50}}, 0);
  EXPECT_DOUBLE_EQ(*quantile_ns(histogram, 0.25), 12);
  EXPECT_DOUBLE_EQ(*quantile_ns(histogram, 0.5), 16);
  EXPECT_DOUBLE_EQ(*quantile_ns(histogram, 0.75), 384);
  EXPECT_DOUBLE_EQ(*quantile_ns(histogram, 1.0), 512);
}

TEST(Histogram, TheDifferenceOfTwoReadingsIsWhatCameBetween) {
  const auto before = histogram_of({{3, 5}}, 50);
  const auto now = histogram_of({{3, 7}, {4, 1}}, 90);
  EXPECT_EQ(count_of(now - before), 3u);
  EXPECT_EQ((now - before).sum_ns, 40u);
  EXPECT_EQ(count_of((now - before) + before), count_of(now));
}

// ---- packet-count ----

TEST(PacketCountTable, ColumnsStandUnderTheirNames) {
  PacketCounts counts{};
  counts.of[kProbeReceive][kProbeTcp] = {2'000, 3'000'000};
  counts.of[kProbeTransmit][kProbeOther] = {1, 60};
  const auto heading = count_heading();
  const std::string line = format_count_line(counts, 2);
  ASSERT_EQ(heading.size(), 2u);
  EXPECT_EQ(heading[0].size(), heading[1].size());
  EXPECT_EQ(line.size(), heading[1].size());
  const size_t tcp_end = heading[1].find("tcp") + 3;
  EXPECT_EQ(line.substr(tcp_end - 4, 4), "1000");
  const size_t rate_end = heading[1].find("Mbit/s") + 6;
  EXPECT_EQ(line.substr(rate_end - 4, 4), "12.0");
}

TEST(PacketCountTable, TheSummaryHasExactNumbersAndSums) {
  PacketCounts counts{};
  counts.of[kProbeReceive][kProbeTcp] = {12'345'678'901, 5};
  counts.of[kProbeReceive][kProbeUdp] = {1, 2};
  const auto lines = format_count_summary(counts, 10);
  ASSERT_EQ(lines.size(), 12u);
  EXPECT_EQ(lines[0], "summary of 10.0 s");
  EXPECT_THAT(lines[2], HasSubstr("receive    tcp         12345678901                5   1234567890.1"));
  EXPECT_THAT(lines[6], HasSubstr("receive    all         12345678902                7"));
  EXPECT_THAT(lines[11], HasSubstr("transmit   all                   0                0"));
}

TEST(PacketCountTable, DirectionsAreHooks) {
  EXPECT_THAT(*direction_stems("both"), ElementsAre("receive", "transmit"));
  EXPECT_THAT(*direction_stems("transmit"), ElementsAre("transmit"));
  EXPECT_FALSE(direction_stems("up"));
}

TEST(EventSummary, LossIsAlwaysToldAndExplainedWhenThereIsAny) {
  EXPECT_THAT(format_events("packets", 7, 0), ElementsAre("7 packets, 0 lost"));
  EXPECT_THAT(format_events("packets", 7, 3), ElementsAre("7 packets, 3 lost", HasSubstr("--buffer-kib")));
  EXPECT_TRUE(format_missed(0).empty());
  EXPECT_THAT(format_missed(4), ElementsAre(HasSubstr("4 more")));
}

// ---- drop-summary ----

DropKey drop_key(uint64_t location, uint32_t reason, int64_t stack_id = -1) {
  DropKey key{};
  key.location = location;
  key.reason = reason;
  key.protocol = kProbeUdp;
  key.stack_id = stack_id;
  return key;
}

DropNames number_names() {
  DropNames names;
  names.reason = [](uint32_t reason) { return "R" + std::to_string(reason); };
  names.location = [](uint64_t location) { return "L" + std::to_string(location); };
  return names;
}

TEST(DropTable, MostDropsComeFirst) {
  const DropCounts counts = {{drop_key(1, 3), 2}, {drop_key(2, 4), 40}};
  const auto lines = format_drops("in 1.0 s", counts, number_names());
  EXPECT_THAT(lines,
              ElementsAre("42 drops in 1.0 s", "     drops  reason                     proto    location",
                          "        40  R4                         udp      L2",
                          "         2  R3                         udp      L1"));
}

TEST(DropTable, WithoutDropsThereIsOneLine) {
  EXPECT_THAT(format_drops("in 1.0 s", {}, number_names()), ElementsAre("0 drops in 1.0 s"));
}

TEST(DropTable, StacksFollowTheirRow) {
  DropNames names = number_names();
  names.stack = [](int64_t id) { return std::vector<std::string>{"    frame of " + std::to_string(id)}; };
  const auto lines = format_drops("in all", {{drop_key(1, 3, 77), 1}}, names);
  EXPECT_EQ(lines[0], "1 drop in all");
  EXPECT_EQ(lines.back(), "    frame of 77");
}

TEST(DropTable, OnlyWhatChangedIsInTheDifference) {
  const DropCounts before = {{drop_key(1, 3), 2}, {drop_key(2, 4), 40}};
  const DropCounts now = {{drop_key(1, 3), 5}, {drop_key(2, 4), 40}, {drop_key(3, 5), 1}};
  const DropCounts difference = now - before;
  EXPECT_EQ(difference.size(), 2u);
  EXPECT_EQ(difference.at(drop_key(1, 3)), 3u);
  EXPECT_EQ(total_of(difference), 4u);
}

// ---- Output ----

class PipedOutput : public testing::Test {
 protected:
  void SetUp() override {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    read_end_.reset(ends[0]);
    write_end_.reset(ends[1]);
  }
  std::string written() {
    char buffer[4096];
    const ssize_t size = ::read(read_end_.get(), buffer, sizeof buffer);
    return {buffer, size > 0 ? static_cast<size_t>(size) : 0};
  }
  Fd read_end_, write_end_;
};

TEST_F(PipedOutput, LinesComeWithTheFlush) {
  Output output(write_end_.get(), false);
  output.heading("name");
  output.line("one");
  output.lines({"two", "three"});
  ASSERT_TRUE(output.flush());
  EXPECT_EQ(written(), "name\none\ntwo\nthree\n");
}

TEST_F(PipedOutput, TimestampsStandBeforeEachLineAndLeaveRoomInTheHeading) {
  Output output(write_end_.get(), true);
  output.heading("name");
  output.line("one");
  ASSERT_TRUE(output.flush());
  EXPECT_THAT(written(), testing::MatchesRegex(" {16}name\n..:..:..\\.......\\ one\n"));
}

TEST_F(PipedOutput, AReaderThatIsGoneEndsTheOutputWithoutAnError) {
  signal(SIGPIPE, SIG_IGN);
  read_end_.reset();
  Output output(write_end_.get(), false);
  output.line("one");
  EXPECT_TRUE(output.flush());
  EXPECT_TRUE(output.closed());
}

TEST(OutputErrors, AFullDiskIsAnError) {
  const Fd full(open("/dev/full", O_WRONLY | O_CLOEXEC));
  ASSERT_TRUE(full);
  Output output(full.get(), false);
  output.line("one");
  const auto flushed = output.flush();
  ASSERT_FALSE(flushed);
  EXPECT_EQ(flushed.error().errno_value, ENOSPC);
}

}  // namespace
}  // namespace bpftax
