#include "report/advice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace bpftax {
namespace {

using testing::HasSubstr;

ResultComparison row(const std::string& metric, const std::string& better, double low, double overhead,
                     double high) {
  ResultComparison c;
  c.subject = "t1";
  c.workload = better == "lower" ? "tcp_rr" : "udp_pps";
  c.metric = metric;
  c.better = better;
  c.primary = true;
  c.overhead_percent = overhead;
  c.ci_low = low;
  c.ci_high = high;
  c.verdict = Verdict::kOverhead;
  c.blocks_needed = 18;
  return c;
}

RunResult tool_with(std::vector<ResultComparison> rows, std::optional<double> user_cpu = 0.1) {
  RunResult result;
  ResultSubject subject;
  subject.id = "t1";
  subject.name = "tool";
  subject.kind = "tool";
  subject.status = "measured";
  subject.process_cpu_percent.avg = user_cpu;
  result.subjects = {subject};
  result.comparisons = std::move(rows);
  return result;
}

std::string class_with(std::vector<ResultComparison> rows, std::optional<double> user_cpu = 0.1) {
  const RunResult result = tool_with(std::move(rows), user_cpu);
  return class_of_use(result, result.subjects[0]).name;
}

std::vector<std::string> codes(const RunResult& result) {
  std::vector<std::string> out;
  for (const ResultWarning& item : advice_for(result, result.subjects[0])) out.push_back(item.code);
  return out;
}

bool advises(const RunResult& result, const std::string& code) {
  const auto all = codes(result);
  return std::find(all.begin(), all.end(), code) != all.end();
}

TEST(ClassOfUse, LatencyDecidesByItsIncrease) {
  EXPECT_EQ(class_with({row("latency_mean_us", "lower", 1, 3, 5)}), "continuous");
  EXPECT_EQ(class_with({row("latency_mean_us", "lower", 18, 20, 22)}), "diagnosis");
  EXPECT_EQ(class_with({row("latency_mean_us", "lower", 190, 200, 210)}), "short-term");
  EXPECT_EQ(class_with({row("latency_mean_us", "lower", 300, 320, 340)}), "avoid");
}

TEST(ClassOfUse, ThroughputDecidesByTheShareLost) {
  EXPECT_EQ(class_with({row("packets_per_s", "higher", 8, 9, 9.9)}), "continuous");
  EXPECT_EQ(class_with({row("packets_per_s", "higher", 11, 12, 13)}), "diagnosis");
  EXPECT_EQ(class_with({row("packets_per_s", "higher", 50, 52, 54)}), "short-term");
  EXPECT_EQ(class_with({row("packets_per_s", "higher", 60, 62, 64)}), "avoid");
}

TEST(ClassOfUse, UserSpaceCpuDecidesWhereTheTrafficDoesNotSuffer) {
  const ResultComparison harmless = row("latency_mean_us", "lower", -1, 0, 1);
  EXPECT_EQ(class_with({harmless}, 0.5), "continuous");
  EXPECT_EQ(class_with({harmless}, 4), "diagnosis");
  EXPECT_EQ(class_with({harmless}, 15), "short-term");
  EXPECT_EQ(class_with({harmless}, 60), "avoid");
}

TEST(ClassOfUse, TheWorstEvidenceDecidesAndTheReasonNamesIt) {
  const RunResult result =
      tool_with({row("latency_mean_us", "lower", 1, 2, 3), row("packets_per_s", "higher", 42, 43.9, 45)});
  const ClassOfUse use = class_of_use(result, result.subjects[0]);
  EXPECT_EQ(use.name, "short-term");
  EXPECT_EQ(use.reason,
            "+43.9 % on udp_pps packets/s: in the band \"only briefly\" (share lost 30 to 60 %).");
}

TEST(ClassOfUse, SaysWhenAnIntervalReachesIntoAWorseClass) {
  const RunResult result = tool_with({row("latency_mean_us", "lower", 5, 15, 26)});
  const ClassOfUse use = class_of_use(result, result.subjects[0]);
  EXPECT_EQ(use.name, "continuous");
  EXPECT_THAT(use.reason,
              HasSubstr("It may be worse: +15.0 % on tcp_rr mean latency reaches up to +26.0 %."));
}

TEST(ClassOfUse, IsUnknownWhenTheIntervalsAllowTooMuch) {
  const RunResult result = tool_with({row("latency_mean_us", "lower", 5, 60, 150)});
  const ClassOfUse use = class_of_use(result, result.subjects[0]);
  EXPECT_EQ(use.name, "unknown");
  EXPECT_THAT(use.reason, HasSubstr("from \"continuous\" to \"short-term\""));
}

TEST(ClassOfUse, IsUnknownWithoutAMeasurement) {
  RunResult result = tool_with({});
  EXPECT_EQ(class_of_use(result, result.subjects[0]).name, "unknown");
  result = tool_with({row("latency_mean_us", "lower", 1, 2, 3)});
  result.comparisons[0].verdict = Verdict::kInvalid;
  EXPECT_EQ(class_of_use(result, result.subjects[0]).name, "unknown");
  result = tool_with({row("latency_mean_us", "lower", 1, 2, 3)});
  result.subjects[0].status = "failed";
  result.subjects[0].reason = "it ended";
  EXPECT_EQ(class_of_use(result, result.subjects[0]).reason, "It was not measured: it ended.");
}

TEST(ClassOfUse, TrafficAtItsCeilingIsNoEvidenceOfHarmlessness) {
  ResultComparison saturated = row("packets_per_s", "higher", -0.1, 0, 0.1);
  saturated.verdict = Verdict::kSaturated;
  EXPECT_EQ(class_with({saturated}), "unknown");
}

TEST(ClassOfUse, AnUnknownUserSpaceCpuIsNotTakenAsZero) {
  const RunResult result = tool_with({row("latency_mean_us", "lower", 1, 2, 3)}, std::nullopt);
  EXPECT_THAT(class_of_use(result, result.subjects[0]).reason, HasSubstr("user-space CPU unknown"));
}

TEST(Advice, AQuietToolGetsNone) {
  RunResult result = tool_with({row("latency_mean_us", "lower", 0.1, 1, 2)});
  result.comparisons[0].verdict = Verdict::kPass;
  result.subjects[0].programs = {
      {.name = "count", .runs_per_s = 400'000, .ns_per_run = 30, .cpu_percent = 1.2}};
  result.subjects[0].output_bytes_per_s = 90;
  EXPECT_TRUE(codes(result).empty());
}

TEST(Advice, TimeInTheKernelNamesTheProgramAndItsNumbers) {
  RunResult result = tool_with({});
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
  RunResult result = tool_with({});
  result.subjects[0].programs = {{.name = "rx", .runs_per_s = 100'000, .ns_per_run = 1000}};
  EXPECT_TRUE(advises(result, "in-kernel-time"));
}

TEST(Advice, OutputForEveryPacketIsToldFromMuchOutput) {
  RunResult result = tool_with({});
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
  RunResult result = tool_with({});
  result.subjects[0].maps = {{.name = "printf", .type = "perf_event_array"},
                             {.name = "stacks", .type = "stack_trace"},
                             {.name = "big", .type = "hash", .max_entries = 1'000'000, .bytes = 100 << 20}};
  result.subjects[0].map_bytes = 100 << 20;
  EXPECT_EQ(codes(result), (std::vector<std::string>{"perf-buffer", "stack-traces", "map-memory"}));
  EXPECT_THAT(advice_for(result, result.subjects[0])[2].text,
              HasSubstr("big (hash, 1000000 entries: 100 MiB)"));
}

TEST(Advice, ABusyReaderIsNamed) {
  EXPECT_TRUE(advises(tool_with({}, 12), "reader-cpu"));
  EXPECT_FALSE(advises(tool_with({}, 2), "reader-cpu"));
  EXPECT_FALSE(advises(tool_with({}, std::nullopt), "reader-cpu"));
}

TEST(Advice, ARestThatIsMostOfTheCostPointsOutsideThePrograms) {
  ResultComparison c = row("latency_mean_us", "lower", 1, 2, 3);
  c.verdict = Verdict::kPass;
  c.measured_added_us = 4.0;
  c.measured_added_low = 3.5;
  c.measured_added_high = 4.5;
  c.attributed_added_us = 1.0;
  EXPECT_TRUE(advises(tool_with({c}), "residual"));
  c.attributed_added_us = 3.0;  // explains most of it
  EXPECT_FALSE(advises(tool_with({c}), "residual"));
  c.attributed_added_us = 1.0;
  c.measured_added_low = 0.5;  // the interval reaches what is explained
  EXPECT_FALSE(advises(tool_with({c}), "residual"));
}

TEST(Advice, LeftoversAndSkippedRunsAreNamed) {
  RunResult result = tool_with({});
  result.subjects[0].left_behind = {"map 3 (a)", "program 4 (b)"};
  result.subjects[0].programs = {{.name = "rx", .recursion_misses = 12}};
  EXPECT_EQ(codes(result), (std::vector<std::string>{"recursion-misses", "left-behind"}));
  EXPECT_THAT(advice_for(result, result.subjects[0])[1].text, HasSubstr("map 3 (a) and 1 more"));
}

TEST(Advice, WeakEvidenceSaysHowManyBlocksWouldDo) {
  RunResult result = tool_with({row("latency_mean_us", "lower", -1, 4, 9)});
  result.comparisons[0].verdict = Verdict::kInconclusive;
  const auto all = advice_for(result, result.subjects[0]);
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].text, "Of its 1 primary metric, 1 is not decided.");
  EXPECT_THAT(all[0].advice, HasSubstr("--blocks 6..18"));
  result.comparisons[0].blocks_needed.reset();
  EXPECT_THAT(advice_for(result, result.subjects[0])[0].advice, HasSubstr("may not decide"));
}

TEST(Classify, FillsEverySubjectAndChangesNothingTheSecondTime) {
  RunResult result = tool_with({row("latency_mean_us", "lower", 1, 3, 5)});
  classify(result);
  EXPECT_EQ(result.subjects[0].klass, "continuous");
  EXPECT_FALSE(result.subjects[0].class_reason.empty());
  const std::string once = result_document(result);
  classify(result);
  EXPECT_EQ(result_document(result), once);
}

}  // namespace
}  // namespace bpftax
