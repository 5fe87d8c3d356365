// A run directory of ours, as `run` and `fetch` leave it: two hosts with their own clocks, two blocks.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/temporary_folder.h"
#include "analyze/reader.h"
#include "util/clock.h"
#include "util/files.h"
#include "util/json.h"

namespace bpftax {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kOurCase = "ebpf/drop_case_1_udp_rx_f6e7d5/host";
constexpr int64_t kUtcNs = int64_t{1795200000} * kNsPerS;
// Monotonic clocks: client and tool host were started at different times.
constexpr int64_t kClientMonotonicNs = 5'000 * kNsPerS;
constexpr int64_t kToolMonotonicNs = 900'000 * kNsPerS;

std::string stamp(int64_t second_tenths, int64_t monotonic_base) {
  const int64_t utc = kUtcNs + second_tenths * kNsPerS / 10;
  std::string iso = format_iso8601(utc);
  iso[10] = ' ';
  iso.pop_back();
  return fmt::format("{}.{:09} {}", iso, utc % kNsPerS, monotonic_base + second_tenths * kNsPerS / 10);
}

class OurRunTree : public testing::Test {
 protected:
  void SetUp() override {
    write("plan.json", "{}");
    for (const char* folder : {"baseline/host", kOurCase}) {
      for (int block = 1; block <= 2; ++block) {
        const std::string time = fmt::format("20261120_19000{}", block);
        add_window(folder, "pps/single", time, "pps_single_udp.json", iperf3("udp_pps"), block, block * 100);
        const std::string later = fmt::format("20261120_19001{}", block);
        add_window(folder, "latency/tcp_rr", later, "latency_tcp_rr.txt",
                   read_file(data("netperf/tcp_rr.txt")).value(), block, block * 100 + 50);
      }
    }
  }

  static std::string data(const std::string& path) {
    return std::string(BPFTAX_SOURCE_DIR) + "/tests/data/" + path;
  }
  static std::string iperf3(const std::string& name) {
    return read_file(data("iperf3/" + name + ".json")).value();
  }
  void write(const std::string& path, const std::string& text) {
    const std::string full = folder_ / path;
    ASSERT_TRUE(make_directories(full.substr(0, full.rfind('/'))));
    ASSERT_TRUE(write_file_atomically(full, text));
  }

  // A window of 2 s that begins at that tenth of a second; CPU is 0.25 s of each second of it, nothing
  // before.
  void add_window(const std::string& folder, const std::string& conn, const std::string& time,
                  const std::string& name, const std::string& text, int block, int64_t begin) {
    const bool tool = folder != "baseline/host";
    const std::string client = "hosts/c/performance-test-results/" + folder;
    const std::string server = "hosts/s/performance-test-results/" + folder;
    write(client + "/client_results/" + conn + "_" + time + "/" + name, text);
    write(client + "/client_results/" + conn + "_" + time + "/x_timing.log",
          "# stream event date time_utc(+00:00) monotonic_ns\n1 process_start " +
              stamp(begin - 5, kClientMonotonicNs) + "\n1 measured_start " +
              stamp(begin, kClientMonotonicNs) + "\n1 measured_end " + stamp(begin + 20, kClientMonotonicNs) +
              "\n1 process_end " + stamp(begin + 22, kClientMonotonicNs) + "\n");
    write(client + "/metadata_" + time + ".json",
          Json{{"schema", "bpftax.window/1"},
               {"status", status_},
               {"reason", ""},
               {"test_case", {{"workload", "udp_pps"}, {"purpose", "timed"}, {"block", block}}},
               {"hosts", {{"client", "c"}, {"server", "s"}, {"tool", "s"}}},
               {"clock_offsets",
                {{"c", {{"offset_ns", kClientMonotonicNs}, {"error_ns", 1000}}},
                 {"s", {{"offset_ns", kToolMonotonicNs}, {"error_ns", 2000}}}}},
               {"tool", tool ? Json{{"command", "drop --summary"}} : Json(nullptr)}}
              .dump());
    if (!tool) return;
    std::string cpu =
        "# date time_utc(+00:00) monotonic_ns user_us system_us run_delay_us processes threads\n";
    std::string memory = "# date time_utc(+00:00) monotonic_ns virt_kb rss_kb mem_percent\n";
    std::string size = "# date time_utc(+00:00) monotonic_ns output_bytes\n";
    for (int64_t at = begin - 10; at <= begin + 30; at += 5) {
      const int64_t used = std::max<int64_t>(0, at - begin) * 25'000;
      cpu += fmt::format("{} {} 0 - {} 1\n", stamp(at, kToolMonotonicNs), used, processes_);
      memory +=
          fmt::format("{} {} {} 0.1\n", stamp(at, kToolMonotonicNs), 9000, at > begin + 20 ? 99999 : 4000);
      size += fmt::format("{} {}\n", stamp(at, kToolMonotonicNs), at * 10);
    }
    write(server + "/ebpf_monitoring/tool_cpu_usage_" + time + ".log", cpu);
    write(server + "/ebpf_monitoring/tool_memory_" + time + ".log", memory);
    write(server + "/ebpf_monitoring/tool_logsize_" + time + ".log", size);
  }

  AnalysedTree analyse() {
    auto tree = read_analysed_tree(folder_.path());
    EXPECT_TRUE(tree) << to_string(tree.error());
    return tree ? std::move(*tree) : AnalysedTree();
  }
  static std::vector<std::string> codes(const AnalysedTree& tree) {
    std::vector<std::string> list;
    for (const AnalysisWarning* warning : all_warnings(tree))
      list.push_back(warning->code + " " + warning->text);
    return list;
  }

  TemporaryFolder folder_;
  std::string status_ = "success";
  int processes_ = 1;
};

TEST_F(OurRunTree, WindowsOfAllBlocks) {
  const AnalysedTree tree = analyse();
  EXPECT_EQ(tree.kind, TreeKind::kRunDirectory);
  ASSERT_EQ(tree.iterations.size(), 1u);
  const AnalysedEnvironment& environment = tree.iterations[0].environments.at(0);
  ASSERT_TRUE(environment.baseline);
  const AnalysedCase& one = environment.cases.at(0);
  EXPECT_THAT(codes(tree), IsEmpty());
  EXPECT_EQ(one.command, "drop --summary");
  const WindowGroup pps = find_windows(one, "pps", "single");
  ASSERT_EQ(pps.windows.size(), 2u);
  EXPECT_EQ(pps.windows[1]->block, 2);
  EXPECT_EQ(pps.windows[0]->protocol, "udp");
  EXPECT_TRUE(pps.pps_is_packets());
  EXPECT_NEAR(*pps.client().pps, 1886450 / 3.000013, 1e-3);
  EXPECT_NEAR(*pps.server().pps, (1886448 - 47362) / 3.000048, 1e-3);
  EXPECT_NEAR(*pps.server().lost_percent, 100.0 * 47362 / 1886448, 1e-9);
  EXPECT_EQ(find_windows(one, "latency", "tcp_rr").latency().p99_us, 125);
}

TEST_F(OurRunTree, SamplesAreMatchedOnTheMonotonicClocks) {
  const AnalysedTree tree = analyse();
  const AnalysedCase& one = tree.iterations[0].environments.at(0).cases.at(0);
  for (const AnalysedWindow& window : one.windows) {
    EXPECT_EQ(window.basis, TimeBasis::kTimingLog);
    ASSERT_TRUE(window.resources) << window.folder;
    // Every half second: four intervals lie in the 2 s.
    EXPECT_EQ(window.resources->samples, 4);
    EXPECT_NEAR(*window.resources->cpu_avg_percent, 25, 1e-6);
    EXPECT_EQ(window.resources->rss_max_kb, 4000);
    EXPECT_NEAR(*window.log_bytes_per_s, 100, 1e-6);
  }
  EXPECT_EQ(one.tool, ToolState::kAlive) << one.tool_evidence;
  EXPECT_EQ(one.resources->clock.host_offset_ns, kToolMonotonicNs - kClientMonotonicNs);
  EXPECT_EQ(one.resources->clock.host_offset_error_ns, 3000);
  EXPECT_EQ(one.resources->use.rss_max_kb, 99999);
}

TEST_F(OurRunTree, WindowsThatDidNotSucceedAreNotUsed) {
  status_ = "invalid";
  add_window(kOurCase, "pps/single", "20261120_190009", "pps_single_udp.json", iperf3("udp_stream"), 3, 900);
  const AnalysedTree tree = analyse();
  const AnalysedCase& one = tree.iterations[0].environments.at(0).cases.at(0);
  EXPECT_EQ(one.windows.size(), 5u);
  EXPECT_EQ(find_windows(one, "pps", "single").windows.size(), 2u);
  EXPECT_THAT(codes(tree), Contains(HasSubstr("window-not-used")));
}

// UBSan is the judge: such times are added to and subtracted from each other.
TEST_F(OurRunTree, TimesThatCannotBeAreUnknown) {
  const Json begin_and_end = {{"start_realtime_ns", -5},
                              {"end_realtime_ns", INT64_MAX},
                              {"start_monotonic_ns", UINT64_MAX},
                              {"end_monotonic_ns", INT64_MAX}};
  Json metadata = {{"schema", "bpftax.window/1"},
                   {"status", "success"},
                   {"test_case", {{"workload", "udp_pps"}, {"purpose", "timed"}, {"block", UINT64_MAX}}},
                   {"hosts", {{"client", "c"}, {"tool", "s"}}},
                   {"clock_offsets",
                    {{"c", {{"offset_ns", INT64_MIN}, {"error_ns", INT64_MAX}}},
                     {"s", {{"offset_ns", INT64_MAX}, {"error_ns", INT64_MAX}}}}}};
  metadata.update(begin_and_end);
  const std::string client = std::string("hosts/c/performance-test-results/") + kOurCase;
  const std::string server = std::string("hosts/s/performance-test-results/") + kOurCase;
  for (const char* time : {"20261120_190001", "20261120_190002"}) {
    write(client + "/metadata_" + time + ".json", metadata.dump());
    write(client + "/client_results/pps/single_" + time + "/x_timing.log", "");
  }
  write(server + "/ebpf_monitoring/tool_cpu_usage_20261120_190002.log",
        "# date time_utc(+00:00) monotonic_ns user_us system_us run_delay_us processes threads\n"
        "2026-11-20 19:00:02.0 -9223372036854775808 1 0 - 1 1\n"
        "2026-11-20 19:00:03.0 9223372036854775807 1 0 - 1 1\n");
  const AnalysedTree tree = analyse();
  const AnalysedCase& one = tree.iterations[0].environments.at(0).cases.at(0);
  for (const AnalysedWindow* window : find_windows(one, "pps", "single").windows) {
    EXPECT_NE(window->basis, TimeBasis::kMetadata);
    EXPECT_EQ(window->block, 0);
  }
  EXPECT_THAT(codes(tree), Contains(HasSubstr("monitor-lines")));
}

TEST_F(OurRunTree, AToolThatWasGoneInAWindow) {
  processes_ = 0;
  add_window(kOurCase, "pps/single", "20261120_190009", "pps_single_udp.json", iperf3("udp_pps"), 3, 900);
  const AnalysedTree tree = analyse();
  EXPECT_EQ(tree.iterations[0].environments.at(0).cases.at(0).tool, ToolState::kDied);
  EXPECT_THAT(codes(tree), Contains(HasSubstr("tool-died")));
}

}  // namespace
}  // namespace bpftax
