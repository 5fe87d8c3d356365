#include "report/advice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "report/advice_testing.h"

namespace bpftax {
namespace {

using testing::HasSubstr;

std::vector<std::string> codes(const RunResult& result) {
  std::vector<std::string> out;
  for (const ResultWarning& item : advice_for(result, result.subjects[0])) out.push_back(item.code);
  return out;
}

bool advises(const RunResult& result, const std::string& code) {
  const auto all = codes(result);
  return std::find(all.begin(), all.end(), code) != all.end();
}

TEST(Advice, AQuietToolGetsNone) {
  RunResult result = result_of_tool({row_of_tool("latency_mean_us", "lower", 0.1, 1, 2)});
  result.comparisons[0].verdict = Verdict::kPass;
  result.subjects[0].programs = {
      {.name = "count", .runs_per_s = 400'000, .ns_per_run = 30, .cpu_percent = 1.2}};
  result.subjects[0].output_bytes_per_s = 90;
  EXPECT_TRUE(codes(result).empty());
}

TEST(Advice, TimeInTheKernelNamesTheProgramAndItsNumbers) {
  RunResult result = result_of_tool({});
  result.subjects[0].programs = {
      {.name = "small", .runs_per_s = 10, .ns_per_run = 50, .cpu_percent = 0.0},
      {.name = "rx", .attach = "tp:net:x", .runs_per_s = 371'000, .ns_per_run = 712, .cpu_percent = 26.4}};
  const auto all = advice_for(result, result.subjects[0]);
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].code, "in-kernel-time");
  EXPECT_EQ(all[0].text, "rx (tp:net:x) runs 371k times/s at 712 ns: 26.4 % of one CPU.");
  EXPECT_THAT(all[0].advice, HasSubstr("per-CPU map"));
  EXPECT_THAT(all[0].advice, HasSubstr("Filter"));
}

TEST(Advice, CpuIsComputedWhereItWasNotGiven) {
  RunResult result = result_of_tool({});
  result.subjects[0].programs = {{.name = "rx", .runs_per_s = 100'000, .ns_per_run = 1000}};
  EXPECT_TRUE(advises(result, "in-kernel-time"));
}

TEST(Advice, OutputForEveryPacketIsToldFromMuchOutput) {
  RunResult result = result_of_tool({});
  result.subjects[0].output_bytes_per_s = 6'000'000;
  EXPECT_TRUE(advises(result, "output-volume"));
  // A GB is many events: runs for each GB say nothing.
  result.subjects[0].programs = {
      {.name = "rx", .workloads = {{.workload = "tcp_stream", .runs_per_unit = 30'000}}}};
  EXPECT_TRUE(advises(result, "output-volume"));
  result.subjects[0].programs = {
      {.name = "rx", .workloads = {{.workload = "udp_pps", .runs_per_unit = 1.0}}}};
  EXPECT_TRUE(advises(result, "output-per-event"));
  EXPECT_FALSE(advises(result, "output-volume"));
}

TEST(Advice, MapsSpeakForThemselves) {
  RunResult result = result_of_tool({});
  result.subjects[0].maps = {{.name = "printf", .type = "perf_event_array"},
                             {.name = "stacks", .type = "stack_trace", .max_entries = 16384},
                             {.name = "big", .type = "hash", .max_entries = 1'000'000, .bytes = 100 << 20}};
  result.subjects[0].map_bytes = 100 << 20;
  EXPECT_EQ(codes(result), (std::vector<std::string>{"perf-buffer", "stack-traces", "map-memory"}));
  const auto all = advice_for(result, result.subjects[0]);
  EXPECT_EQ(all[0].text, "Its events go through a perf buffer (map printf), 500 to 1000 ns for each.");
  EXPECT_THAT(all[0].advice, HasSubstr("ring buffer shares one buffer"));
  EXPECT_EQ(all[1].text, "It takes stack traces (map stacks, 16384 entries), 500 to 2000 ns for each.");
  EXPECT_THAT(all[2].text, HasSubstr("big (hash, 1000000 entries: 100 MiB)"));
}

TEST(Advice, ARingBufferIsOnlyRecommendedWhereTheKernelHasIt) {
  RunResult result = result_of_tool({});
  result.subjects[0].maps = {{.name = "events", .type = "perf_event_array"}};
  for (const char* old : {"4.19.90-2307.3.0.el7.v97.x86_64", "5.7.0"}) {
    result.server_facts = {{"kernel_release", old}};
    const auto all = advice_for(result, result.subjects[0]);
    EXPECT_THAT(all[0].advice, HasSubstr("has no BPF ring buffer")) << old;
    EXPECT_THAT(all[0].advice, HasSubstr(old));
  }
  for (const char* fit : {"5.10.0-247.0.0.el7", "5.8", "6.18.0-1-amd64", "unreadable"}) {
    result.server_facts = {{"kernel_release", fit}};
    EXPECT_THAT(advice_for(result, result.subjects[0])[0].advice, HasSubstr("ring buffer shares")) << fit;
  }
  // In a campaign the machine of the tool counts.
  result.subjects[0].environment = "vm";
  result.environments = {{.name = "vm",
                          .server_facts = {{"kernel_release", "6.1"}},
                          .tool_facts = {{"kernel_release", "4.19.90"}}}};
  EXPECT_THAT(advice_for(result, result.subjects[0])[0].advice, HasSubstr("(4.19.90) has no"));
}

TEST(Advice, AReaderOnTheTrafficsCpuIsNamed) {
  RunResult result = result_of_tool({}, 3.2);
  result.placement = {{"tcp_rr", {{"server", {1}}, {"client", {1}}, {"subject", {0}}}},
                      {"udp_pps", {{"server", {1}}, {"client", {0}}, {"subject", {0}}}}};
  const auto all = advice_for(result, result.subjects[0]);
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].code, "reader-shares-cpu");
  EXPECT_EQ(
      all[0].text,
      "Its user-space process takes 3.2 % of a CPU and may run on CPU 0, which the traffic of udp_pps uses "
      "too.");
  // One that hardly runs disturbs nobody.
  result.subjects[0].process_cpu_percent.avg = 0.2;
  EXPECT_TRUE(codes(result).empty());
}

TEST(Advice, AnUnpinnedReaderSharesWhereTheTrafficTakesAllCpus) {
  RunResult result = result_of_tool({}, 3.2);
  result.placement = {
      {"tcp_stream", {{"server", {1}}, {"client", {0}}, {"subject", nlohmann::json::array()}}}};
  EXPECT_FALSE(advises(result, "reader-shares-cpu")) << "how many CPUs there are is not known";
  result.server_facts = {{"cpu_count_online", 4}};
  EXPECT_FALSE(advises(result, "reader-shares-cpu"));
  result.server_facts = {{"cpu_count_online", 2}};
  EXPECT_TRUE(advises(result, "reader-shares-cpu"));
  // CPU 1 of the client's machine is not the tool's.
  result.server_facts["hostname"] = "a";
  result.client_facts = {{"hostname", "b"}};
  EXPECT_FALSE(advises(result, "reader-shares-cpu"));
}

TEST(Advice, WhatHandingOutEveryEventTakesIsWorkedOut) {
  RunResult result = result_of_tool({});
  result.subjects[0].output_bytes_per_s = 6'000'000;
  result.subjects[0].programs = {
      {.name = "rx", .runs_per_s = 200'000, .workloads = {{.workload = "udp_pps", .runs_per_unit = 1.0}}}};
  EXPECT_THAT(
      advice_for(result, result.subjects[0])[0].text,
      HasSubstr("At 200k events/s and 500 to 1000 ns for each, handing them out takes 10.0 % to 20.0 % of a "
                "CPU."));
}

TEST(Advice, SingleMeasurementsAreWeakEvidence) {
  RunResult result = result_of_tool(
      {row_of_tool("latency_mean_us", "lower", 0, 4, 0), row_of_tool("packets_per_s", "higher", 1, 2, 3)});
  result.comparisons[0].ci_low.reset();
  result.comparisons[0].ci_high.reset();
  const auto all = advice_for(result, result.subjects[0]);
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].text, "Of its 2 primary metrics, 1 has no interval: measured once.");
}

TEST(Advice, ABusyReaderIsNamed) {
  EXPECT_TRUE(advises(result_of_tool({}, 12), "reader-cpu"));
  EXPECT_FALSE(advises(result_of_tool({}, 2), "reader-cpu"));
  EXPECT_FALSE(advises(result_of_tool({}, std::nullopt), "reader-cpu"));
}

TEST(Advice, ARestThatIsMostOfTheCostPointsOutsideThePrograms) {
  ResultComparison c = row_of_tool("latency_mean_us", "lower", 1, 2, 3);
  c.verdict = Verdict::kPass;
  c.measured_added_us = 4.0;
  c.measured_added_low = 3.5;
  c.measured_added_high = 4.5;
  c.attributed_added_us = 1.0;
  EXPECT_TRUE(advises(result_of_tool({c}), "residual"));
  c.attributed_added_us = 3.0;  // explains most of it
  EXPECT_FALSE(advises(result_of_tool({c}), "residual"));
  c.attributed_added_us = 1.0;
  c.measured_added_low = 0.5;  // the interval reaches what is explained
  EXPECT_FALSE(advises(result_of_tool({c}), "residual"));
}

TEST(Advice, LeftoversAndSkippedRunsAreNamed) {
  RunResult result = result_of_tool({});
  result.subjects[0].left_behind = {"map 3 (a)", "program 4 (b)"};
  result.subjects[0].programs = {{.name = "rx", .recursion_misses = 12}};
  EXPECT_EQ(codes(result), (std::vector<std::string>{"recursion-misses", "left-behind"}));
  EXPECT_THAT(advice_for(result, result.subjects[0])[1].text, HasSubstr("map 3 (a) and 1 more"));
}

TEST(Advice, WeakEvidenceSaysHowManyBlocksWouldDo) {
  RunResult result = result_of_tool({row_of_tool("latency_mean_us", "lower", -1, 4, 9)});
  result.comparisons[0].verdict = Verdict::kInconclusive;
  const auto all = advice_for(result, result.subjects[0]);
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].text, "Of its 1 primary metric, 1 is not decided.");
  EXPECT_THAT(all[0].advice, HasSubstr("--blocks 6..18"));
  result.comparisons[0].blocks_needed.reset();
  EXPECT_THAT(advice_for(result, result.subjects[0])[0].advice, HasSubstr("may not decide"));
}

TEST(Classify, TellsTheDesignToo) {
  RunResult result = result_of_tool({row_of_tool("latency_mean_us", "lower", 1, 3, 5)});
  result.subjects[0].programs = {{.name = "rx", .runs_per_s = 100'000}};
  result.subjects[0].output_bytes_per_s = 100;
  classify(result);
  EXPECT_EQ(result.subjects[0].design.klass, "summary");
  EXPECT_EQ(result.subjects[0].design.source, "evidence");
}

TEST(Classify, FillsEverySubjectAndChangesNothingTheSecondTime) {
  RunResult result = result_of_tool({row_of_tool("latency_mean_us", "lower", 1, 3, 5)});
  classify(result);
  EXPECT_EQ(result.subjects[0].klass, "continuous");
  EXPECT_FALSE(result.subjects[0].class_reason.empty());
  const std::string once = result_document(result);
  classify(result);
  EXPECT_EQ(result_document(result), once);
}

}  // namespace
}  // namespace bpftax
