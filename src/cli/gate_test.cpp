#include "cli/gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bpftax {
namespace {

RunResult with(std::initializer_list<Verdict> verdicts, const char* status = "measured") {
  RunResult result;
  ResultSubject subject;
  subject.status = status;
  result.subjects.push_back(subject);
  for (const Verdict verdict : verdicts) {
    ResultComparison row;
    row.primary = true;
    row.verdict = verdict;
    result.comparisons.push_back(row);
  }
  return result;
}

TEST(ExitCode, IsZeroWithoutAGate) {
  EXPECT_EQ(exit_code_of(with({Verdict::kExceeds}), false), 0);
}

TEST(ExitCode, WithAGateOnlyAllPassesAreSuccess) {
  EXPECT_EQ(exit_code_of(with({Verdict::kPass, Verdict::kPass}), true), 0);
  EXPECT_EQ(exit_code_of(with({Verdict::kPass, Verdict::kInconclusive}), true), 4);
  EXPECT_EQ(exit_code_of(with({Verdict::kPass, Verdict::kOverhead}), true), 4);
  EXPECT_EQ(exit_code_of(with({Verdict::kPass, Verdict::kSaturated}), true), 4);
  EXPECT_EQ(exit_code_of(with({Verdict::kInconclusive, Verdict::kExceeds}), true), 1);
  EXPECT_EQ(exit_code_of(with({Verdict::kInvalid, Verdict::kExceeds}), true), 1);
  EXPECT_EQ(exit_code_of(with({Verdict::kInvalid, Verdict::kPass}), true), 3);
}

TEST(ExitCode, WhatExceedsIsWorseThanWhatWasNotMeasuredAndThatThanWhatIsUndecided) {
  EXPECT_EQ(worse_exit_code(0, 0), 0);
  EXPECT_EQ(worse_exit_code(4, 0), 4);
  EXPECT_EQ(worse_exit_code(3, 4), 3);
  EXPECT_EQ(worse_exit_code(4, 3), 3);
  EXPECT_EQ(worse_exit_code(3, 1), 1);
}

TEST(ExitCode, AToolThatWasNotMeasuredNeverPassesTheGate) {
  EXPECT_EQ(exit_code_of(with({Verdict::kPass}, "failed"), true), 3);
  EXPECT_EQ(exit_code_of(with({}), true), 3);
  RunResult secondary_only = with({Verdict::kPass});
  secondary_only.comparisons[0].primary = false;
  EXPECT_EQ(exit_code_of(secondary_only, true), 3);
}

// One tool, "trace" (of the tool id eth_drop), with one row whose interval is 3 to 5 %, baseline 20 us.
RunResult traced() {
  RunResult result = with({Verdict::kPass});
  ResultSubject& subject = result.subjects[0];
  subject.id = "t1";
  subject.name = "trace";
  subject.kind = "tool";
  subject.klass = "diagnosis";
  subject.test_case = ResultCase{7, "eth_drop", "tcp", "rx"};
  ResultComparison& row = result.comparisons[0];
  row.subject = "t1";
  row.workload = "tcp_rr";
  row.metric = "latency_mean_us";
  row.unit = "us";
  row.better = "lower";
  row.baseline_mean = 20;
  row.overhead_percent = 4;
  row.ci_low = 3;
  row.ci_high = 5;
  row.mde_percent = 1.5;
  row.margin_percent = 6;
  return result;
}

Budgets budgets_of(const std::string& entries) {
  auto budgets = parse_budgets("budgets:\n" + entries, "b.yaml");
  EXPECT_TRUE(budgets) << to_string(budgets.error());
  return std::move(*budgets);
}

GateReport with_limit(const RunResult& result, const std::string& limit) {
  return check_gate(result, budgets_of("  - tool: trace\n    limits: [{" + limit + "}]\n"));
}

TEST(Gate, ABudgetTakesThePlaceOfTheMargin) {
  const RunResult result = traced();
  EXPECT_EQ(check_gate(result).exit_code, 0);
  EXPECT_EQ(with_limit(result, "metric: latency_mean_us, overhead: 5.5").exit_code, 0);
  EXPECT_EQ(with_limit(result, "metric: latency_mean_us, overhead: 4").exit_code, 4);
  const GateReport exceeds = with_limit(result, "metric: latency_mean_us, overhead: 2.5");
  EXPECT_EQ(exceeds.exit_code, 1);
  ASSERT_EQ(exceeds.checks.size(), 1u);
  EXPECT_EQ(exceeds.checks[0].word, "EXCEEDS");
  EXPECT_EQ(exceeds.checks[0].text, "the whole interval lies above the budget of 2.5 %");
  EXPECT_EQ(exceeds.checks[0].budget_file, "b.yaml:3:14");
}

TEST(Gate, ABudgetCanBeWiderThanTheMargin) {
  RunResult result = traced();
  result.comparisons[0].verdict = Verdict::kExceeds;
  EXPECT_EQ(check_gate(result).exit_code, 1);
  EXPECT_EQ(with_limit(result, "metric: latency_mean_us, overhead: 8").exit_code, 0);
}

TEST(Gate, AbsoluteBudgetsAreInTheUnitOfTheMetric) {
  const RunResult result = traced();  // 0.6 to 1.0 us more
  EXPECT_EQ(with_limit(result, "metric: latency_mean_us, added: 1.1").exit_code, 0);
  EXPECT_EQ(with_limit(result, "metric: latency_mean_us, added: 0.8").exit_code, 4);
  const GateReport exceeds = with_limit(result, "metric: latency_mean_us, added: 0.5");
  EXPECT_EQ(exceeds.exit_code, 1);
  EXPECT_NEAR(*exceeds.checks[0].low, 0.6, 1e-12);
  EXPECT_EQ(exceeds.checks[0].unit, "us");
}

TEST(Gate, WhatTheRunCouldNotHaveSeenIsNoPass) {
  RunResult result = traced();
  result.comparisons[0].mde_percent = 7;
  EXPECT_EQ(with_limit(result, "metric: latency_mean_us, overhead: 6").exit_code, 4);
  EXPECT_EQ(with_limit(result, "metric: latency_mean_us, overhead: 8").exit_code, 0);
}

TEST(Gate, InvalidSaturatedAndMissingNumbersAreNoPass) {
  RunResult result = traced();
  result.comparisons[0].verdict = Verdict::kInvalid;
  EXPECT_EQ(with_limit(result, "metric: latency_mean_us, overhead: 8").exit_code, 3);
  result.comparisons[0].verdict = Verdict::kSaturated;
  EXPECT_EQ(with_limit(result, "metric: latency_mean_us, overhead: 8").exit_code, 4);
  EXPECT_EQ(with_limit(result, "metric: latency_mean_us, overhead: 2").exit_code, 1);
  result.comparisons[0].verdict = Verdict::kPass;
  result.comparisons[0].ci_low.reset();
  EXPECT_EQ(with_limit(result, "metric: latency_mean_us, overhead: 8").exit_code, 4);
  EXPECT_EQ(with_limit(traced(), "metric: packets_per_s, overhead: 8").exit_code, 3);
  EXPECT_EQ(with_limit(traced(), "workload: udp_rr, metric: latency_mean_us, overhead: 8").exit_code, 3);
}

TEST(Gate, SecondaryRowsCountWhenTheyHaveABudget) {
  RunResult result = traced();
  ResultComparison p99 = result.comparisons[0];
  p99.metric = "latency_p99_us";
  p99.primary = false;
  p99.verdict = Verdict::kOverhead;
  result.comparisons.push_back(p99);
  EXPECT_EQ(check_gate(result).exit_code, 0);
  EXPECT_EQ(with_limit(result, "metric: latency_p99_us, overhead: 2").exit_code, 1);
}

TEST(Gate, TheLastBudgetThatFitsHolds) {
  const std::string two =
      "  - {tool: '*', class: continuous, limits: [{metric: latency_mean_us, overhead: 1}]}\n"
      "  - {tool: 'eth_*', class: diagnosis, limits: [{metric: latency_mean_us, overhead: 10}]}\n";
  EXPECT_EQ(check_gate(traced(), budgets_of(two)).exit_code, 0);
  const std::string swapped =
      "  - {tool: 'eth_*', class: diagnosis, limits: [{metric: latency_mean_us, overhead: 10}]}\n"
      "  - {tool: '*', class: continuous, limits: [{metric: latency_mean_us, overhead: 1}]}\n";
  EXPECT_EQ(check_gate(traced(), budgets_of(swapped)).exit_code, 1);
}

TEST(Gate, PropertiesOfAToolHaveBudgets) {
  RunResult result = traced();
  ResultSubject& tool = result.subjects[0];
  const auto code = [&](const std::string& budget) {
    return check_gate(result, budgets_of("  - {tool: trace, " + budget + "}\n")).exit_code;
  };
  EXPECT_EQ(code("class: diagnosis"), 0);
  EXPECT_EQ(code("class: continuous"), 1);
  tool.klass = "unknown";
  EXPECT_EQ(code("class: avoid"), 4);
  EXPECT_EQ(code("map_memory: 1MiB"), 3);  // not known
  tool.map_bytes = 1 << 20;
  EXPECT_EQ(code("map_memory: 1MiB"), 0);
  EXPECT_EQ(code("map_memory: 1MB"), 1);
  tool.process_cpu_percent.avg = 3;
  EXPECT_EQ(code("cpu_percent: 3"), 0);
  EXPECT_EQ(code("cpu_percent: 2.9"), 1);
  EXPECT_EQ(code("bpf_cpu_percent: 2.9"), 3);
  tool.bpf_cpu_percent = 1;
  EXPECT_EQ(code("bpf_cpu_percent: 2.9"), 0);
  tool.process_rss_kb.peak = 2048;
  EXPECT_EQ(code("rss: 2MiB"), 0);
  EXPECT_EQ(code("rss: 1MiB"), 1);
  tool.output_bytes_per_s = 500;
  EXPECT_EQ(code("output_per_s: 400B"), 1);
}

TEST(Gate, NotesABudgetForAToolThatIsNotThere) {
  const GateReport report = check_gate(traced(), budgets_of("  - {tool: trac, class: avoid}\n"));
  EXPECT_EQ(report.exit_code, 0);
  EXPECT_THAT(report.notes,
              testing::ElementsAre("b.yaml:2:5: no tool of this result is called trac; there is trace"));
  EXPECT_TRUE(check_gate(traced(), budgets_of("  - {tool: 'xyz*', class: avoid}\n")).notes.empty());
}

TEST(Gate, TheWorstOfSeveralResultsCounts) {
  std::vector<GateReport> reports(2);
  reports[0].exit_code = 4;
  reports[1].exit_code = 0;
  EXPECT_EQ(worst_exit_code(reports), 4);
  reports[1].exit_code = 3;
  EXPECT_EQ(worst_exit_code(reports), 3);
  reports[0].exit_code = 1;
  EXPECT_EQ(worst_exit_code(reports), 1);
  EXPECT_EQ(worst_exit_code({}), 3);
}

}  // namespace
}  // namespace bpftax
