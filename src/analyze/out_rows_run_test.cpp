// Tables of a result.json of ours.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "analyze/out_all.h"
#include "analyze/out_table.h"
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
