// The real bpftax-probe against traffic of known amount between two network namespaces.
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <memory>
#include <thread>

#include "probes/probe_process_test.h"
#include "util/strings.h"

namespace bpftax {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;

class ProbeOnVeth : public testing::Test {
 protected:
  static void SetUpTestSuite() { lab_ = std::make_unique<VethLab>(); }
  static void TearDownTestSuite() { lab_.reset(); }
  void SetUp() override {
    ASSERT_TRUE(lab_->ok()) << lab_->error() << ": this tier needs root, iproute2 and veth";
  }

  // Packets and bytes of a row of packet-count's summary.
  static std::pair<uint64_t, uint64_t> counted(const ProbeProcess& probe, const std::string& direction,
                                               const std::string& protocol) {
    bool summary = false;
    for (const std::string& line : probe.out_lines()) {
      summary = summary || line.find("summary of") != line.npos;
      const auto fields = split_blank(line);
      if (summary && fields.size() == 6 && fields[0] == direction && fields[1] == protocol)
        return {to_uint64(fields[2]).value_or(0), to_uint64(fields[3]).value_or(0)};
    }
    ADD_FAILURE() << "no row " << direction << " " << protocol << " in:\n" << probe.out();
    return {0, 0};
  }

  // Runs that the kernel left out because a program was already running on that CPU: those on tracepoints
  // share one guard with all such programs of the system, so that somebody else's tracing can cost us a
  // packet.
  static uint64_t missed(const ProbeProcess& probe) {
    for (const std::string& line : probe.out_lines()) {
      if (line.find(" more came while ") != line.npos)
        return to_uint64(split_blank(line).front()).value_or(0);
    }
    return 0;
  }

  static size_t lines_with(const ProbeProcess& probe, const std::string& text) {
    const auto lines = probe.out_lines();
    return static_cast<size_t>(std::count_if(
        lines.begin(), lines.end(), [&](const std::string& line) { return line.find(text) != line.npos; }));
  }

  static std::unique_ptr<VethLab> lab_;
};
std::unique_ptr<VethLab> ProbeOnVeth::lab_;

TEST_F(ProbeOnVeth, PacketCountCountsExactlyWhatPassedOnEachWayToAttach) {
  for (const char* way : {"tp_btf", "raw_tp", "tracepoint"}) {
    ProbeProcess probe({"packet-count", "--address", lab_->address(1), "--attach", way});
    ASSERT_TRUE(probe.wait_attached()) << probe.err();
    EXPECT_THAT(probe.err(), HasSubstr(way));
    ASSERT_EQ(lab_->send_udp(0, 137, 100, true), 137);
    EXPECT_EQ(probe.stop(SIGINT), 0) << probe.err();
    // At the receiving hook the Ethernet header is gone, at the transmitting one it is there: 100 + 8 + 20 (+
    // 14).
    const auto [received, received_bytes] = counted(probe, "receive", "udp");
    const auto [sent, sent_bytes] = counted(probe, "transmit", "udp");
    EXPECT_LE(received, 137u) << way;
    EXPECT_LE(sent, 137u) << way;
    EXPECT_GE(received + missed(probe), 137u) << way << "\n" << probe.out();
    EXPECT_GE(sent + missed(probe), 137u) << way << "\n" << probe.out();
    EXPECT_EQ(received_bytes, received * 128);
    EXPECT_EQ(sent_bytes, sent * 142);
    EXPECT_EQ(counted(probe, "receive", "tcp").first, 0u);
    EXPECT_EQ(counted(probe, "receive", "all").first, received);
  }
}

TEST_F(ProbeOnVeth, PacketCountKeepsProtocolsInterfacesAndDirectionsApart) {
  ProbeProcess of_interface({"packet-count", "--interface", lab_->interface(1), "--protocol", "icmp"});
  ProbeProcess other_port({"packet-count", "--address", lab_->address(1), "--port", "4568"});
  ProbeProcess only_transmit(
      {"packet-count", "--address", lab_->address6(1), "--protocol", "udp", "--direction", "transmit"});
  for (ProbeProcess* probe : {&of_interface, &other_port, &only_transmit})
    ASSERT_TRUE(probe->wait_attached());
  ASSERT_EQ(lab_->ping(0, 4), 0);
  ASSERT_EQ(lab_->send_udp(0, 9, 64, true), 9);
  ASSERT_EQ(lab_->send_udp(0, 11, 64, true, true), 11);
  for (ProbeProcess* probe : {&of_interface, &other_port, &only_transmit}) EXPECT_EQ(probe->stop(SIGTERM), 0);
  EXPECT_GE(counted(of_interface, "receive", "icmp").first, 4u)
      << "4 requests, and neighbour discovery of IPv6";
  EXPECT_GE(counted(of_interface, "transmit", "icmp").first, 4u);
  EXPECT_EQ(counted(of_interface, "receive", "udp").first, 0u);
  EXPECT_EQ(counted(other_port, "receive", "all").first, 0u);
  EXPECT_EQ(counted(only_transmit, "transmit", "udp").first, 11u);
  EXPECT_EQ(counted(only_transmit, "receive", "all").first, 0u);
}

TEST_F(ProbeOnVeth, PingIsCountedAtBothEnds) {
  ProbeProcess probe({"packet-count", "--protocol", "icmp", "--address", lab_->address(0)});
  ASSERT_TRUE(probe.wait_attached());
  ASSERT_EQ(lab_->ping(0, 10), 0);
  EXPECT_EQ(probe.stop(SIGINT), 0);
  EXPECT_EQ(counted(probe, "receive", "icmp").first, 20u);
  EXPECT_EQ(counted(probe, "transmit", "icmp").first, 20u);
}

TEST_F(ProbeOnVeth, PacketTraceHasOneLineForEachPacketThroughEitherBuffer) {
  for (const char* buffer : {"ring", "perf"}) {
    ProbeProcess probe({"packet-trace", "--address", lab_->address6(1), "--protocol", "udp", "--buffer",
                        buffer, "--timestamps"});
    ASSERT_TRUE(probe.wait_attached()) << probe.err();
    EXPECT_THAT(probe.err(), HasSubstr(buffer));
    ASSERT_EQ(lab_->send_udp(0, 50, 64, true, true), 50);
    EXPECT_EQ(probe.stop(SIGINT), 0) << probe.err();
    EXPECT_EQ(lines_with(probe, "> [" + lab_->address6(1) + "]:4567"), 100u) << buffer << "\n" << probe.out();
    EXPECT_EQ(lines_with(probe, "receive  udp       112 " + lab_->interface(1)), 50u) << probe.out();
    EXPECT_EQ(lines_with(probe, "transmit udp       126 " + lab_->interface(0)), 50u);
    EXPECT_EQ(lines_with(probe, "100 packets, 0 lost"), 1u);
  }
}

TEST_F(ProbeOnVeth, PacketTraceShowsTheStack) {
  ProbeProcess probe({"packet-trace", "--address", lab_->address(1), "--protocol", "udp", "--direction",
                      "transmit", "--stack"});
  ASSERT_TRUE(probe.wait_attached());
  ASSERT_EQ(lab_->send_udp(0, 3, 64, true), 3);
  EXPECT_EQ(probe.stop(SIGINT), 0);
  EXPECT_GE(lines_with(probe, "    udp_sendmsg+0x"), 3u) << probe.out();
  EXPECT_EQ(lines_with(probe, "bpf_trace_run"), 0u);
}

TEST_F(ProbeOnVeth, LostEventsAreCountedAndTold) {
  for (const char* buffer : {"ring", "perf"}) {
    ProbeProcess probe({"packet-trace", "--address", lab_->address(1), "--protocol", "udp", "--direction",
                        "receive", "--buffer", buffer, "--buffer-kib", "4"});
    ASSERT_TRUE(probe.wait_attached());
    probe.signal(SIGSTOP);
    ASSERT_EQ(lab_->send_udp(0, 2000, 32, true), 2000);
    probe.signal(SIGCONT);
    EXPECT_EQ(probe.stop(SIGINT), 0);
    const size_t printed = lines_with(probe, "receive  udp");
    EXPECT_GT(printed, 0u);
    EXPECT_LT(printed, 2000u);
    EXPECT_EQ(
        lines_with(probe, std::to_string(printed) + " packets, " + std::to_string(2000 - printed) + " lost"),
        1u)
        << buffer << ": " << printed << " printed\n"
        << probe.out().substr(probe.out().find("summary"));
  }
}

// Packets in the histogram of the summary, by its first line and by its rows.
std::pair<uint64_t, uint64_t> summarised(const ProbeProcess& probe) {
  const auto lines = probe.out_lines();
  const auto summary = std::find_if(lines.begin(), lines.end(),
                                    [](const std::string& l) { return l.rfind("summary of", 0) == 0; });
  if (lines.end() - summary < 2 || (summary + 1)->rfind("no packets", 0) == 0) return {0, 0};
  uint64_t in_rows = 0;
  for (auto row = summary + 2; row != lines.end(); ++row) {
    if (row->find('|') == row->npos) continue;
    in_rows += to_uint64(split_blank(row->substr(0, row->find('|'))).back()).value_or(1'000'000);
  }
  return {to_uint64(split_blank(*(summary + 1)).front()).value_or(1'000'000), in_rows};
}

TEST_F(ProbeOnVeth, LatencySummaryMeasuresEachDatagramOnceFromStackToStack) {
  for (const char* path : {"queue", "link"}) {
    ProbeProcess probe(
        {"latency-summary", "--path", path, "--address", lab_->address(1), "--protocol", "udp"});
    ASSERT_TRUE(probe.wait_attached()) << probe.err();
    ASSERT_EQ(lab_->send_udp(0, 64, 64, true), 64);
    EXPECT_EQ(probe.stop(SIGINT), 0);
    EXPECT_EQ(summarised(probe), (std::pair<uint64_t, uint64_t>(64, 64))) << path << "\n" << probe.out();
  }
}

TEST_F(ProbeOnVeth, LatencySummaryMeasuresEachSegmentThatAProcessReads) {
  for (const char* way : {"tp_btf", "raw_tp", "tracepoint"}) {
    ProbeProcess probe(
        {"latency-summary", "--address", lab_->address(1), "--protocol", "tcp", "--attach", way});
    ProbeProcess other({"latency-summary", "--address", "198.18.77.99"});
    ASSERT_TRUE(probe.wait_attached()) << probe.err();
    ASSERT_TRUE(other.wait_attached()) << other.err();
    ASSERT_EQ(lab_->tcp_requests(0, 40, 64), 40);
    EXPECT_EQ(probe.stop(SIGINT), 0);
    EXPECT_EQ(other.stop(SIGINT), 0);
    const auto [measured, in_rows] = summarised(probe);
    EXPECT_LE(measured, 80u) << way << "\n" << probe.out();
    EXPECT_GE(measured + missed(probe), 80u) << way << "\n" << probe.out();
    EXPECT_EQ(measured, in_rows) << probe.out();
    EXPECT_EQ(summarised(other).first, 0u) << "a filter that fits nothing\n" << other.out();
  }
}

// What is read, and nothing that the kernel answers or drops itself; or, from Linux 6.18 on, a word about why
// not.
TEST_F(ProbeOnVeth, LatencySummaryMeasuresDatagramsThatAProcessReadsOrSaysThatItCannot) {
  ProbeProcess probe({"latency-summary", "--address", lab_->address(1), "--protocol", "udp"});
  ASSERT_TRUE(probe.wait_attached());
  ASSERT_EQ(lab_->send_udp(0, 30, 64, false), 30);
  ASSERT_EQ(lab_->send_udp(0, 20, 64, true), 20);
  EXPECT_EQ(probe.stop(SIGINT), 0);
  if (summarised(probe).first == 0) {
    EXPECT_THAT(probe.out(), HasSubstr("since Linux 6.18"));
  } else {
    EXPECT_EQ(summarised(probe), (std::pair<uint64_t, uint64_t>(20, 20))) << probe.out();
  }
}

TEST_F(ProbeOnVeth, LatencyDetailsReportsOnlyWhatIsSlower) {
  ProbeProcess all(
      {"latency-details", "--threshold", "0", "--address", lab_->address(1), "--protocol", "tcp"});
  ProbeProcess none(
      {"latency-details", "--threshold", "60000000", "--address", lab_->address(1), "--protocol", "tcp"});
  ASSERT_TRUE(all.wait_attached());
  ASSERT_TRUE(none.wait_attached());
  ASSERT_EQ(lab_->tcp_requests(0, 20, 64), 20);
  EXPECT_EQ(all.stop(SIGINT), 0);
  EXPECT_EQ(none.stop(SIGINT), 0);
  EXPECT_EQ(lines_with(all, "> " + lab_->address(1) + ":4567"), 20u) << all.out();
  EXPECT_EQ(lines_with(all, lab_->address(1) + ":4567 > "), 20u) << all.out();
  EXPECT_EQ(lines_with(all, " " + std::to_string(getpid()) + " "), 40u) << "the reading process is this one\n"
                                                                        << all.out();
  EXPECT_EQ(lines_with(none, ":4567"), 0u);
  EXPECT_EQ(lines_with(none, "40 packets measured on the path receive, 0 took 60.0 s or longer"), 1u)
      << none.out();
}

TEST_F(ProbeOnVeth, DropDetailsNamesReasonAndPlaceOfADatagramToAClosedPort) {
  for (const char* way : {"tp_btf", "raw_tp", "tracepoint"}) {
    ProbeProcess probe(
        {"drop-details", "--protocol", "udp", "--address", lab_->address(1), "--attach", way, "--stack"});
    ASSERT_TRUE(probe.wait_attached()) << probe.err();
    ASSERT_EQ(lab_->send_udp(0, 3, 64, false), 3);
    EXPECT_EQ(probe.stop(SIGINT), 0);
    EXPECT_EQ(lines_with(probe, lab_->address(1) + ":4567"), 3u) << probe.out();
    EXPECT_EQ(lines_with(probe, "3 drops, 0 lost"), 1u);
    EXPECT_GE(lines_with(probe, "udp"), 3u);
    // The reason exists since Linux 5.17.
    if (probe.out().find("unknown") == std::string::npos) {
      EXPECT_EQ(lines_with(probe, "NO_SOCKET"), 3u) << probe.out();
    }
    EXPECT_GE(lines_with(probe, "udp4_lib_rcv+0x"), 3u) << "place or stack\n" << probe.out();
  }
}

TEST_F(ProbeOnVeth, DropSummaryCountsThem) {
  for (const bool stack : {false, true}) {
    std::vector<std::string> arguments = {"drop-summary", "--protocol", "udp", "--address",
                                          lab_->address6(1)};
    if (stack) arguments.emplace_back("--stack");
    ProbeProcess probe(arguments);
    ASSERT_TRUE(probe.wait_attached()) << probe.err();
    ASSERT_EQ(lab_->send_udp(0, 17, 64, false, true), 17);
    EXPECT_EQ(probe.stop(SIGINT), 0);
    EXPECT_EQ(lines_with(probe, "17 drops in all"), 1u) << probe.out();
    EXPECT_THAT(probe.out(), ContainsRegex("        17  [A-Za-z_]+ +udp +[^ ]+\\+0x")) << probe.out();
    EXPECT_EQ(lines_with(probe, "ip6_protocol_deliver_rcu") > 0, stack) << probe.out();
  }
}

TEST_F(ProbeOnVeth, NothingStaysLoadedHoweverItEnds) {
  for (const int signal : {SIGINT, SIGTERM, SIGKILL}) {
    ProbeProcess probe({"packet-trace", "--stack"});
    ASSERT_TRUE(probe.wait_attached());
    const auto ids = probe.bpf_program_ids();
    ASSERT_FALSE(ids.empty());
    EXPECT_EQ(probe.stop(signal), signal == SIGKILL ? 128 + SIGKILL : 0);
    EXPECT_TRUE(programs_are_gone(ids)) << "after signal " << signal;
  }
}

TEST_F(ProbeOnVeth, ReportsComeEachIntervalAndTheDurationEndsIt) {
  ProbeProcess probe(
      {"packet-count", "--interval", "100ms", "--duration", "550ms", "--interface", "bpfpr-none"});
  EXPECT_EQ(probe.wait(), 0) << probe.err();
  // Two lines of heading, at most five reports, eleven lines of summary (a busy machine may merge reports).
  const size_t lines = probe.out_lines().size();
  EXPECT_GE(lines, 2u + 1u + 12u) << probe.out();
  EXPECT_LE(lines, 2u + 5u + 12u) << probe.out();
}

TEST_F(ProbeOnVeth, AReaderThatLeavesEndsItQuietly) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  Fd read_end(ends[0]), write_end(ends[1]);
  ProbeProcess probe({"packet-count", "--interval", "50ms"}, write_end.get());
  write_end.reset();
  ASSERT_TRUE(probe.wait_attached());
  read_end.reset();
  EXPECT_EQ(probe.wait(), 0) << probe.err();
}

TEST_F(ProbeOnVeth, AReaderThatHangsDoesNotKeepItFromEnding) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  const Fd read_end(ends[0]);
  Fd write_end(ends[1]);
  ASSERT_GT(fcntl(write_end.get(), F_SETPIPE_SZ, 4096), 0);
  ProbeProcess probe({"packet-trace", "--address", lab_->address(1)}, write_end.get());
  write_end.reset();
  ASSERT_TRUE(probe.wait_attached());
  ASSERT_EQ(lab_->send_udp(0, 500, 64, true), 500);
  std::this_thread::sleep_for(std::chrono::milliseconds(300));  // it now hangs in a write
  EXPECT_EQ(probe.stop(SIGINT), 0) << probe.err();
}

TEST_F(ProbeOnVeth, AWayThatDoesNotExistHereIsAnErrorWithItsReason) {
  ProbeProcess probe({"drop-summary", "--attach", "fentry"});
  EXPECT_EQ(probe.wait(), 3);
  EXPECT_THAT(probe.err(), HasSubstr("bpftax-probe: error: this probe has no fentry way to 'drop'"));
  EXPECT_THAT(probe.err(), HasSubstr("hint: "));
}

TEST_F(ProbeOnVeth, TheListNamesToolsAndWhatWorksHere) {
  ProbeProcess probe({"--list"});
  EXPECT_EQ(probe.wait(), 0);
  EXPECT_THAT(probe.out(), ContainsRegex("packet-count +summary +netif_receive_skb"));
  EXPECT_THAT(probe.out(), ContainsRegex("raw_tp +available"));
  EXPECT_THAT(probe.out(), ContainsRegex("kprobe +(available|unavailable: )"));
}

}  // namespace
}  // namespace bpftax
