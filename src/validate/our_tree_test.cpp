// A tree of ours, complete, and then broken in one place after the other.
#include <fmt/format.h>

#include "result/manifest.h"
#include "util/json.h"
#include "validate/tree_testing.h"

namespace bpftax {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kCase = "ebpf/drop_case_1_tcp_rx_9d5e19/host";
constexpr const char* kClient = "hosts/c/performance-test-results/";
constexpr const char* kServer = "hosts/s/performance-test-results/";

class OurTree : public TreeFixture {
 protected:
  void SetUp() override {
    for (const std::string& folder : {std::string("baseline/host"), std::string(kCase)}) {
      const bool tool = folder == kCase;
      window(folder, "throughput/single_20261121_103000", "20261121_103000", "throughput_single_tcp.json",
             read_file(test_data("iperf3/tcp_stream.json")).value(), tool);
      window(folder, "latency/tcp_rr_20261121_103010", "20261121_103010", "latency_tcp_rr.txt",
             read_file(test_data("netperf/tcp_rr.txt")).value(), tool);
    }
    journal_ += R"({"type":"measured","reason":"enough"})"
                "\n";
    write("parts/host-01/journal.jsonl", journal_);
    Json cycles = Json::array();
    for (const std::string& folder : {std::string("baseline/host"), std::string(kCase)}) {
      cycles.push_back(
          {{"cycle_id", folder},
           {"result_path", "performance-test-results/" + folder},
           {"test_cycle",
            {{"performance_tests",
              {{{"type", "throughput"}, {"conn", "single"}}, {{"type", "latency"}, {"conn", "tcp_rr"}}}}}}});
    }
    write("plan.json",
          Json{{"schema", "bpftax.workflow/1"}, {"parts", {{{"id", "host-01"}}}}, {"test_sequence", cycles}}
              .dump());
    write_manifests();
  }

  void window(const std::string& folder, const std::string& conn, const std::string& time,
              const std::string& name, const std::string& text, bool tool) {
    const std::string result = folder + "/client_results/" + conn + "/" + name;
    write(kClient + result, text);
    write(kClient + folder + "/metadata_" + time + ".json",
          Json{{"schema", "bpftax.window/1"},
               {"status", "success"},
               {"reason", ""},
               {"start_monotonic_ns", 1'000'000'000},
               {"end_monotonic_ns", 3'000'000'000},
               {"test_case", {{"workload", "x"}}},
               {"client_commands", {{"netperf", "-l", "2"}}},
               {"tool", tool ? Json{{"id", "t1"}} : Json(nullptr)}}
              .dump());
    std::string rows;
    for (int i = 0; i <= 20; ++i)
      rows += fmt::format("2026-11-21 10:30:{:02}.{} {} 1 1\n", i / 10, i % 10,
                          1'000'000'000 + i * 100'000'000LL);
    const std::string header = "# date time_utc(+00:00) monotonic_ns ";
    write(kServer + folder + "/monitoring/psi_" + time + ".log", header + "a b\n" + rows);
    if (tool)
      write(kServer + folder + "/ebpf_monitoring/tool_cpu_usage_" + time + ".log",
            header + "user_us processes\n" + rows);
    journal_ += Json{{"type", "window"},
                     {"files", {"/root/x/performance-test-results/" + result}},
                     {"window", {{"valid", true}}}}
                    .dump() +
                "\n";
  }

  void write_manifests() {
    for (const std::string& root : {std::string(kClient), std::string(kServer)}) {
      Manifest manifest;
      manifest.run_id = "r1";
      manifest.host = root.substr(6, 1);
      remove(root + "manifest_r1.json");
      const auto tree = ResultTree::scan(folder_.path());
      for (const TreeFile& file : tree->files()) {
        if (file.path.starts_with(root))
          manifest.files.push_back({file.below, file.size, sha256_file(folder_ / file.path).value()});
      }
      write(root + "manifest_r1.json", manifest_document(manifest).value());
    }
  }
  std::string journal_;
};

const std::string kThroughput =
    std::string(kClient) + kCase +
    "/client_results/throughput/single_20261121_103000/throughput_single_tcp.json";
const std::string kToolLog =
    std::string(kServer) + kCase + "/ebpf_monitoring/tool_cpu_usage_20261121_103000.log";

TEST_F(OurTree, a_complete_campaign_passes_every_check) {
  const Findings findings = validate();
  EXPECT_THAT(said(findings, CheckLevel::kFail), IsEmpty());
  EXPECT_THAT(said(findings, CheckLevel::kWarn), IsEmpty());
  EXPECT_EQ(findings.count(CheckLevel::kOk), static_cast<int64_t>(result_checks().size()));
}

TEST_F(OurTree, a_changed_byte_is_found_by_its_checksum) {
  std::string text = text_of(kToolLog);
  text[text.size() - 2] = '2';
  write(kToolLog, text);
  EXPECT_THAT(failures(),
              ElementsAre("manifest: " + kToolLog + ": its SHA-256 is not the one in the manifest"));
}

TEST_F(OurTree, a_removed_file_is_missed_by_manifest_and_journal) {
  remove(kThroughput);
  const auto failed = failures();
  EXPECT_THAT(failed, Contains("manifest: " + kThroughput + ": the manifest lists it and it is not there"));
  EXPECT_THAT(failed, Contains(HasSubstr("the journal has it as measured and the file is not there")));
}

TEST_F(OurTree, a_cut_file_is_found_by_its_size_and_is_no_json_any_more) {
  const std::string text = text_of(kThroughput);
  write(kThroughput, text.substr(0, text.size() / 2));
  const auto failed = failures();
  EXPECT_THAT(failed, Contains(HasSubstr("bytes, and the manifest says")));
  EXPECT_THAT(failed, Contains("traffic: " + kThroughput + ": it is no JSON document: cut, or not iperf3's"));
}

TEST_F(OurTree, a_file_that_no_manifest_lists_is_a_warning) {
  write(std::string(kServer) + "baseline/host/stranger", "x");
  EXPECT_THAT(
      said(validate(), CheckLevel::kWarn),
      ElementsAre("manifest: " + std::string(kServer) + "baseline/host/stranger: no manifest lists it"));
}

TEST_F(OurTree, an_evil_manifest_is_not_followed) {
  replace(std::string(kClient) + "manifest_r1.json", "\"baseline/host/client",
          "\"../../../baseline/host/client");
  EXPECT_THAT(failures(), Contains(HasSubstr("manifest_r1.json: the manifest cannot be used")));
}

TEST_F(OurTree, a_tool_that_died_in_a_window_is_found) {
  std::string text = text_of(kToolLog);
  write(kToolLog, text.substr(0, text.find("2026-11-21 10:30:00.9")));
  write_manifests();
  EXPECT_THAT(failures(),
              Contains("tool: " + kToolLog +
                       ": the tool was gone before the window's end: samples for 0.8 s of 2.0 s"));
}

TEST_F(OurTree, a_tool_without_a_sample_or_a_process_is_found) {
  write(kToolLog, "# date time_utc(+00:00) monotonic_ns user_us processes\n");
  write_manifests();
  EXPECT_THAT(failures(), Contains(HasSubstr("the tool was not running: there is no sample of it")));
  SetUp();
  replace(kToolLog, "1500000000 1 1", "1500000000 1 0");
  write_manifests();
  EXPECT_THAT(failures(), ElementsAre("tool: " + kToolLog + ": the tool had no process in 1 of 21 samples"));
}

TEST_F(OurTree, time_that_goes_backwards_is_found) {
  replace(kToolLog, "1500000000", "1300000000");
  write_manifests();
  EXPECT_THAT(failures(), ElementsAre("monitoring: " + kToolLog + ": time goes backwards in line 7"));
}

TEST_F(OurTree, what_custom_monitors_write_is_taken_as_it_is) {
  write(std::string(kServer) + "baseline/host/monitoring/irqs_20261121_103000.log", "whatever\nit prints\n");
  write_manifests();
  EXPECT_THAT(failures(), IsEmpty());
}

TEST_F(OurTree, missing_samples_are_found) {
  const std::string path = std::string(kServer) + "baseline/host/monitoring/psi_20261121_103000.log";
  std::string text = text_of(path);
  const size_t from = text.find("2026-11-21 10:30:00.5"), to = text.find("2026-11-21 10:30:01.2");
  write(path, text.erase(from, to - from));
  write_manifests();
  EXPECT_THAT(failures(), ElementsAre(HasSubstr("14 samples, and 20 are due: one each 0.1 s for 2.0 s")));
}

TEST_F(OurTree, a_window_that_did_not_succeed_is_a_warning_unless_it_was_the_only_one) {
  const std::string metadata = std::string(kClient) + kCase + "/metadata_20261121_103000.json";
  replace(metadata, "\"success\"", "\"timeout\"");
  write_manifests();
  const Findings findings = validate();
  EXPECT_THAT(said(findings, CheckLevel::kWarn), Contains("metadata: " + metadata + ": status timeout"));
  EXPECT_THAT(said(findings, CheckLevel::kFail),
              Contains(HasSubstr("no window of throughput/single succeeded")));
  EXPECT_THAT(said(findings, CheckLevel::kFail), Contains(HasSubstr("was planned and has no result")));
}

TEST_F(OurTree, a_case_that_the_run_itself_calls_failed_is_a_warning) {
  const std::string metadata = std::string(kClient) + kCase + "/metadata_20261121_103000.json";
  replace(metadata, "\"success\"", "\"failed\"");
  write_manifests();
  const std::string id = std::string("host-01/") + kCase;
  const Json result = {{"subjects", {{{"id", id}, {"status", "failed"}, {"reason", "it ended at once"}}}}};
  write("result.json", result.dump());
  const Findings findings = validate();
  EXPECT_THAT(said(findings, CheckLevel::kFail), IsEmpty());
  EXPECT_THAT(said(findings, CheckLevel::kWarn), Contains(HasSubstr("was planned and has no result")));
}

TEST_F(OurTree, a_short_netperf_window_is_found) {
  const std::string path =
      std::string(kClient) + kCase + "/client_results/latency/tcp_rr_20261121_103010/latency_tcp_rr.txt";
  replace(path, "ELAPSED_TIME=2.00", "ELAPSED_TIME=1.20");
  write_manifests();
  EXPECT_THAT(failures(), ElementsAre("traffic: " + path + ": it lasted 1.20 s of the 2 s asked for"));
}

TEST_F(OurTree, a_run_that_was_killed_says_so) {
  write("parts/host-01/journal.jsonl",
        journal_.substr(0, journal_.rfind("{\"type\":\"measured\"")) + "{\"ty");
  const Findings findings = validate();
  EXPECT_THAT(said(findings, CheckLevel::kFail),
              ElementsAre("journal: parts/host-01/journal.jsonl: the run did not come to its end"));
  EXPECT_THAT(said(findings, CheckLevel::kWarn), ElementsAre(HasSubstr("line 5 was cut")));
}

TEST_F(OurTree, a_part_that_never_ran_and_a_broken_journal_are_found) {
  replace("plan.json", "host-01", "host-02");
  EXPECT_THAT(failures(), ElementsAre("journal: parts/host-02: this part of the campaign was not run"));
  write("parts/host-01/journal.jsonl", "not json\n" + journal_);
  EXPECT_THAT(failures(), Contains("journal: parts/host-01/journal.jsonl: line 1 is no record"));
}

}  // namespace
}  // namespace bpftax
