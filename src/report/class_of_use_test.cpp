#include "report/class_of_use.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "report/advice_testing.h"

namespace bpftax {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

std::string class_with(std::vector<ResultComparison> rows, std::optional<double> user_cpu = 0.1) {
  const RunResult result = result_of_tool(std::move(rows), user_cpu);
  return class_of_use(result, result.subjects[0]).name;
}

TEST(ClassOfUse, LatencyDecidesByItsIncrease) {
  EXPECT_EQ(class_with({row_of_tool("latency_mean_us", "lower", 1, 3, 5)}), "continuous");
  EXPECT_EQ(class_with({row_of_tool("latency_mean_us", "lower", 18, 20, 22)}), "diagnosis");
  EXPECT_EQ(class_with({row_of_tool("latency_mean_us", "lower", 190, 200, 210)}), "short-term");
  EXPECT_EQ(class_with({row_of_tool("latency_mean_us", "lower", 300, 320, 340)}), "avoid");
}

TEST(ClassOfUse, ThroughputDecidesByTheShareLost) {
  EXPECT_EQ(class_with({row_of_tool("packets_per_s", "higher", 13, 14, 14.9)}), "continuous");
  EXPECT_EQ(class_with({row_of_tool("packets_per_s", "higher", 15, 16, 17)}), "diagnosis");
  EXPECT_EQ(class_with({row_of_tool("packets_per_s", "higher", 50, 52, 54)}), "short-term");
  EXPECT_EQ(class_with({row_of_tool("packets_per_s", "higher", 60, 62, 64)}), "avoid");
}

TEST(ClassOfUse, UserSpaceCpuDecidesWhereTheTrafficDoesNotSuffer) {
  const ResultComparison harmless = row_of_tool("latency_mean_us", "lower", -1, 0, 1);
  EXPECT_EQ(class_with({harmless}, 4.9), "continuous");
  EXPECT_EQ(class_with({harmless}, 5), "diagnosis");
  EXPECT_EQ(class_with({harmless}, 15), "short-term");
  EXPECT_EQ(class_with({harmless}, 60), "avoid");
}

TEST(ClassOfUse, TheWorstEvidenceDecidesAndTheReasonNamesIt) {
  const RunResult result = result_of_tool({row_of_tool("latency_mean_us", "lower", 1, 2, 3),
                                           row_of_tool("packets_per_s", "higher", 42, 43.9, 45)});
  const ClassOfUse use = class_of_use(result, result.subjects[0]);
  EXPECT_EQ(use.name, "short-term");
  EXPECT_EQ(use.reason,
            "+43.9 % on udp_pps packets/s: in the band \"only briefly\" (share lost 40 to 60 %).");
}

TEST(ClassOfUse, SaysWhenAnIntervalReachesIntoAWorseClass) {
  const RunResult result = result_of_tool({row_of_tool("latency_mean_us", "lower", 5, 15, 26)});
  const ClassOfUse use = class_of_use(result, result.subjects[0]);
  EXPECT_EQ(use.name, "continuous");
  EXPECT_THAT(use.reason,
              HasSubstr("It may be worse: +15.0 % on tcp_rr mean latency reaches up to +26.0 %."));
}

TEST(ClassOfUse, IsUnknownWhenTheIntervalsAllowTooMuch) {
  const RunResult result = result_of_tool({row_of_tool("latency_mean_us", "lower", 5, 60, 150)});
  const ClassOfUse use = class_of_use(result, result.subjects[0]);
  EXPECT_EQ(use.name, "unknown");
  EXPECT_THAT(use.reason, HasSubstr("from \"continuous\" to \"short-term\""));
}

TEST(ClassOfUse, IsUnknownWithoutAMeasurement) {
  RunResult result = result_of_tool({});
  EXPECT_EQ(class_of_use(result, result.subjects[0]).name, "unknown");
  result = result_of_tool({row_of_tool("latency_mean_us", "lower", 1, 2, 3)});
  result.comparisons[0].verdict = Verdict::kInvalid;
  EXPECT_EQ(class_of_use(result, result.subjects[0]).name, "unknown");
  result = result_of_tool({row_of_tool("latency_mean_us", "lower", 1, 2, 3)});
  result.subjects[0].status = "failed";
  result.subjects[0].reason = "it ended";
  EXPECT_EQ(class_of_use(result, result.subjects[0]).reason, "It was not measured: it ended.");
}

TEST(ClassOfUse, TrafficAtItsCeilingIsNoEvidenceOfHarmlessness) {
  ResultComparison saturated = row_of_tool("packets_per_s", "higher", -0.1, 0, 0.1);
  saturated.verdict = Verdict::kSaturated;
  EXPECT_EQ(class_with({saturated}), "unknown");
}

TEST(ClassOfUse, AnUnknownUserSpaceCpuIsNotTakenAsZero) {
  const RunResult result = result_of_tool({row_of_tool("latency_mean_us", "lower", 1, 2, 3)}, std::nullopt);
  EXPECT_THAT(class_of_use(result, result.subjects[0]).reason, HasSubstr("user-space CPU unknown"));
}

TEST(ClassOfUse, SaysWhenNothingWasRepeated) {
  RunResult result = result_of_tool({row_of_tool("latency_mean_us", "lower", 0, 3, 0)});
  result.comparisons[0].ci_low.reset();
  result.comparisons[0].ci_high.reset();
  const ClassOfUse use = class_of_use(result, result.subjects[0]);
  EXPECT_EQ(use.name, "continuous");
  EXPECT_THAT(use.reason, EndsWith("No interval is known: how much of this is chance cannot be told."));
}

TEST(ClassFrom, CpuAloneIsNoEvidenceOfHarmlessness) {
  EXPECT_EQ(class_from({}).name, "unknown");
  EXPECT_EQ(class_from({{UseEvidence::Kind::kUserSpaceCpu, 0.1, {}, {}, "0.1 % of a CPU"}}).name, "unknown");
}

TEST(ClassFrom, TheRankOrdersTheClasses) {
  EXPECT_LT(*use_rank("continuous"), *use_rank("diagnosis"));
  EXPECT_LT(*use_rank("diagnosis"), *use_rank("short-term"));
  EXPECT_LT(*use_rank("short-term"), *use_rank("avoid"));
  EXPECT_FALSE(use_rank("unknown"));
}

}  // namespace
}  // namespace bpftax
