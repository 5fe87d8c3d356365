// Whole trees: the origin framework's, intact and broken in one place after the other, and hostile ones.
#include "analyze/reader.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "agent/temporary_folder.h"
#include "util/files.h"
#include "util/json.h"
#include "util/log_time.h"

namespace bpftax {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr const char* kClient = "iteration_002/host-client/performance-test-results/";
constexpr const char* kServer = "iteration_002/host-server/performance-test-results/";
constexpr const char* kCase = "ebpf/pktcount_case_1_tcp_rx_9d5e19/host/";
constexpr const char* kMulti = "client_results/throughput/multi_4_20261120_184418/";
constexpr const char* kMonitoring = "ebpf_monitoring/";

std::string origin_data() {
  return std::string(BPFTAX_SOURCE_DIR) + "/tests/data/origin-results";
}

class OriginTree : public testing::Test {
 protected:
  void copy() {
    fs::copy(origin_data(), folder_ / "t", fs::copy_options::recursive);
    for (const auto& entry : fs::recursive_directory_iterator(folder_ / "t"))
      fs::permissions(entry.path(), fs::perms::owner_all, fs::perm_options::add);
  }
  std::string path(const std::string& below) { return folder_ / "t" + "/" + below; }
  void write(const std::string& below, const std::string& text) {
    const std::string full = path(below);
    ASSERT_TRUE(make_directories(full.substr(0, full.rfind('/'))));
    ASSERT_TRUE(write_file_atomically(full, text));
  }
  void remove(const std::string& below) { ASSERT_GT(fs::remove_all(path(below)), 0u) << below; }
  void replace(const std::string& below, const std::string& from, const std::string& to) {
    std::string text = read_file(path(below)).value();
    const size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    write(below, text.replace(at, from.size(), to));
  }
  AnalysedTree analyse(const ReadLimits& limits = {}) {
    auto tree = read_analysed_tree(folder_ / "t", limits);
    EXPECT_TRUE(tree) << to_string(tree.error());
    return tree ? std::move(*tree) : AnalysedTree();
  }
  // Case 1 of the second iteration.
  static const AnalysedCase& case_of(const AnalysedTree& tree) {
    return tree.iterations.at(1).environments.at(0).cases.at(0);
  }
  static std::vector<std::string> codes(const AnalysedCase& of) {
    std::vector<std::string> list;
    for (const AnalysisWarning& warning : of.warnings) list.push_back(warning.code);
    return list;
  }
  static std::vector<std::string> all_codes(const AnalysedTree& tree) {
    std::vector<std::string> list;
    for (const AnalysisWarning* warning : all_warnings(tree)) list.push_back(warning->code);
    return list;
  }

  TemporaryFolder folder_;
};

const AnalysedWindow& window(const AnalysedCase& of, const char* perf_type, const char* conn) {
  const WindowGroup group = find_windows(of, perf_type, conn);
  EXPECT_EQ(group.windows.size(), 1u) << perf_type << "/" << conn;
  static const AnalysedWindow none;
  return group.empty() ? none : *group.windows[0];
}

TEST_F(OriginTree, EverythingIsFound) {
  const auto tree = read_analysed_tree(origin_data());
  ASSERT_TRUE(tree);
  EXPECT_EQ(tree->kind, TreeKind::kIterations);
  ASSERT_EQ(tree->iterations.size(), 2u);
  EXPECT_THAT(tree->warnings, IsEmpty());
  for (const AnalysedIteration& iteration : tree->iterations) {
    EXPECT_THAT(iteration.hosts, ElementsAre("host-client", "host-server"));
    ASSERT_EQ(iteration.environments.size(), 1u);
    const AnalysedEnvironment& environment = iteration.environments[0];
    EXPECT_EQ(environment.name, "host");
    ASSERT_TRUE(environment.baseline);
    EXPECT_EQ(environment.baseline->windows.size(), 6u);
    EXPECT_THAT(codes(*environment.baseline), IsEmpty());
    ASSERT_EQ(environment.cases.size(), 2u);
    const CaseKey& key = environment.cases[1].key;
    EXPECT_EQ(key.tool_id, "pktcount");
    EXPECT_EQ(key.case_id, 2);
    EXPECT_EQ(key.protocol, "tcp");
    EXPECT_EQ(key.direction, "rx");
    EXPECT_EQ(key.hash6, "9d5e19");
    for (const AnalysedCase& one : environment.cases) EXPECT_EQ(one.windows.size(), 6u);
  }
}

// Another parser, and no code of ours between the file and the sum.
TEST_F(OriginTree, ValuesAreThoseOfTheFiles) {
  const auto tree = read_analysed_tree(origin_data());
  ASSERT_TRUE(tree);
  for (const AnalysedIteration& iteration : tree->iterations) {
    for (const AnalysedCase& one : iteration.environments[0].cases) {
      for (const AnalysedWindow& w : one.windows) {
        if (w.perf_type == "latency") continue;
        double sent = 0, received = 0, sent_writes = 0;
        int files = 0;
        for (const auto& entry : fs::directory_iterator(origin_data() + "/" + w.folder)) {
          if (entry.path().extension() != ".json") continue;
          const Json json = Json::parse(std::ifstream(entry.path()));
          const double rate = json["end"]["sum_sent"]["bits_per_second"];
          sent += rate / 1e9;
          sent_writes += rate / (8 * json["start"]["test_start"]["blksize"].get<double>());
          received += json["end"]["sum_received"]["bits_per_second"].get<double>() / 1e9;
          ++files;
        }
        EXPECT_EQ(files, w.streams);
        EXPECT_NEAR(w.client.gbps.value(), sent, 1e-9) << w.folder;
        EXPECT_NEAR(w.server.gbps.value(), received, 1e-9) << w.folder;
        EXPECT_NEAR(w.client.pps.value(), sent_writes, 1e-6) << w.folder;
        EXPECT_FALSE(w.pps_is_packets);
        EXPECT_EQ(w.protocol, "tcp");
      }
    }
  }
  const AnalysedWindow& latency = window(case_of(*tree), "latency", "tcp_rr");
  EXPECT_EQ(latency.latency.min_us, 14);
  EXPECT_EQ(latency.latency.mean_us, 64.27);
  EXPECT_EQ(latency.latency.max_us, 3968);
  EXPECT_EQ(window(case_of(*tree), "latency", "udp_rr").latency.mean_us, 66.17);
}

TEST_F(OriginTree, WindowsHaveTheirTimesAndTheirSamples) {
  const auto tree = read_analysed_tree(origin_data());
  ASSERT_TRUE(tree);
  const AnalysedCase& one = case_of(*tree);
  const AnalysedWindow& single = window(one, "pps", "single");
  EXPECT_EQ(single.basis, TimeBasis::kTimingLog);
  EXPECT_EQ(single.begin_ns, parse_log_time("2026-11-20", "18:44:51.556"));
  EXPECT_NEAR(static_cast<double>(*single.end_ns - *single.begin_ns) / 1e9, 3.000016, 1e-6);
  // Samples of :53 and :55 speak for :51 to :55; those around do not have their middle in the window.
  ASSERT_TRUE(single.resources);
  EXPECT_EQ(single.resources->samples, 2);
  EXPECT_EQ(single.resources->rss_max_kb, 13928);
  EXPECT_EQ(single.resources->vsz_max_kb, 16824);
  EXPECT_EQ(single.resources->cpu_avg_percent, 0);
  const AnalysedWindow& multi = window(one, "throughput", "multi");
  EXPECT_EQ(multi.begin_ns, parse_log_time("2026-11-20", "18:44:23.444"));
  EXPECT_GT(*multi.end_ns, *parse_log_time("2026-11-20", "18:44:28.3"));
  ASSERT_TRUE(one.resources);
  EXPECT_EQ(one.resources->use.samples, 31);
  EXPECT_EQ(one.resources->log_size_bytes, 66312);
  EXPECT_EQ(one.resources->clock.zone, MonitorClock::Zone::kStated);
  EXPECT_EQ(one.resources->clock.utc_offset_s, 0);
  EXPECT_EQ(one.tool, ToolState::kAlive) << one.tool_evidence;
  EXPECT_THAT(one.command, HasSubstr("pktcount.py"));
  EXPECT_THAT(codes(one), IsEmpty());
  // Written every two seconds, about a kilobyte a second.
  EXPECT_NEAR(single.log_bytes_per_s.value(), 958, 10);
}

TEST_F(OriginTree, ToolsThatHadDiedAreNamed) {
  const auto tree = read_analysed_tree(origin_data());
  ASSERT_TRUE(tree);
  for (const AnalysedCase& one : tree->iterations[0].environments[0].cases) {
    EXPECT_EQ(one.tool, ToolState::kDied);
    EXPECT_THAT(one.tool_evidence, HasSubstr("BPF compilation check FAILED"));
    EXPECT_THAT(codes(one), Contains("tool-died"));
    EXPECT_FALSE(window(one, "pps", "single").resources);
    EXPECT_FALSE(one.resources->log_size_bytes);
    // What was measured stays.
    EXPECT_TRUE(window(one, "pps", "single").client.pps);
  }
}

TEST_F(OriginTree, AStreamThatCannotBeUsedGivesNoSum) {
  const std::string file = std::string(kClient) + kCase + kMulti + "throughput_multi_stream_3_port_5003.json";
  const std::string good = read_file(origin_data() + "/" + file).value();
  const std::vector<std::pair<std::string, std::string>> faults = {
      {"", "file-empty"},
      {good.substr(0, good.size() / 2), "file-garbage"},
      {good.substr(0, good.size() - 3), "file-garbage"},
      {"\x7f"
       "ELF garbage",
       "file-garbage"},
      {"{}", "file-garbage"},
      {std::string(100'000, '['), "file-garbage"},
      {R"({"error":"unable to connect"})", "generator-error"},
  };
  copy();
  for (const auto& [text, code] : faults) {
    write(file, text);
    const AnalysedTree tree = analyse();
    const AnalysedWindow& multi = window(case_of(tree), "throughput", "multi_4");
    EXPECT_FALSE(multi.client.gbps) << text.substr(0, 20);
    EXPECT_FALSE(multi.server.gbps);
    EXPECT_FALSE(multi.client.pps);
    EXPECT_TRUE(multi.each[0].client.gbps);
    EXPECT_NE(multi.each[2].fault, "");
    EXPECT_THAT(codes(case_of(tree)), ElementsAre(code, "streams-incomplete"));
    EXPECT_EQ(case_of(tree).warnings[0].file, file);
    EXPECT_TRUE(window(case_of(tree), "throughput", "single").client.gbps);
  }
  remove(file);
  const AnalysedTree tree = analyse();
  EXPECT_FALSE(window(case_of(tree), "throughput", "multi_4").client.gbps);
  EXPECT_THAT(codes(case_of(tree)), ElementsAre("stream-missing", "streams-incomplete"));
}

TEST_F(OriginTree, ASecondFileOfAStreamGivesNoSum) {
  copy();
  const std::string folder = std::string(kClient) + kCase + kMulti;
  fs::copy(path(folder + "throughput_multi_stream_1_port_5001.json"),
           path(folder + "throughput_multi_stream_1_port_6001.json"));
  EXPECT_FALSE(window(case_of(analyse()), "throughput", "multi_4").client.gbps);
  EXPECT_THAT(codes(case_of(analyse())), Contains("stream-twice"));
  remove(folder + "throughput_multi_stream_1_port_6001.json");
  fs::copy(path(folder + "throughput_multi_stream_1_port_5001.json"),
           path(folder + "throughput_multi_stream_5_port_5005.json"));
  EXPECT_FALSE(window(case_of(analyse()), "throughput", "multi_4").client.gbps);
}

TEST_F(OriginTree, LatencyThatCannotBeUsed) {
  copy();
  const std::string file =
      std::string(kClient) + kCase + "client_results/latency/tcp_rr_20261120_184432/latency_tcp_rr.txt";
  replace(file, "64.27", "-64.27");
  EXPECT_FALSE(window(case_of(analyse()), "latency", "tcp_rr").latency.mean_us);
  EXPECT_THAT(codes(case_of(analyse())), ElementsAre("value-impossible"));
  remove(file);
  EXPECT_THAT(codes(case_of(analyse())), ElementsAre("stream-missing"));
}

TEST_F(OriginTree, AZoneOfTheServerAndOneOfTheClient) {
  copy();
  // The server's clock shows China's time, the client's New York's; both tell UTC elsewhere.
  const std::string monitor = std::string(kServer) + kCase + kMonitoring;
  for (const char* name :
       {"ebpf_resource_monitor_20261120_184352.log", "ebpf_logsize_monitor_20261120_184352.log",
        "monitor_stop_20261120_184352.log", "monitor_start_20261120_184352.log"}) {
    std::string text = read_file(path(monitor + name)).value();
    for (size_t at = 0; (at = text.find("2026-11-20 18:4", at)) != std::string::npos;)
      text.replace(at, 13, "2026-11-21 02");
    for (size_t at = 0; (at = text.find("\n18:4", at)) != std::string::npos;) text.replace(at, 3, "\n02");
    write(monitor + name, text);
  }
  for (const auto& entry : fs::recursive_directory_iterator(path(std::string(kClient) + kCase))) {
    if (!entry.path().string().ends_with("_timing.log")) continue;
    std::string text = read_file(entry.path().string()).value();
    for (size_t at = 0; (at = text.find("2026-11-20 18:", at)) != std::string::npos;)
      text.replace(at, 13, "2026-11-20 13");
    ASSERT_TRUE(write_file_atomically(entry.path().string(), text));
  }
  const AnalysedTree tree = analyse();
  const AnalysedCase& one = case_of(tree);
  EXPECT_EQ(one.resources->clock.utc_offset_s, 8 * 3600) << one.resources->clock.text;
  EXPECT_EQ(window(one, "pps", "single").begin_ns, parse_log_time("2026-11-20", "18:44:51.556"));
  EXPECT_EQ(window(one, "pps", "single").resources->samples, 2);
  EXPECT_NEAR(window(one, "pps", "single").log_bytes_per_s.value(), 958, 10);
  EXPECT_EQ(one.tool, ToolState::kAlive) << one.tool_evidence;
  EXPECT_THAT(codes(one), IsEmpty());
}

TEST_F(OriginTree, AnUnknownZoneGivesNoSamples) {
  copy();
  const std::string monitor = std::string(kServer) + kCase + kMonitoring;
  replace(monitor + "ebpf_resource_monitor_20261120_184352.log", "START_EPOCH", "START_SOMETHING");
  remove(monitor + "resource_monitor_timestamp_20261120_184352.txt");
  // The order of events still tells it.
  EXPECT_EQ(case_of(analyse()).resources->clock.zone, MonitorClock::Zone::kOrder);
  EXPECT_EQ(window(case_of(analyse()), "pps", "single").resources->samples, 2);
  remove(monitor + "monitor_stop_20261120_184352.log");
  const AnalysedTree tree = analyse();
  EXPECT_FALSE(window(case_of(tree), "pps", "single").resources);
  EXPECT_THAT(codes(case_of(tree)), ElementsAre("monitor-zone-unknown"));
  EXPECT_EQ(case_of(tree).tool, ToolState::kUnknown);
  // What needs no zone is there.
  EXPECT_EQ(case_of(tree).resources->use.samples, 31);
}

TEST_F(OriginTree, ClocksThatAreApartAreSeen) {
  copy();
  const std::string stop = std::string(kServer) + kCase + kMonitoring + "monitor_stop_20261120_184352.log";
  replace(stop, "18:45:13", "18:44:13");
  const AnalysedTree tree = analyse();
  EXPECT_FALSE(window(case_of(tree), "pps", "single").resources);
  EXPECT_THAT(codes(case_of(tree)), Contains("clock-offset-unknown"));
}

TEST_F(OriginTree, TimingLogsThatAreMissing) {
  copy();
  const std::string folder = std::string(kClient) + kCase + "client_results/pps/single_20261120_184447/";
  remove(folder + "pps_single_timing.log");
  // A copy lies beside the tool's monitor.
  EXPECT_EQ(window(case_of(analyse()), "pps", "single").begin_ns,
            parse_log_time("2026-11-20", "18:44:51.556"));
  remove(std::string(kServer) + kCase + kMonitoring + "time_range_statistics_20261120_184352.log");
  const AnalysedTree tree = analyse();
  EXPECT_EQ(window(case_of(tree), "pps", "single").basis, TimeBasis::kClientFile);
  EXPECT_EQ(window(case_of(tree), "pps", "single").begin_ns, parse_log_time("2026-11-20", "18:44:51"));
}

TEST_F(OriginTree, WindowsAndBaselinesThatAreMissing) {
  copy();
  remove(std::string(kClient) + kCase + "client_results/pps");
  AnalysedTree tree = analyse();
  EXPECT_THAT(codes(case_of(tree)), ElementsAre("client-missing", "client-missing"));
  EXPECT_FALSE(window(case_of(tree), "pps", "multi_4").client.pps);
  remove(std::string(kServer) + kCase + "server_results/pps");
  tree = analyse();
  EXPECT_THAT(codes(case_of(tree)), ElementsAre("window-missing", "window-missing"));
  remove(std::string(kClient) + "baseline");
  remove(std::string(kServer) + "baseline");
  tree = analyse();
  EXPECT_FALSE(tree.iterations[1].environments[0].baseline);
  EXPECT_THAT(all_codes(tree), Contains("baseline-missing"));
}

TEST_F(OriginTree, AVirtualMachineHasItsOwnBaseline) {
  copy();
  const std::string root = "iteration_002/";
  for (const char* side : {"client", "server"}) {
    const std::string from = root + "host-" + side + "/performance-test-results/";
    const std::string to = root + "vm-" + side + "/performance-test-results/";
    for (const std::string& below :
         {std::string("baseline/"), std::string("ebpf/pktcount_case_1_tcp_rx_9d5e19/")}) {
      ASSERT_TRUE(make_directories(path(to + below)));
      fs::copy(path(from + below + "host"), path(to + below + "vm"), fs::copy_options::recursive);
    }
  }
  // The tool of a VM's case runs on its physical host.
  const std::string monitoring = std::string(kServer) + "ebpf/pktcount_case_1_tcp_rx_9d5e19/vm";
  ASSERT_TRUE(make_directories(path(monitoring)));
  fs::rename(path("iteration_002/vm-server/performance-test-results/ebpf/pktcount_case_1_tcp_rx_9d5e19/vm/"
                  "ebpf_monitoring"),
             path(monitoring + "/ebpf_monitoring"));
  const AnalysedTree tree = analyse();
  ASSERT_EQ(tree.iterations[1].environments.size(), 2u);
  const AnalysedEnvironment& vm = tree.iterations[1].environments[1];
  EXPECT_EQ(vm.name, "vm");
  ASSERT_TRUE(vm.baseline);
  EXPECT_THAT(vm.baseline->windows[0].folder, HasSubstr("vm-client/"));
  ASSERT_EQ(vm.cases.size(), 1u);
  EXPECT_EQ(vm.cases[0].windows.size(), 6u);
  EXPECT_EQ(window(vm.cases[0], "pps", "single").resources->samples, 2);
}

TEST_F(OriginTree, OtherShapesOfTheTree) {
  const auto one = read_analysed_tree(origin_data() + "/iteration_002");
  ASSERT_TRUE(one);
  EXPECT_EQ(one->kind, TreeKind::kIteration);
  EXPECT_EQ(one->iterations[0].name, "iteration_002");
  EXPECT_EQ(one->iterations[0].root, "");
  const auto bare = read_analysed_tree(origin_data() + "/iteration_002/host-client/performance-test-results");
  ASSERT_TRUE(bare);
  EXPECT_EQ(bare->kind, TreeKind::kBare);
  EXPECT_EQ(bare->iterations[0].name, "host-client");
  EXPECT_TRUE(window(bare->iterations[0].environments[0].cases[0], "pps", "multi").client.pps);
  // Fetched into a run directory, and one host with both sides.
  copy();
  ASSERT_TRUE(make_directories(path("run/hosts")));
  fs::rename(path("iteration_002/host-client"), path("run/hosts/c"));
  fs::rename(path("iteration_002/host-server"), path("run/hosts/s"));
  const auto run = read_analysed_tree(path("run"));
  ASSERT_TRUE(run);
  EXPECT_EQ(run->kind, TreeKind::kRunDirectory);
  EXPECT_EQ(run->iterations[0].name, "run");
  EXPECT_THAT(run->iterations[0].hosts, ElementsAre("c", "s"));
  EXPECT_EQ(window(run->iterations[0].environments[0].cases[0], "pps", "single").resources->samples, 2);
  fs::copy(path("run/hosts/s"), path("run/hosts/c"),
           fs::copy_options::recursive | fs::copy_options::overwrite_existing);
  remove("run/hosts/s");
  const auto both = read_analysed_tree(path("run"));
  ASSERT_TRUE(both);
  EXPECT_EQ(window(both->iterations[0].environments[0].cases[0], "pps", "single").resources->samples, 2);
}

TEST_F(OriginTree, AFolderOfRunDirectories) {
  copy();
  for (const char* run : {"a", "b"}) {
    const std::string results = fmt::format("runs/{}/performance-test-results", run);
    ASSERT_TRUE(make_directories(path("runs/" + std::string(run))));
    fs::copy(path(kClient), path(results), fs::copy_options::recursive);
    write(fmt::format("runs/{}/plan.json", run), "{}");
  }
  const auto runs = read_analysed_tree(path("runs"));
  ASSERT_TRUE(runs);
  ASSERT_EQ(runs->iterations.size(), 2u);
  EXPECT_EQ(runs->iterations[0].name, "a");
  EXPECT_THAT(runs->iterations[0].hosts, IsEmpty());
  EXPECT_TRUE(window(runs->iterations[1].environments[0].cases[0], "pps", "single").client.pps);
}

TEST_F(OriginTree, NoResults) {
  EXPECT_EQ(read_analysed_tree("/nonexistent").error().kind, ErrorKind::kUsage);
  EXPECT_EQ(read_analysed_tree(folder_.path()).error().kind, ErrorKind::kUsage);
}

TEST_F(OriginTree, TheSameWindowOnTwoHostsIsReadOnce) {
  copy();
  const std::string from = std::string(kClient) + kCase + "client_results";
  fs::copy(path(from), path(std::string(kServer) + kCase + "client_results"), fs::copy_options::recursive);
  const AnalysedTree tree = analyse();
  EXPECT_EQ(case_of(tree).windows.size(), 6u);
  EXPECT_THAT(window(case_of(tree), "pps", "single").folder, HasSubstr("host-client"));
  EXPECT_THAT(codes(case_of(tree)), Contains("side-twice"));
}

TEST_F(OriginTree, LinksFifosNamesAndFoldersThatCannotBeRead) {
  copy();
  const std::string folder = std::string(kClient) + kCase + "client_results/";
  fs::create_directory_symlink(path(kClient), path(folder + "pps/single_20261120_190000"));
  fs::create_directory_symlink("..", path(std::string(kClient) + "ebpf/loop_case_9_tcp_rx_9d5e19"));
  const std::string stream =
      folder + "throughput/multi_4_20261120_184418/throughput_multi_stream_1_port_5001.json";
  remove(stream);
  ASSERT_EQ(::mkfifo(path(stream).c_str(), 0600), 0);
  write(std::string(kClient) + "ebpf/evil\n_case_3_tcp_rx_9d5e19/host/x", "");
  write(std::string(kClient) +
            "ebpf/<script>_case_4_tcp_rx_9d5e19/host/client_results/latency/tcp_rr_20261120_190000/"
            "latency_tcp_rr.txt",
        "");
  write(folder + "latency/without-a-time/latency_tcp_rr.txt", "");
  const AnalysedTree tree = analyse();
  EXPECT_FALSE(window(tree.iterations[1].environments[0].cases[1], "throughput", "multi_4").client.gbps);
  const auto seen = all_codes(tree);
  EXPECT_THAT(seen, Contains("link-skipped").Times(2));
  EXPECT_THAT(seen, Contains("name-refused"));
  EXPECT_THAT(seen, Contains("folder-unknown"));
  EXPECT_THAT(seen, Contains("file-empty"));
  for (const AnalysisWarning* warning : all_warnings(tree)) {
    EXPECT_EQ(warning->file.find('\n'), std::string::npos);
    EXPECT_EQ(warning->text.find('\n'), std::string::npos);
  }
  const auto& cases = tree.iterations[1].environments[0].cases;
  EXPECT_EQ(cases[0].key.tool_id, "<script>");
  EXPECT_EQ(cases.size(), 3u);
}

TEST_F(OriginTree, TooLongAndTooMany) {
  copy();
  const std::string stream =
      std::string(kClient) + kCase + kMulti + "throughput_multi_stream_1_port_5001.json";
  ASSERT_EQ(::truncate(path(stream).c_str(), int64_t{1} << 30), 0);
  const AnalysedTree tree = analyse();
  EXPECT_FALSE(window(case_of(tree), "throughput", "multi_4").client.gbps);
  EXPECT_THAT(codes(case_of(tree)), ElementsAre("file-too-long", "streams-incomplete"));
  const auto many = read_analysed_tree(path(""), {.max_entries = 100});
  ASSERT_FALSE(many);
  EXPECT_THAT(many.error().why, HasSubstr("more than 100"));
}

TEST_F(OriginTree, FoldersThatAreNotSearchedAreAnError) {
  copy();
  EXPECT_EQ(analyse({.max_searched_folders = 20}).iterations.size(), 2u);
  const auto many = read_analysed_tree(path(""), {.max_searched_folders = 5});
  ASSERT_FALSE(many);
  EXPECT_EQ(many.error().kind, ErrorKind::kUsage);
  EXPECT_THAT(many.error().why, HasSubstr("more than 5 folders"));
}

// Its interval is stated nowhere and has no second moment to be told from.
TEST_F(OriginTree, OneMomentOfAMonitorDoesNotTellWhetherTheToolLived) {
  copy();
  write(std::string(kServer) + kCase + kMonitoring + "ebpf_resource_monitor_20261120_184352.log",
        "# START_DATETIME: 2026-11-20 18:44:09.756  START_EPOCH: 1795200249\n"
        "# Time  UID  PID  %usr %system  %guest  %wait  %CPU  CPU  minflt/s  majflt/s  VSZ  RSS  %MEM  "
        "Command\n"
        "18:44:11  0  19642  0.00  0.00  0.00  0.00  0.00  1  0.00  0.00  16824  13928  0.06  python3\n");
  const AnalysedTree tree = analyse();
  EXPECT_EQ(case_of(tree).tool, ToolState::kUnknown) << case_of(tree).tool_evidence;
  EXPECT_THAT(case_of(tree).tool_evidence, HasSubstr("one moment"));
}

TEST_F(OriginTree, WarningsAreCounted) {
  copy();
  for (int i = 0; i < 50; ++i)
    write(std::string(kClient) + kCase + fmt::format("client_results/pps/odd{}/x", i), "");
  const AnalysedTree tree = analyse({.max_warnings_of_a_case = 10});
  ASSERT_EQ(case_of(tree).warnings.size(), 11u);
  EXPECT_EQ(case_of(tree).warnings.back().code, "more-warnings");
  EXPECT_THAT(case_of(tree).warnings.back().text, HasSubstr("40"));
}

TEST_F(OriginTree, OneThreadAndManyGiveTheSame) {
  const auto one = read_analysed_tree(origin_data(), {.threads = 1});
  const auto many = read_analysed_tree(origin_data(), {.threads = 8});
  ASSERT_TRUE(one && many);
  EXPECT_EQ(one->files_read, many->files_read);
  EXPECT_EQ(all_warnings(*one).size(), all_warnings(*many).size());
  for (size_t i = 0; i < one->iterations.size(); ++i) {
    const auto& a = one->iterations[i].environments[0].cases;
    const auto& b = many->iterations[i].environments[0].cases;
    ASSERT_EQ(a.size(), b.size());
    for (size_t k = 0; k < a.size(); ++k) EXPECT_EQ(a[k].windows.size(), b[k].windows.size());
  }
}

}  // namespace
}  // namespace bpftax
