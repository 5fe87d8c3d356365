#include "analyze/out_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>

#include "agent/temporary_folder.h"
#include "analyze/out_all.h"
#include "analyze/out_testing.h"
#include "util/json.h"

namespace bpftax {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class OutFilesTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(make_directories(in_)); }
  Result<WrittenFiles> write(const std::vector<std::string>& paths) {
    OutFiles files;
    for (const std::string& path : paths) files.add(path, "content of " + path + "\n");
    return files.write(out_, in_, {{"input", in_}});
  }
  TemporaryFolder folder_;
  std::string in_ = folder_ / "in", out_ = folder_ / "out";
};

TEST(OutName, names_from_outside_stay_one_component) {
  EXPECT_EQ(out_name("pktcount_case_1"), "pktcount_case_1");
  EXPECT_EQ(out_name("iteration_001.a-b"), "iteration_001.a-b");
  for (const std::string hostile :
       {"../x", "a/b", "a\nb", "..", ".", "", ".hidden", "<script>", "\xff", "a b"}) {
    const std::string name = out_name(hostile);
    EXPECT_EQ(name.find('/'), std::string::npos) << name;
    EXPECT_EQ(name.find('\n'), std::string::npos) << name;
    EXPECT_NE(name.front(), '.') << name;
    EXPECT_LE(name.size(), 100u);
  }
  EXPECT_NE(out_name("a/b"), out_name("a b")) << "different names stay different";
  EXPECT_NE(out_name("a/b"), out_name("a_b"));
  EXPECT_LE(out_name(std::string(5000, 'x')).size(), 100u);
  EXPECT_NE(out_name(std::string(5000, 'x')), out_name(std::string(5001, 'x')));
}

TEST_F(OutFilesTest, files_are_written_and_listed) {
  const auto written = write({"a.csv", "deep/er/b.json"});
  ASSERT_TRUE(written) << to_string(written.error());
  EXPECT_THAT(written->written, ElementsAre("a.csv", "deep/er/b.json"));
  EXPECT_EQ(read_file(out_ + "/deep/er/b.json").value_or(""), "content of deep/er/b.json\n");
  const Json list = Json::parse(read_file(out_ + "/analysis.json").value_or("{}"));
  EXPECT_EQ(list["complete"], true);
  EXPECT_EQ(list["files"], (Json{"a.csv", "deep/er/b.json"}));
}

TEST_F(OutFilesTest, a_second_analysis_removes_what_it_does_not_write_and_nothing_else) {
  ASSERT_TRUE(write({"a.csv", "deep/er/b.json", "c.csv"}));
  ASSERT_TRUE(write_file_atomically(out_ + "/notes.txt", "mine"));
  const auto again = write({"a.csv"});
  ASSERT_TRUE(again);
  EXPECT_THAT(again->removed, ElementsAre("c.csv", "deep/er/b.json"));
  EXPECT_FALSE(path_exists(out_ + "/c.csv"));
  EXPECT_FALSE(path_exists(out_ + "/deep"));
  EXPECT_EQ(read_file(out_ + "/notes.txt").value_or(""), "mine");
}

TEST_F(OutFilesTest, a_file_that_no_analysis_wrote_is_not_overwritten) {
  ASSERT_TRUE(make_directories(out_));
  ASSERT_TRUE(write_file_atomically(out_ + "/a.csv", "mine"));
  const auto written = write({"a.csv", "b.csv"});
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().kind, ErrorKind::kUsage);
  EXPECT_THAT(to_string(written.error()), HasSubstr("a.csv"));
  EXPECT_EQ(read_file(out_ + "/a.csv").value_or(""), "mine");
  EXPECT_FALSE(path_exists(out_ + "/b.csv")) << "nothing at all is written then";
}

TEST_F(OutFilesTest, a_list_with_paths_that_lead_out_removes_nothing_there) {
  ASSERT_TRUE(make_directories(out_));
  ASSERT_TRUE(write_file_atomically(folder_ / "victim", "x"));
  for (const char* path : {"../victim", "/etc/passwd", "a/../../victim", "./../victim"}) {
    const Json list = {{"schema", kAnalysisSchema}, {"files", {path, "a.csv"}}};
    ASSERT_TRUE(write_file_atomically(out_ + "/analysis.json", list.dump()));
    ASSERT_TRUE(write({"a.csv"}));
    EXPECT_TRUE(path_exists(folder_ / "victim")) << path;
  }
}

TEST_F(OutFilesTest, somebody_elses_analysis_json_stays) {
  ASSERT_TRUE(make_directories(out_));
  for (const char* text : {"[]", "{\"schema\": 5}", "not json"}) {
    ASSERT_TRUE(write_file_atomically(out_ + "/analysis.json", text));
    EXPECT_FALSE(write({"a.csv"})) << text;
    EXPECT_EQ(read_file(out_ + "/analysis.json").value_or(""), text);
  }
}

TEST_F(OutFilesTest, the_input_is_never_written_to) {
  out_ = in_;
  EXPECT_FALSE(write({"a.csv"}));
  out_ = in_ + "/analysis";
  EXPECT_FALSE(write({"a.csv"}));
  EXPECT_FALSE(path_exists(out_));
  ASSERT_EQ(::symlink(in_.c_str(), (folder_ / "link").c_str()), 0);
  out_ = folder_ / "link/analysis";
  EXPECT_FALSE(write({"a.csv"})) << "through a link";
  out_ = folder_.path();  // the input lies in it, that is fine
  EXPECT_TRUE(write({"a.csv"}));
  EXPECT_FALSE(write({"in/a.csv"}));
}

TEST_F(OutFilesTest, a_folder_that_cannot_be_made_is_named) {
  ASSERT_TRUE(write_file_atomically(folder_ / "file", "x"));
  out_ = folder_ / "file/out";
  const auto written = write({"a.csv"});
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().kind, ErrorKind::kUsage);
  EXPECT_THAT(to_string(written.error()), HasSubstr(out_));
}

// Contents that are made while they are written, by whichever thread.
TEST_F(OutFilesTest, parts_are_made_once_and_their_files_written) {
  constexpr int kParts = 200;
  std::vector<std::atomic<int>> made(kParts);
  OutFiles files;
  for (int i = 0; i < kParts; ++i) {
    const std::string folder = "ebpf/shared/" + std::to_string(i % 7) + "/" + std::to_string(i);
    files.add(
        {folder + "/a.json", folder + "/b.json"},
        [&made, i](const PutText& put) {
          ++made[static_cast<size_t>(i)];
          put("a" + std::to_string(i));
          put("b" + std::to_string(i));
        },
        static_cast<size_t>(i * 31 % 100));
  }
  const auto written = files.write(out_, in_, {{"input", in_}});
  ASSERT_TRUE(written) << to_string(written.error());
  EXPECT_EQ(written->written.size(), 2u * kParts);
  for (int i = 0; i < kParts; ++i) {
    EXPECT_EQ(made[static_cast<size_t>(i)], 1) << i;
    const std::string folder = out_ + "/ebpf/shared/" + std::to_string(i % 7) + "/" + std::to_string(i);
    EXPECT_EQ(read_file(folder + "/a.json").value_or(""), "a" + std::to_string(i));
    EXPECT_EQ(read_file(folder + "/b.json").value_or(""), "b" + std::to_string(i));
  }
}

TEST_F(OutFilesTest, a_part_that_makes_another_number_of_texts_is_an_error) {
  for (const int texts : {1, 3}) {
    OutFiles files;
    files.add(
        {"a.json", "b.json"},
        [texts](const PutText& put) {
          for (int i = 0; i < texts; ++i) put("x");
        },
        1);
    const auto written = files.write(out_ + std::to_string(texts), in_, {{"input", in_}});
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().kind, ErrorKind::kInternal);
    const Json list = Json::parse(read_file(out_ + std::to_string(texts) + "/analysis.json").value_or("{}"));
    EXPECT_EQ(list["complete"], false);
  }
}

// A file stands where a folder must be: nothing of it is lost, and the list says that the rest is not whole.
TEST_F(OutFilesTest, after_an_error_the_list_is_not_complete) {
  ASSERT_TRUE(make_directories(out_));
  ASSERT_TRUE(write_file_atomically(out_ + "/ebpf", "mine"));
  const auto written = write({"a.csv", "ebpf/t/b.json"});
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().kind, ErrorKind::kUsage);
  EXPECT_THAT(to_string(written.error()), HasSubstr("ebpf"));
  EXPECT_EQ(read_file(out_ + "/ebpf").value_or(""), "mine");
  const Json list = Json::parse(read_file(out_ + "/analysis.json").value_or("{}"));
  EXPECT_EQ(list["complete"], false);
}

TEST(OutFiles, two_files_never_share_a_path) {
  OutFiles files;
  EXPECT_EQ(files.add("a.csv", "1"), "a.csv");
  EXPECT_EQ(files.add("a.csv", "2"), "a-2.csv");
  EXPECT_EQ(files.add(kAnalysisFile, "3"), "analysis-2.json");
}

// Everything that a tree can be called.
TEST_F(OutFilesTest, a_hostile_tree_stays_in_the_folder_and_is_escaped) {
  AnalysedTree tree = tree_of({{50, 60, 10, 9}});
  AnalysedCase& of = tree.iterations[0].environments[0].cases[0];
  of.key.tool_id = "../../<script>alert(1)</script>";
  of.key.folder = "=x|y_case_1";
  of.warnings.push_back({"tool-died", "a|b.log", "<img src=x> | `x`\n## Fake"});
  tree.iterations[0].environments[0].name = "../vm";
  tree.iterations[0].name = "..";
  const Analysis analysis = analysis_of(tree);
  OutFiles files;
  add_analysis_files(analysis, {}, files);
  for (const auto& [path, content] : files.all()) {
    EXPECT_EQ(path.find(".."), std::string::npos) << path;
    EXPECT_EQ(path.find('<'), std::string::npos) << path;
    if (!path.ends_with(".md")) continue;
    EXPECT_EQ(content.find("<script>"), std::string::npos);
    EXPECT_EQ(content.find("<img"), std::string::npos);
    EXPECT_EQ(content.find("\n## Fake"), std::string::npos);
  }
  ASSERT_TRUE(files.write(out_, in_, analysis_json(analysis)));
  EXPECT_FALSE(path_exists(folder_ / "vm"));
}

TEST_F(OutFilesTest, every_level_has_its_summary) {
  const Analysis analysis = analysis_of(tree_of({{50, 60, 10, 9}, {50, 60, 10, 9}}));
  OutFiles files;
  add_analysis_files(analysis, {}, files);
  const auto all = files.all();
  for (const char* path : {"summary.json",
                           "baseline/summary.json",
                           "baseline/baseline_summary.json",
                           "baseline/host/summary.json",
                           "baseline/host/environment_summary.json",
                           "baseline/host/latency/summary.json",
                           "baseline/host/latency/tcp_rr/summary.json",
                           "ebpf/summary.json",
                           "ebpf/ebpf_comparison.json",
                           "ebpf/t/summary.json",
                           "ebpf/t/tool_summary.json",
                           "ebpf/t/t_case_1_tcp_rx_9d5e19/summary.json",
                           "ebpf/t/t_case_1_tcp_rx_9d5e19/host/environment_summary.json",
                           "ebpf/t/t_case_1_tcp_rx_9d5e19/host/throughput/tcp_stream/summary.json",
                           "analysis/performance_comparison.json",
                           "analysis/overhead_analysis.json",
                           "analysis/recommendations.json",
                           "result.json",
                           "comparisons.csv",
                           "t_latency_iteration_001.csv",
                           "t_overview_iteration_002.md",
                           "aggregated/t_pps.csv"}) {
    EXPECT_EQ(all.count(path), 1u) << path;
  }
  const Json overhead = Json::parse(all.at("analysis/overhead_analysis.json"));
  const Json& latency = overhead["ebpf_overhead"]["host"]["t_case_1_tcp_rx_9d5e19"]["latency"]["tcp_rr"];
  EXPECT_NEAR(latency["latency_increase_percent"].get<double>(), 20, 1e-9);
  EXPECT_NEAR(latency["baseline_latency"].get<double>(), 50, 1e-9);
  EXPECT_NEAR(latency["ebpf_latency"].get<double>(), 60, 1e-9);
  const Json test = Json::parse(all.at("baseline/host/latency/tcp_rr/summary.json"));
  EXPECT_EQ(test["runs"].size(), 2u);
  EXPECT_EQ(test["runs"][1]["iteration"], "iteration_002");
  EXPECT_EQ(test["statistics"]["metrics"]["latency_mean_us"]["n"], 2);
}

TEST(OutOverview, statistics_leave_out_what_is_no_measurement_of_the_tool) {
  AnalysedTree tree = tree_of({{50, 60, 10, 9}});
  AnalysedEnvironment& host = tree.iterations[0].environments[0];
  host.cases.push_back(tree_case("t", 2, {latency_window("tcp_rr", 50)}));
  host.cases[1].tool = ToolState::kDied;
  host.cases[1].tool_evidence = "it was gone";
  OutFiles files;
  const Analysis analysis = analysis_of(tree);
  add_analysis_files(analysis, {}, files);
  const std::string page = files.all().at("t_overview_iteration_001.md");
  EXPECT_THAT(page, HasSubstr("1 case is left out: "));
  EXPECT_THAT(page, HasSubstr("| latency TCP RR Diff (%) | 1 | 20.00 | 20.00 | 20.00 | 20.00 |"));
}

// Blocks of ours in one folder: all are of that one iteration.
TEST(OutSummaries, blocks_of_a_single_iteration_have_its_name) {
  AnalysedTree tree = tree_of({{50, 60, 10, 9}});
  AnalysedEnvironment& host = tree.iterations[0].environments[0];
  host.baseline->windows.clear();
  for (int block = 1; block <= 3; ++block) {
    AnalysedWindow window = latency_window("tcp_rr", 50);
    window.workload = "tcp_rr";
    window.purpose = "timed";
    window.status = "success";
    window.block = block;
    host.baseline->windows.push_back(window);
  }
  OutFiles files;
  const Analysis analysis = analysis_of(tree);
  add_analysis_files(analysis, {}, files);
  const Json test = Json::parse(files.all().at("baseline/host/latency/tcp_rr/summary.json"));
  ASSERT_EQ(test["runs"].size(), 3u);
  for (const Json& run : test["runs"]) EXPECT_EQ(run["iteration"], "iteration_001");
  EXPECT_EQ(test["runs"][2]["block"], 3);
}

TEST(OutFormats, unknown_ones_are_named) {
  EXPECT_TRUE(out_formats("csv, html")->csv);
  EXPECT_FALSE(out_formats("csv,html")->json);
  const auto formats = out_formats("csv,jsno");
  ASSERT_FALSE(formats);
  EXPECT_EQ(formats.error().kind, ErrorKind::kUsage);
  EXPECT_THAT(formats.error().hint, HasSubstr("json"));
}

}  // namespace
}  // namespace bpftax
