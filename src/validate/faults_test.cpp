// Faults injected one by one into a tree that passes, and trees that are hostile: each is found and named,
// and nothing crashes.
#include <sys/stat.h>
#include <unistd.h>

#include "validate/tree_testing.h"

namespace bpftax {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const std::string kCase1 = "performance-test-results/ebpf/pktcount_case_1_tcp_rx_9d5e19/host/";
const std::string kMulti = "host-client/" + kCase1 + "client_results/pps/multi_4_20261120_184457/";
const std::string kSingle = "host-client/" + kCase1 + "client_results/throughput/single_20261120_184410/";
const std::string kRr =
    "host-client/" + kCase1 + "client_results/latency/tcp_rr_20261120_184432/latency_tcp_rr.txt";
const std::string kMonitor =
    "host-server/" + kCase1 + "ebpf_monitoring/ebpf_resource_monitor_20261120_184352.log";
const std::string kLogSize =
    "host-server/" + kCase1 + "ebpf_monitoring/ebpf_logsize_monitor_20261120_184352.log";

class Faults : public TreeFixture {
 protected:
  void SetUp() override { copy_data("origin-results/iteration_002", "tree"); }
  std::string at(const std::string& path) const { return "tree/" + path; }
  std::vector<std::string> failed() { return failures("tree"); }
};

TEST_F(Faults, none_before_the_first) {
  EXPECT_THAT(failed(), IsEmpty());
}

TEST_F(Faults, truncated_json) {
  const std::string text = text_of(at(kSingle + "throughput_single_tcp.json"));
  write(at(kSingle + "throughput_single_tcp.json"), text.substr(0, text.size() - 10));
  EXPECT_THAT(failed(),
              ElementsAre("traffic: " + kSingle +
                          "throughput_single_tcp.json: it is no JSON document: cut, or not iperf3's"));
}

TEST_F(Faults, empty_file_and_empty_json) {
  write(at(kSingle + "throughput_single_tcp.json"), "");
  EXPECT_THAT(failed(), ElementsAre("traffic: " + kSingle + "throughput_single_tcp.json: it is empty"));
  write(at(kSingle + "throughput_single_tcp.json"), "{}");
  EXPECT_THAT(failed(), ElementsAre(HasSubstr("it has no totals")));
}

TEST_F(Faults, an_error_of_iperf3) {
  write(at(kSingle + "throughput_single_tcp.json"), R"({"start":{},"error":"unable to connect to server"})");
  const Findings findings = validate("tree");
  ASSERT_THAT(said(findings, CheckLevel::kFail), ElementsAre(HasSubstr("iperf3 reports an error")));
  for (const CheckFinding& finding : findings.all()) {
    if (finding.level == CheckLevel::kFail) {
      EXPECT_EQ(finding.why, "unable to connect to server");
    }
  }
}

TEST_F(Faults, a_missing_stream) {
  remove(at(kMulti + "pps_multi_stream_3_port_5003.json"));
  EXPECT_THAT(failed(),
              ElementsAre("streams: " + kMulti.substr(0, kMulti.size() - 1) + ": stream 3 of 4 is missing"));
}

TEST_F(Faults, a_missing_single_stream) {
  remove(at(kSingle + "throughput_single_tcp.json"));
  EXPECT_THAT(failed(), ElementsAre(AllOf(HasSubstr("streams: "), HasSubstr("0 result files"))));
}

TEST_F(Faults, a_missing_test) {
  remove(at("host-client/" + kCase1 + "client_results/latency/udp_rr_20261120_184439"));
  EXPECT_THAT(failed(),
              Contains("cases: ebpf/pktcount_case_1_tcp_rx_9d5e19/host: it has no client results for "
                       "latency/udp_rr"));
}

TEST_F(Faults, a_missing_host) {
  remove(at("host-client"));
  EXPECT_THAT(failed(), Contains(HasSubstr("it has no client results")));
}

TEST_F(Faults, a_short_window) {
  replace(at(kSingle + "throughput_single_tcp.json"), "\"duration\":\t3", "\"duration\":\t10");
  EXPECT_THAT(failed(), ElementsAre(HasSubstr("it lasted 3.00 s of the 10 s asked for")));
}

TEST_F(Faults, latencies_that_cannot_be) {
  write(at(kRr),
        "Minimum Latency Microseconds,Mean Latency Microseconds,Maximum Latency Microseconds\n50,20,30\n");
  EXPECT_THAT(failed(), ElementsAre("traffic: " + kRr + ": netperf's result cannot be used"));
  write(at(kRr), "Minimum Latency Microseconds,Mean Latency Microseconds,Maximum Latency Microseconds\n");
  EXPECT_THAT(failed(), ElementsAre(HasSubstr("netperf's result cannot be used")));
  write(at(kRr), "establish control: are you sure there is a netserver listening?\n");
  EXPECT_THAT(failed(), ElementsAre(HasSubstr("netperf's result cannot be used")));
  remove(at(kRr));
  EXPECT_THAT(failed(), Contains(HasSubstr("latency/udp_rr")).Times(0));
  EXPECT_FALSE(failed().empty());
}

TEST_F(Faults, time_that_goes_backwards) {
  replace(at(kLogSize), "2026-11-20 18:44:20", "2026-11-20 18:42:20");
  EXPECT_THAT(failed(),
              ElementsAre(AllOf(HasSubstr("monitoring: " + kLogSize), HasSubstr("backwards in line 10"))));
}

TEST_F(Faults, a_log_with_binary_garbage) {
  write(at(kLogSize), text_of(at(kLogSize)) + std::string("\x00\x01\xff garbage\n", 12));
  EXPECT_THAT(failed(), ElementsAre(HasSubstr("1 lines cannot be read, the first is line 38")));
}

TEST_F(Faults, a_tool_that_died_in_the_middle) {
  std::string text = text_of(at(kMonitor));
  write(at(kMonitor), text.substr(0, text.find("18:44:41")));
  EXPECT_THAT(failed(),
              ElementsAre(AllOf(HasSubstr("tool: " + kMonitor), HasSubstr("the tool was gone before the end"),
                                HasSubstr("the monitor was stopped at 18:45:13"))));
}

TEST_F(Faults, a_tool_that_never_ran) {
  std::string text = text_of(at(kMonitor));
  write(at(kMonitor), text.substr(0, text.find("18:44:11")));
  EXPECT_THAT(failed(),
              ElementsAre(HasSubstr("the tool had died at its start, though the run reports the case as "
                                    "completed: its monitor holds no sample")));
}

TEST_F(Faults, a_monitor_with_holes) {
  std::string text = text_of(at(kMonitor));
  const size_t from = text.find("18:44:19"), to = text.find("18:45:01");
  write(at(kMonitor), text.erase(from, to - from));
  EXPECT_THAT(failed(), ElementsAre(AllOf(HasSubstr("tool: "), HasSubstr("are due: one each 2 s"))));
}

TEST_F(Faults, links_fifos_and_hostile_names_are_named_and_not_followed) {
  ASSERT_EQ(::symlink("/etc", (folder_ / at("host-client/etc")).c_str()), 0);
  ASSERT_EQ(::symlink("..", (folder_ / at("host-client/loop")).c_str()), 0);
  ASSERT_EQ(::mkfifo((folder_ / at("host-client/fifo")).c_str(), 0600), 0);
  write(at("host-client/new\nline\x1b[2J"), "x");
  const Findings findings = validate("tree");
  EXPECT_THAT(said(findings, CheckLevel::kFail),
              ElementsAre(HasSubstr("host-client/etc: it is a symbolic link"),
                          HasSubstr("fifo: it is no regular file"), HasSubstr("loop: it is a symbolic link"),
                          HasSubstr("control character")));
  EXPECT_EQ(findings_table(findings, "x").find('\x1b'), std::string::npos);
}

TEST_F(Faults, a_file_replaced_by_a_link_is_not_read) {
  remove(at(kSingle + "throughput_single_tcp.json"));
  ASSERT_EQ(::symlink("/dev/zero", (folder_ / at(kSingle + "throughput_single_tcp.json")).c_str()), 0);
  EXPECT_THAT(failed(), Contains(HasSubstr("it is a symbolic link")));
}

TEST_F(Faults, huge_files_and_deep_json_are_findings_not_crashes) {
  const std::string path = folder_ / at(kSingle + "throughput_single_tcp.json");
  ASSERT_EQ(::truncate(path.c_str(), int64_t{1} << 40), 0);
  ASSERT_EQ(::truncate((folder_ / at(kMonitor)).c_str(), int64_t{1} << 40), 0);
  EXPECT_THAT(failed(), Contains(HasSubstr("throughput_single_tcp.json: it cannot be read")));
  write(at(kSingle + "throughput_single_tcp.json"), std::string(1'000'000, '['));
  EXPECT_THAT(failed(), Contains(HasSubstr("it is no JSON document")));
}

TEST_F(Faults, the_table_shows_the_first_of_many_and_the_json_all) {
  for (int i = 1; i <= 4; ++i)
    remove(at(kMulti + "pps_multi_stream_" + std::to_string(i) + "_port_500" + std::to_string(i) + ".json"));
  for (const std::string test :
       {"throughput/multi_4_20261120_184418/throughput", "pps/multi_4_20261120_184457/pps"}) {
    for (int i = 1; i <= 4; ++i)
      remove(at("host-client/" + kCase1 + "client_results/" + test + "_multi_stream_" + std::to_string(i) +
                "_port_500" + std::to_string(i) + ".json"));
  }
  remove(at("host-client/" + kCase1 + "client_results/pps/single_20261120_184447/pps_single_tcp.json"));
  const Findings findings = validate("tree");
  EXPECT_EQ(findings.count(CheckLevel::kFail), 9);
  const std::string table = findings_table(findings, "tree");
  EXPECT_THAT(table, HasSubstr("... and 1 more; --json lists all"));
  EXPECT_THAT(table, HasSubstr("tree: NOT what it claims to be (9 failed"));
  EXPECT_EQ(findings_json(findings, "tree")["counts"]["fail"], 9);
  EXPECT_EQ(findings_json(findings, "tree")["schema"], "bpftax.validate/1");
}

}  // namespace
}  // namespace bpftax
