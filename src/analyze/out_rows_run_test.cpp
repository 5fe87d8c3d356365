// Tables of a result.json of ours.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <tuple>

#include "analyze/out_all.h"
#include "analyze/out_csv.h"
#include "analyze/out_table.h"
#include "analyze/out_testing.h"
#include "plan/result_paths.h"
#include "report/testdata.h"

namespace bpftax {
namespace {

const ResultComparison* find_row(const RunResult& result, const std::string& subject,
                                 const std::string& workload, const std::string& metric) {
  for (const ResultComparison& row : result.comparisons)
    if (row.subject == subject && row.workload == workload && row.metric == metric) return &row;
  return nullptr;
}

TEST(OutRowsRun, columns_have_the_values_of_the_comparisons) {
  const RunResult result = synthetic_result();
  const OutIteration iteration = out_rows(result, "run");
  ASSERT_EQ(iteration.rows.size(), result.subjects.size());
  int compared = 0;
  for (const ResultSubject& subject : result.subjects) {
    const auto row = std::find_if(iteration.rows.begin(), iteration.rows.end(),
                                  [&](const OutRow& one) { return one.topic == subject.name; });
    ASSERT_NE(row, iteration.rows.end()) << subject.name;
    const auto& latency = row->of(OutTable::kLatency);
    if (const ResultComparison* mean = find_row(result, subject.id, "tcp_rr", "latency_mean_us")) {
      EXPECT_EQ(latency[1], mean->subject_mean);
      EXPECT_EQ(latency[3], mean->baseline_mean);
      EXPECT_EQ(latency[4], difference_percent(mean->subject_mean, mean->baseline_mean));
      compared += mean->subject_mean.has_value();
    }
    const auto& throughput = row->of(OutTable::kThroughput);
    EXPECT_EQ(throughput[0], std::nullopt) << "what a client sent is not measured";
    if (const ResultComparison* stream = find_row(result, subject.id, "tcp_stream", "throughput_gbps")) {
      EXPECT_EQ(throughput[6], stream->subject_mean);
      compared += stream->subject_mean.has_value();
    }
    const auto& resources = row->of(OutTable::kResources);
    EXPECT_EQ(resources[12], subject.process_rss_kb.peak);
    EXPECT_EQ(row->trouble.empty(), subject.status == "measured");
  }
  EXPECT_GE(compared, 4);
}

TEST(OutRowsRun, the_multi_stream_columns_are_those_of_the_most_senders) {
  RunResult result;
  result.subjects.push_back({.id = "t1", .name = "tool", .status = "measured"});
  result.subjects[0].test_case = ResultCase{3, "pktcount", "tcp", "rx"};
  for (const auto& [workload, value] : {std::pair("tcp_stream", 10.0),
                                        {"tcp_stream_4", 20.0},
                                        {"tcp_stream_8", 22.0},
                                        {"udp_stream_16", 5.0}}) {
    ResultComparison row;
    row.subject = "t1";
    row.workload = workload;
    row.metric = "throughput_gbps";
    row.baseline_mean = value * 2;
    row.subject_mean = value;
    result.comparisons.push_back(row);
  }
  const OutRow row = out_rows(result, "run").rows.at(0);
  EXPECT_EQ(row.topic, "pktcount");
  EXPECT_EQ(row.protocol, "tcp");
  EXPECT_EQ(row.of(OutTable::kThroughput)[6], 10);
  EXPECT_EQ(row.of(OutTable::kThroughput)[9], 22);
  EXPECT_EQ(row.of(OutTable::kThroughput)[11], -50);
  EXPECT_EQ(row.of(OutTable::kPps)[6], std::nullopt);
}

// A result of one tool: a mean over two blocks, and windows that say what its least and greatest were.
RunResult result_of_a_tool() {
  RunResult result;
  result.environment = "lab";
  result.subjects.push_back({.id = "t1", .name = "my tool", .environment = "lab", .status = "measured"});
  for (const auto& [workload, metric] :
       {std::pair("tcp_rr", "latency_mean_us"), {"tcp_stream", "throughput_gbps"}}) {
    ResultComparison row;
    row.subject = "t1";
    row.workload = workload;
    row.metric = metric;
    row.baseline_mean = 20;
    row.subject_mean = 30;
    result.comparisons.push_back(row);
  }
  for (const auto& [purpose, least, most] :
       {std::tuple("warmup", 1.0, 999.0), {"timed", 11.0, 70.0}, {"timed", 9.0, 50.0}}) {
    ResultWindow window{.subject = "t1", .workload = "tcp_rr", .purpose = purpose, .valid = true};
    window.metrics = {{"latency_min_us", least}, {"latency_max_us", most}};
    result.windows.push_back(window);
  }
  return result;
}

AnalysedTree raw_tree(const std::string& environment) {
  AnalysedTree raw;
  AnalysedEnvironment of;
  of.name = environment;
  of.baseline = tree_baseline({});
  of.cases.push_back(tree_case("my_tool", 1, {}));
  of.cases[0].key.folder = "my_tool_case_1_any_any_" + hash6("any_any");
  of.cases[0].warnings.push_back({"stream-missing", "x.json", "no file of it"});
  of.cases[0].resources = ResourceTotals();
  of.cases[0].resources->use.samples = 42;
  of.cases[0].resources->log_size_bytes = 2048;
  for (const auto& [workload, sent, without] :
       {std::tuple("tcp_stream", 8.0, 10.0), {"udp_stream", 1.0, 1.0}}) {
    AnalysedWindow window = traffic_window("throughput", "single", sent, sent);
    window.workload = workload;
    window.purpose = "timed";
    of.cases[0].windows.push_back(window);
    window.client.gbps = without;
    of.baseline->windows.push_back(window);
  }
  AnalysedIteration iteration;
  iteration.environments.push_back(of);
  raw.iterations.push_back(iteration);
  raw.files_read = 7;
  return raw;
}

TEST(OutRowsRun, raw_results_fill_what_the_result_does_not_hold) {
  std::vector<Result<AnalysedTree>> raw;
  raw.emplace_back(raw_tree("lab"));
  const Analysis analysis = analysis_of("/runs/x", {{"x", result_of_a_tool()}}, raw);
  const OutRow& row = analysis.iterations[0].rows.at(0);
  EXPECT_EQ(row.of(OutTable::kLatency)[0], 9);
  EXPECT_EQ(row.of(OutTable::kLatency)[1], 30);
  EXPECT_EQ(row.of(OutTable::kLatency)[2], 70);
  const auto& throughput = row.of(OutTable::kThroughput);
  EXPECT_EQ(throughput[0], 8);
  EXPECT_EQ(throughput[1], 10);
  EXPECT_EQ(throughput[2], -20);
  EXPECT_EQ(throughput[6], 30);
  EXPECT_EQ(row.of(OutTable::kResources)[14], 42);
  EXPECT_EQ(row.of(OutTable::kResources)[15], 2048);
  EXPECT_EQ(row.of(OutTable::kResources)[16], 2048);
  ASSERT_EQ(row.warnings.size(), 1u);
  ASSERT_EQ(analysis.warnings.size(), 1u) << "that of the raw results, and none of missing ones";
  EXPECT_EQ(analysis.warnings[0].code, "stream-missing");
  EXPECT_EQ(analysis.files_read, 8);
}

TEST(OutRowsRun, missing_raw_results_are_one_warning) {
  std::vector<Result<AnalysedTree>> raw;
  raw.emplace_back(raw_tree("another environment"));
  raw.emplace_back(fail(ErrorKind::kUsage, "cannot analyse", "x", "there are no results in it"));
  const Analysis analysis = analysis_of(
      "/runs", {{"iteration_001", result_of_a_tool()}, {"iteration_002", result_of_a_tool()}}, raw);
  std::vector<std::string> texts;
  for (const AnalysisWarning& said : analysis.warnings)
    if (said.code == "raw-results-missing") texts.push_back(said.text);
  ASSERT_EQ(texts.size(), 1u);
  EXPECT_THAT(texts[0], testing::HasSubstr("iteration_001, iteration_002: the raw results"));
  EXPECT_THAT(texts[0], testing::HasSubstr("there are no results in it"));
  const OutRow& row = analysis.iterations[0].rows.at(0);
  EXPECT_EQ(row.of(OutTable::kThroughput)[0], std::nullopt);
  EXPECT_EQ(row.of(OutTable::kResources)[14], std::nullopt);
  EXPECT_EQ(row.of(OutTable::kLatency)[2], 70) << "that stands in the result's own windows";
}

// Two subjects of one name in the second iteration only: both iterations tell them by their ids.
TEST(OutRowsRun, names_are_made_unique_in_all_iterations_alike) {
  const RunResult one = result_of_a_tool();
  RunResult two = one;
  two.subjects.push_back(two.subjects[0]);
  two.subjects[1].id = "t2";
  const Analysis analysis = analysis_of("/runs", {{"iteration_001", one}, {"iteration_002", two}});
  EXPECT_EQ(analysis.iterations[0].rows[0].tool_case, "my tool [t1]");
  EXPECT_EQ(analysis.iterations[1].rows[0].tool_case, "my tool [t1]");
  EXPECT_EQ(analysis.iterations[1].rows[1].tool_case, "my tool [t2]");
  EXPECT_THAT(aggregated_csv(analysis.iterations, "my tool", OutTable::kLatency),
              testing::HasSubstr("my tool [t1],N/A,N/A,TCP RR Mean (us),2,2,30.00,"));
}

TEST(OutRowsRun, a_hostile_result_makes_no_markup) {
  const Analysis analysis = analysis_of("/runs/x", {{"run", synthetic_result()}});
  OutFiles files;
  add_analysis_files(analysis, {}, files);
  for (const auto& [path, content] : files.all()) {
    EXPECT_EQ(path.find("<"), std::string::npos) << path;
    if (path.ends_with(".md")) {
      EXPECT_EQ(content.find("<script"), std::string::npos) << path;
      EXPECT_EQ(content.find("<img"), std::string::npos) << path;
    }
  }
}

}  // namespace
}  // namespace bpftax
