#include "analyze/out_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "analyze/out_csv.h"
#include "analyze/out_testing.h"
#include "util/strings.h"

namespace bpftax {
namespace {

using ::testing::HasSubstr;

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

TEST(OutTable, headers_are_exactly_those_that_scripts_know) {
  const std::vector<OutIteration> rows = out_rows(tree_of({{50, 60, 10, 9}}));
  const auto header = [&](OutTable table) { return first_line(table_csv(rows[0], "t", table)); };
  EXPECT_EQ(
      header(OutTable::kLatency),
      "Tool Case,Protocol,Direction,TCP RR Min (us),TCP RR Mean (us),TCP RR Max (us),TCP RR Baseline (us),"
      "TCP RR Diff (%),UDP RR Min (us),UDP RR Mean (us),UDP RR Max (us),UDP RR Baseline (us),UDP RR Diff "
      "(%)");
  EXPECT_EQ(
      header(OutTable::kThroughput),
      "Tool Case,Protocol,Direction,Client Single (Gbps),Client Single Baseline (Gbps),Client Single Diff "
      "(%),"
      "Client Multi (Gbps),Client Multi Baseline (Gbps),Client Multi Diff (%),Server Single (Gbps),"
      "Server Single Baseline (Gbps),Server Single Diff (%),Server Multi (Gbps),Server Multi Baseline (Gbps),"
      "Server Multi Diff (%)");
  EXPECT_EQ(
      header(OutTable::kPps),
      "Tool Case,Protocol,Direction,Client Single PPS,Client Single Baseline,Client Single Diff (%),"
      "Client Multi PPS,Client Multi Baseline,Client Multi Diff (%),Server Single PPS,Server Single Baseline,"
      "Server Single Diff (%),Server Multi PPS,Server Multi Baseline,Server Multi Diff (%)");
  EXPECT_EQ(
      header(OutTable::kResources),
      "Tool Case,Protocol,Direction,PPS Single CPU Avg (%),PPS Single CPU Max (%),PPS Single Mem Max (KB),"
      "PPS Multi CPU Avg (%),PPS Multi CPU Max (%),PPS Multi Mem Max (KB),TP Single CPU Avg (%),"
      "TP Single CPU Max (%),TP Single Mem Max (KB),TP Multi CPU Avg (%),TP Multi CPU Max (%),"
      "TP Multi Mem Max (KB),Max RSS (KB),Max VSZ (KB),Total Samples,Log Size (Bytes),Log Size (Human)");
  for (const auto& [table, columns] : {std::pair(OutTable::kLatency, 13u),
                                       {OutTable::kThroughput, 15u},
                                       {OutTable::kPps, 15u},
                                       {OutTable::kResources, 20u}})
    EXPECT_EQ(split(header(table), ',').size(), columns);
}

TEST(OutTable, what_is_not_known_is_never_a_number) {
  EXPECT_EQ(out_text(std::nullopt, OutFormat::kFixed), "N/A");
  EXPECT_EQ(out_text(std::nan(""), OutFormat::kPercent), "N/A");
  EXPECT_EQ(out_text(HUGE_VAL, OutFormat::kWhole), "N/A");
  EXPECT_EQ(difference_percent(1.0, std::nullopt), std::nullopt);
  EXPECT_EQ(difference_percent(std::nullopt, 1.0), std::nullopt);
  EXPECT_EQ(difference_percent(1.0, 0.0), std::nullopt);
}

TEST(OutTable, two_decimals_and_no_small_rate_becomes_zero) {
  EXPECT_EQ(out_text(12.345678, OutFormat::kFixed), "12.35");
  EXPECT_EQ(out_text(-0.001, OutFormat::kPercent), "0.00");
  EXPECT_EQ(out_text(-12.345, OutFormat::kPercent), "-12.35");
  EXPECT_EQ(out_text(17.8249, OutFormat::kRate), "17.82");
  EXPECT_EQ(out_text(0.0042312, OutFormat::kRate), "0.00423");
  EXPECT_EQ(out_text(0.0, OutFormat::kRate), "0.00");
  EXPECT_EQ(out_text(13928, OutFormat::kWhole), "13928");
  EXPECT_EQ(out_text(66312, OutFormat::kHuman), "64.8 KiB");
}

TEST(OutTable, the_difference_is_taken_from_unrounded_values) {
  const auto rows = out_rows(tree_of({{0.004, 0.0044, 10, 9}}));
  EXPECT_THAT(table_csv(rows[0], "t", OutTable::kLatency),
              HasSubstr("0.00,0.00,0.18,0.00,10.00,N/A,N/A,N/A,N/A,N/A"));
}

TEST(OutTable, a_baseline_with_other_streams_or_another_protocol_is_none) {
  AnalysedTree tree = tree_of({{50, 60, 10, 9}});
  AnalysedEnvironment& host = tree.iterations[0].environments[0];
  host.baseline->windows.push_back(traffic_window("throughput", "multi_8", 20, 20));
  host.baseline->windows.push_back(traffic_window("pps", "single", 100, 100, "udp"));
  host.cases[0].windows.push_back(traffic_window("throughput", "multi_4", 18, 17));
  host.cases[0].windows.push_back(traffic_window("pps", "single", 90, 90, "tcp"));
  const auto rows = out_rows(tree);
  const auto& throughput = rows[0].rows[0].of(OutTable::kThroughput);
  EXPECT_EQ(throughput[3], 18);
  EXPECT_EQ(throughput[4], std::nullopt);
  EXPECT_EQ(throughput[5], std::nullopt);
  EXPECT_EQ(rows[0].rows[0].of(OutTable::kPps)[0], 90);
  EXPECT_EQ(rows[0].rows[0].of(OutTable::kPps)[1], std::nullopt);
}

TEST(OutTable, a_case_of_one_environment_is_never_compared_with_the_baseline_of_another) {
  AnalysedTree tree = tree_of({{50, 60, 10, 9}});
  AnalysedEnvironment vm = tree.iterations[0].environments[0];
  vm.name = "vm";
  vm.baseline.reset();
  tree.iterations[0].environments.push_back(vm);
  const auto rows = out_rows(tree);
  ASSERT_EQ(rows[0].rows.size(), 2u);
  EXPECT_EQ(rows[0].rows[0].tool_case, "t_case_1_tcp_rx_9d5e19 (host)");
  EXPECT_EQ(rows[0].rows[1].tool_case, "t_case_1_tcp_rx_9d5e19 (vm)");
  EXPECT_NEAR(rows[0].rows[0].of(OutTable::kLatency)[4].value_or(0), 20, 1e-9);
  EXPECT_EQ(rows[0].rows[1].of(OutTable::kLatency)[1], 60);
  EXPECT_EQ(rows[0].rows[1].of(OutTable::kLatency)[3], std::nullopt);
}

TEST(OutCsv, fields_are_quoted_and_cannot_become_formulas) {
  EXPECT_EQ(csv_text("plain"), "plain");
  EXPECT_EQ(csv_text("a,b"), "\"a,b\"");
  EXPECT_EQ(csv_text("say \"x\""), "\"say \"\"x\"\"\"");
  EXPECT_EQ(csv_text("two\nlines"), "\"two\nlines\"");
  EXPECT_EQ(csv_text("=cmd|' /C calc'!A0"), "'=cmd|' /C calc'!A0");
  EXPECT_EQ(csv_text("@SUM(1,2)"), "\"'@SUM(1,2)\"");
  EXPECT_EQ(csv_text("-1+2"), "'-1+2");
  EXPECT_EQ(csv_text(""), "");
}

TEST(OutCsv, numbers_below_zero_stay_numbers) {
  const auto rows = out_rows(tree_of({{60, 50, 10, 9}}));
  EXPECT_THAT(table_csv(rows[0], "t", OutTable::kLatency), HasSubstr(",-16.67,"));
}

TEST(OutCsv, aggregation_over_iterations) {
  // Means 50, 60, 70: n 3, mean 60, sd 10, interval 60 +- 4.302653*10/sqrt(3).
  AnalysedTree tree = tree_of({{40, 50, 10, 9}, {40, 60, 10, 9}, {40, 70, 10, 9}});
  tree.iterations[2].environments[0].cases[0].windows.pop_back();
  const std::string text = aggregated_csv(out_rows(tree), "t", OutTable::kLatency);
  EXPECT_THAT(text,
              HasSubstr("t_case_1_tcp_rx_9d5e19,tcp,rx,TCP RR Mean (us),3,3,60.00,10.00,35.16,84.84,95\n"));
  EXPECT_THAT(text, HasSubstr("UDP RR Mean (us),3,0,N/A,N/A,N/A,N/A,95\n"));
  const std::string throughput = aggregated_csv(out_rows(tree), "t", OutTable::kThroughput);
  EXPECT_THAT(throughput, HasSubstr("Server Single (Gbps),3,2,9.00,0.00,9.00,9.00,95\n"));
}

// The second iteration has it in "vm" only: it is the same case of the same environment all the same.
TEST(OutCsv, a_case_that_an_iteration_lacks_in_an_environment_stays_one_case) {
  AnalysedTree tree = tree_of({{40, 50, 10, 9}, {40, 60, 10, 9}, {40, 70, 10, 9}});
  for (AnalysedIteration& iteration : tree.iterations) {
    iteration.environments.push_back(iteration.environments[0]);
    iteration.environments[1].name = "vm";
  }
  tree.iterations[1].environments.erase(tree.iterations[1].environments.begin());
  const auto rows = out_rows(tree);
  EXPECT_EQ(rows[1].rows[0].tool_case, "t_case_1_tcp_rx_9d5e19 (vm)");
  const std::string text = aggregated_csv(rows, "t", OutTable::kLatency);
  EXPECT_THAT(text, HasSubstr("t_case_1_tcp_rx_9d5e19 (vm),tcp,rx,TCP RR Mean (us),3,3,60.00,"));
  EXPECT_THAT(text, HasSubstr("t_case_1_tcp_rx_9d5e19 (host),tcp,rx,TCP RR Mean (us),2,2,60.00,"));
  EXPECT_THAT(text, testing::Not(HasSubstr("t_case_1_tcp_rx_9d5e19,")));
}

TEST(OutCsv, an_iteration_without_the_topic_gives_no_file) {
  EXPECT_EQ(table_csv(out_rows(tree_of({{1, 1, 1, 1}}))[0], "another", OutTable::kPps), "");
  EXPECT_EQ(aggregated_csv({}, "t", OutTable::kPps), "");
}

}  // namespace
}  // namespace bpftax
