#include "analyze/out_result.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "analyze/out_csv.h"
#include "analyze/out_testing.h"
#include "util/json.h"
#include "util/strings.h"

namespace bpftax {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const ResultComparison* row_of(const RunResult& result, const std::string& workload,
                               const std::string& metric) {
  for (const ResultComparison& row : result.comparisons)
    if (row.workload == workload && row.metric == metric) return &row;
  return nullptr;
}

bool warns(const RunResult& result, const std::string& code) {
  return std::any_of(result.warnings.begin(), result.warnings.end(),
                     [&](const ResultWarning& warning) { return warning.code == code; });
}

TEST(OutResult, one_iteration_has_a_difference_and_neither_interval_nor_verdict) {
  const RunResult result = run_result_of(tree_of({{50, 60, 10, 9}}));
  EXPECT_EQ(result.source, kSourceTree);
  EXPECT_EQ(result.run_id, "monday");
  ASSERT_EQ(result.subjects.size(), 1u);
  EXPECT_EQ(result.subjects[0].id, "t_case_1_tcp_rx_9d5e19");
  EXPECT_EQ(result.subjects[0].status, "measured");
  EXPECT_EQ(result.subjects[0].test_case->tool_id, "t");
  const ResultComparison* latency = row_of(result, "tcp_rr", "latency_mean_us");
  ASSERT_NE(latency, nullptr);
  EXPECT_EQ(latency->baseline_mean, 50);
  EXPECT_EQ(latency->subject_mean, 60);
  EXPECT_NEAR(*latency->overhead_percent, 20, 1e-9);
  EXPECT_EQ(latency->blocks, 1);
  EXPECT_EQ(latency->ci_low, std::nullopt);
  EXPECT_EQ(latency->p_value, std::nullopt);
  EXPECT_EQ(latency->verdict, Verdict::kInconclusive);
  EXPECT_THAT(latency->verdict_text, HasSubstr("without repetition"));
  EXPECT_NEAR(*latency->measured_added_us, 10, 1e-9);
  // Higher is better: the share lost.
  EXPECT_NEAR(*row_of(result, "tcp_stream", "throughput_gbps")->overhead_percent, 10, 1e-9);
  EXPECT_TRUE(warns(result, "no-repetition"));
  EXPECT_FALSE(warns(result, "writes-not-packets"));
}

TEST(OutResult, several_iterations_give_the_paired_effect_with_its_interval) {
  const RunResult result = run_result_of(tree_of({{50, 60, 10, 9}, {40, 44, 10, 8}, {45, 51, 10, 9}}));
  const ResultComparison* row = row_of(result, "tcp_rr", "latency_mean_us");
  const double d[] = {std::log(60.0 / 50), std::log(44.0 / 40), std::log(51.0 / 45)};
  const double mean = (d[0] + d[1] + d[2]) / 3;
  double squares = 0;
  for (const double value : d) squares += (value - mean) * (value - mean);
  const double half = 4.302652729749 * std::sqrt(squares / 2 / 3);
  EXPECT_EQ(row->blocks, 3);
  EXPECT_NEAR(*row->overhead_percent, 100 * std::expm1(mean), 1e-9);
  EXPECT_NEAR(*row->ci_low, 100 * std::expm1(mean - half), 1e-6);
  EXPECT_NEAR(*row->ci_high, 100 * std::expm1(mean + half), 1e-6);
  EXPECT_THAT(row->baseline_samples, ElementsAre(50, 40, 45));
  EXPECT_THAT(row->subject_samples, ElementsAre(60, 44, 51));
  EXPECT_EQ(row->noise_floor_percent, std::nullopt) << "one baseline an iteration tells nothing of the noise";
  EXPECT_EQ(row->verdict, Verdict::kInconclusive);
  EXPECT_THAT(row->verdict_text, HasSubstr("fewer than 6 are never judged"));
  EXPECT_TRUE(row->p_adjusted.has_value());
  EXPECT_TRUE(warns(result, "not-interleaved"));
}

TEST(OutResult, six_iterations_are_judged) {
  std::vector<PairOfValues> values;
  for (int i = 0; i < 6; ++i)
    values.push_back({50.0 + i, (50.0 + i) * (1.5 + 0.01 * i), 10, 10.0 + 0.01 * (i % 2)});
  const RunResult result = run_result_of(tree_of(values));
  EXPECT_EQ(row_of(result, "tcp_rr", "latency_mean_us")->verdict, Verdict::kOverhead);
  EXPECT_EQ(row_of(result, "tcp_stream", "throughput_gbps")->verdict, Verdict::kInconclusive);
}

TEST(OutResult, iterations_whose_tool_was_dead_are_left_out_and_named) {
  AnalysedTree tree = tree_of({{50, 60, 10, 9}, {50, 55, 10, 9}});
  AnalysedCase& dead = tree.iterations[0].environments[0].cases[0];
  dead.tool = ToolState::kDied;
  dead.tool_evidence = "its monitor holds no sample";
  RunResult result = run_result_of(tree);
  const ResultComparison* row = row_of(result, "tcp_rr", "latency_mean_us");
  EXPECT_EQ(row->blocks, 1);
  EXPECT_EQ(row->subject_mean, 55);
  EXPECT_THAT(row->excluded, ElementsAre(1));
  EXPECT_EQ(result.subjects[0].status, "measured");

  tree.iterations.pop_back();
  result = run_result_of(tree);
  row = row_of(result, "tcp_rr", "latency_mean_us");
  EXPECT_EQ(row->verdict, Verdict::kInvalid);
  EXPECT_EQ(row->overhead_percent, std::nullopt);
  EXPECT_EQ(row->subject_mean, std::nullopt) << "it is a value of the system without the tool";
  EXPECT_THAT(row->verdict_text, HasSubstr("its monitor holds no sample"));
  EXPECT_EQ(result.subjects[0].status, "invalid");
  EXPECT_THAT(result.subjects[0].reason, HasSubstr("its monitor holds no sample"));
  for (const ResultWindow& window : result.windows) EXPECT_EQ(window.valid, window.subject.empty());
}

TEST(OutResult, what_a_dead_tool_used_is_no_use_of_it) {
  AnalysedTree tree = tree_of({{50, 60, 10, 9}, {50, 55, 10, 9}});
  for (size_t i = 0; i < 2; ++i) {
    ResourceTotals totals;
    totals.use.cpu_avg_percent = i == 0 ? 0 : 30;
    totals.use.rss_max_kb = i == 0 ? 9'000 : 5'000;
    totals.log_bytes_per_s = i == 0 ? 0 : 400;
    tree.iterations[i].environments[0].cases[0].resources = totals;
  }
  tree.iterations[0].environments[0].cases[0].tool = ToolState::kDied;
  const ResultSubject subject = run_result_of(tree).subjects[0];
  EXPECT_EQ(subject.process_cpu_percent.avg, 30);
  EXPECT_EQ(subject.process_rss_kb.peak, 5'000);
  EXPECT_EQ(subject.output_bytes_per_s, 400);
}

TEST(OutResult, without_a_baseline_there_is_a_value_and_no_difference) {
  AnalysedTree tree = tree_of({{50, 60, 10, 9}});
  tree.iterations[0].environments[0].baseline.reset();
  const RunResult result = run_result_of(tree);
  const ResultComparison* row = row_of(result, "tcp_rr", "latency_mean_us");
  EXPECT_EQ(row->baseline_mean, std::nullopt);
  EXPECT_EQ(row->subject_mean, 60);
  EXPECT_EQ(row->overhead_percent, std::nullopt);
  EXPECT_EQ(row->verdict, Verdict::kInvalid);
}

TEST(OutResult, pps_of_tcp_is_no_packet_rate) {
  AnalysedTree tree = tree_of({{50, 60, 10, 9}});
  AnalysedEnvironment& host = tree.iterations[0].environments[0];
  host.baseline->windows.push_back(traffic_window("pps", "multi_4", 400, 390));
  host.cases[0].windows.push_back(traffic_window("pps", "multi_4", 300, 290));
  const RunResult result = run_result_of(tree);
  ASSERT_NE(row_of(result, "tcp_pps_4", kWritesPerS), nullptr);
  EXPECT_EQ(row_of(result, "tcp_pps_4", kWritesPerS)->subject_mean, 290) << "what was received";
  EXPECT_EQ(row_of(result, "tcp_pps_4", "packets_per_s"), nullptr);
  EXPECT_TRUE(warns(result, "writes-not-packets"));
  host.cases[0].windows.back() = traffic_window("pps", "multi_4", 300, 290, "udp");
  EXPECT_EQ(row_of(run_result_of(tree), "udp_pps_4", "packets_per_s")->verdict, Verdict::kInvalid)
      << "its baseline was made with TCP";
}

TEST(OutResult, two_environments_with_one_case_are_two_subjects) {
  AnalysedTree tree = tree_of({{50, 60, 10, 9}});
  AnalysedEnvironment vm = tree.iterations[0].environments[0];
  vm.name = "vm";
  vm.baseline->windows[0].latency.mean_us = 100;
  tree.iterations[0].environments.push_back(vm);
  const RunResult result = run_result_of(tree);
  ASSERT_EQ(result.subjects.size(), 2u);
  EXPECT_EQ(result.subjects[0].id, "t_case_1_tcp_rx_9d5e19@host");
  EXPECT_EQ(result.subjects[1].id, "t_case_1_tcp_rx_9d5e19@vm");
  for (const ResultComparison& row : result.comparisons) {
    if (row.metric != "latency_mean_us") continue;
    EXPECT_NEAR(*row.overhead_percent, row.environment == "vm" ? -40 : 20, 1e-9);
  }
}

TEST(OutResult, blocks_of_our_own_trees_pair_with_their_two_baselines) {
  AnalysedTree tree = tree_of({{50, 60, 10, 9}});
  AnalysedEnvironment& host = tree.iterations[0].environments[0];
  host.baseline->windows.clear();
  host.cases[0].windows.clear();
  for (int block = 1; block <= 2; ++block) {
    for (const double value : {40.0, 50.0, 60.0}) {
      AnalysedWindow window = latency_window("tcp_rr", value * block);
      window.workload = "tcp_rr";
      window.purpose = "timed";
      window.status = "success";
      window.block = block;
      window.begin_ns = static_cast<int64_t>(1e18 + 1e9 * value);
      (value == 50 ? host.cases[0].windows : host.baseline->windows).push_back(window);
    }
  }
  AnalysedWindow warmup = host.cases[0].windows[0];
  warmup.purpose = "warmup";
  warmup.block = 0;
  warmup.latency.mean_us = 1000;
  host.cases[0].windows.push_back(warmup);
  const RunResult result = run_result_of(tree);
  const ResultComparison* row = row_of(result, "tcp_rr", "latency_mean_us");
  EXPECT_EQ(row->blocks, 2);
  EXPECT_NEAR(*row->overhead_percent, 100 * (50 / std::sqrt(40.0 * 60) - 1), 1e-9);
  EXPECT_TRUE(row->noise_floor_percent.has_value());
}

TEST(OutResult, it_survives_being_written_and_read) {
  const RunResult result = run_result_of(tree_of({{50, 60, 10, 9}, {50, 61, 10, 9}}));
  const auto again = run_result_from_json(Json::parse(result_document(result)));
  ASSERT_TRUE(again) << to_string(again.error());
  EXPECT_EQ(again->source, kSourceTree);
  EXPECT_EQ(result_document(*again), result_document(result));
}

TEST(OutResult, comparisons_csv_has_every_member_but_the_samples) {
  const RunResult result = run_result_of(tree_of({{50, 60, 10, 9}}));
  const OrderedJson document = to_json(result);
  const std::string text = comparisons_csv(result);
  std::vector<std::string> names;
  for (const auto& [name, value] : document["comparisons"][0].items())
    if (name != "samples") names.push_back(name);
  names.emplace_back("subject_name");
  EXPECT_EQ(text.substr(0, text.find('\n')), join(names, ","));
  EXPECT_THAT(
      text,
      HasSubstr("t_case_1_tcp_rx_9d5e19,host,host,1,tcp_rr,latency_mean_us,us,lower,true,1,50.0,60.0,"));
  EXPECT_THAT(text, HasSubstr(",,,0.95,,")) << "an unknown interval is empty";
  EXPECT_THAT(comparisons_csv(RunResult()), HasSubstr("subject,environment,part,case,workload,metric"));
}

TEST(OutResult, iterations_of_a_run_keep_what_each_found) {
  RunResult one;
  one.subjects.push_back({.id = "t1", .name = "tool", .environment = "host"});
  one.comparisons.push_back({.subject = "t1", .workload = "tcp_rr", .metric = "latency_mean_us"});
  one.comparisons[0].overhead_percent = 5;
  one.windows.push_back({.block = 1, .arm = "t1", .subject = "t1", .workload = "tcp_rr"});
  RunResult two = one;
  two.comparisons[0].overhead_percent = 7;
  const RunResult joined = joined_results({{"iteration_001", one}, {"iteration_002", two}});
  ASSERT_EQ(joined.comparisons.size(), 2u);
  EXPECT_EQ(joined.comparisons[1].subject, "iteration_002/t1");
  EXPECT_EQ(joined.comparisons[1].overhead_percent, 7);
  EXPECT_EQ(joined.windows[0].subject, "iteration_001/t1");
  EXPECT_EQ(joined.subjects[1].name, "tool (iteration_002)");
}

}  // namespace
}  // namespace bpftax
