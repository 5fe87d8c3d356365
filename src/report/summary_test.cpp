#include "report/summary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "report/testdata.h"

namespace bpftax {
namespace {

using testing::HasSubstr;
using testing::Not;

ResultComparison row(const std::string& subject, Verdict verdict, double overhead) {
  ResultComparison c;
  c.subject = subject;
  c.workload = "tcp_rr";
  c.metric = "latency_mean_us";
  c.unit = "us";
  c.better = "lower";
  c.primary = true;
  c.overhead_percent = overhead;
  c.ci_low = overhead - 1;
  c.ci_high = overhead + 1;
  c.margin_percent = 5;
  c.verdict = verdict;
  return c;
}

RunResult one_tool(std::vector<ResultComparison> rows) {
  RunResult result;
  ResultSubject subject;
  subject.id = "t1";
  subject.name = "tool";
  subject.kind = "tool";
  subject.status = "measured";
  result.subjects = {subject};
  result.comparisons = std::move(rows);
  return result;
}

TEST(OverallVerdict, IsTheWorstOfThePrimaryRows) {
  RunResult result = one_tool({row("t1", Verdict::kPass, 1), row("t1", Verdict::kOverhead, 6)});
  EXPECT_EQ(overall_verdict(result, result.subjects[0]), Verdict::kOverhead);
  result.comparisons.push_back(row("t1", Verdict::kExceeds, 20));
  EXPECT_EQ(overall_verdict(result, result.subjects[0]), Verdict::kExceeds);
  result.comparisons[2].primary = false;
  EXPECT_EQ(overall_verdict(result, result.subjects[0]), Verdict::kOverhead);
}

TEST(OverallVerdict, OfASubjectThatWasNotMeasuredIsInvalid) {
  RunResult result = one_tool({row("t1", Verdict::kPass, 1)});
  result.subjects[0].status = "failed";
  EXPECT_EQ(overall_verdict(result, result.subjects[0]), Verdict::kInvalid);
  result.subjects[0].status = "measured";
  result.comparisons.clear();
  EXPECT_EQ(overall_verdict(result, result.subjects[0]), Verdict::kInvalid);
}

TEST(Headline, OfOneToolNamesTheEffectThatDecides) {
  const RunResult result = one_tool(
      {row("t1", Verdict::kExceeds, 18.2), row("t1", Verdict::kExceeds, 23.4), row("t1", Verdict::kPass, 1)});
  EXPECT_EQ(headline(result).title,
            "tool costs more than the margin allows: +23.4 % on tcp_rr mean latency (95 % interval +22.4 to "
            "+24.4 %)");
}

TEST(Headline, OfAToolThatPassesNamesItsLargestEffect) {
  const RunResult result = one_tool({row("t1", Verdict::kPass, 1), row("t1", Verdict::kPass, 2)});
  EXPECT_THAT(headline(result).title, HasSubstr("stays within every margin: at most +2.0 %"));
}

TEST(Headline, OfAToolThatFailedSaysWhy) {
  RunResult result = one_tool({});
  result.subjects[0].status = "failed";
  result.subjects[0].reason = "no eBPF program appeared within 60 s";
  EXPECT_EQ(headline(result).title, "tool could not be measured: no eBPF program appeared within 60 s");
}

TEST(Headline, OfSeveralToolsCountsThem) {
  EXPECT_EQ(
      headline(synthetic_result()).title,
      "Of 4 tools, 1 stays within every margin, 1 exceeds one, 1 has an overhead that may and 1 could not be "
      "measured");
}

TEST(Headline, OfAnIntermediateResultSaysSo) {
  RunResult result = synthetic_result();
  result.complete = false;
  EXPECT_THAT(headline(result).sentences.back(), HasSubstr("intermediate"));
  EXPECT_EQ(headline(RunResult{}).title, "Nothing was measured");
}

TEST(SubjectName, TellsTwoOfTheSameNameApart) {
  RunResult result = one_tool({});
  result.subjects.push_back(result.subjects[0]);
  result.subjects[1].id = "t2";
  EXPECT_EQ(subject_name(result, "t1"), "tool (t1)");
  EXPECT_EQ(subject_name(result, "t2"), "tool (t2)");
  EXPECT_EQ(subject_name(result, ""), "baseline");
  EXPECT_EQ(subject_name(result, "t9"), "t9");
}

TEST(Attributions, TheRestIsWhatTheProgramsDoNotExplain) {
  RunResult result = one_tool({row("t1", Verdict::kExceeds, 18)});
  result.comparisons[0].measured_added_us = 2.5;
  result.comparisons[0].measured_added_low = 2.0;
  EXPECT_TRUE(attributions(result, "t1").empty());  // nothing attributed
  result.comparisons[0].attributed_added_us = 3.0;
  const auto rows = attributions(result, "t1");
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_DOUBLE_EQ(rows[0].residual_us, -0.5);  // negative is kept
  EXPECT_DOUBLE_EQ(*rows[0].residual_low, -1.0);
  EXPECT_FALSE(rows[0].residual_high);
}

TEST(ConditionRows, AreMeansOverValidTimedWindowsOnly) {
  RunResult result = one_tool({});
  const auto window = [](std::string subject, bool valid, std::string purpose, double idle) {
    ResultWindow w;
    w.workload = "tcp_rr";
    w.subject = std::move(subject);
    w.valid = valid;
    w.purpose = std::move(purpose);
    w.conditions = {{"idle_percent", idle}};
    return w;
  };
  result.windows = {window("", true, "timed", 40), window("", true, "timed", 50),
                    window("", false, "timed", 0), window("", true, "warmup", 99),
                    window("t1", true, "timed", 20)};
  const auto rows = condition_rows(result);
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].subject, "");
  EXPECT_EQ(rows[0].windows, 2);
  EXPECT_DOUBLE_EQ(rows[0].mean.at("idle_percent"), 45);
  EXPECT_DOUBLE_EQ(rows[1].mean.at("idle_percent"), 20);
}

TEST(HostRows, SayUnknownWhereTheMachineDoesNot) {
  const auto rows =
      host_rows({{"kernel_release", "6.18"}, {"cpufreq_governor", nullptr}, {"something_new", true}});
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[0], std::make_pair(std::string("Kernel"), std::string("6.18")));
  EXPECT_EQ(rows[1].second, "unknown");
  EXPECT_EQ(rows[2], std::make_pair(std::string("Something new"), std::string("yes")));
  EXPECT_TRUE(host_rows(nullptr).empty());
}

TEST(ReproduceCommand, CarriesTheSeedAndQuotesEverything) {
  const std::string command = reproduce_command(synthetic_result());
  EXPECT_THAT(command, HasSubstr("--seed 4242424242"));
  EXPECT_THAT(command, HasSubstr("--workloads tcp_stream,tcp_rr,udp_rr,udp_pps,udp_pps_4"));
  EXPECT_THAT(command, HasSubstr("--blocks 6..12"));
  EXPECT_THAT(command, HasSubstr("--sham"));
  EXPECT_THAT(command, HasSubstr("--tool '</script><script>alert(1)</script>="));
  EXPECT_THAT(command, Not(HasSubstr("--margin")));
}

TEST(ReproduceCommand, PrefersWhatWasTyped) {
  RunResult result = synthetic_result();
  result.command_line = "bpftax measure --quick -- ./tool";
  EXPECT_EQ(reproduce_command(result), "bpftax measure --seed 4242424242 --quick -- ./tool");
  result.command_line = "bpftax measure --seed 7 -- ./tool";
  EXPECT_EQ(reproduce_command(result), "bpftax measure --seed 7 -- ./tool");
}

TEST(ReproduceCommand, LeavesOutTheFolderThatIsTaken) {
  RunResult result = synthetic_result();
  result.command_line =
      R"(bpftax measure --seed 7 --out '/my run'\''s' --tool 'a=b --out c' -- ./tool --out d)";
  EXPECT_EQ(reproduce_command(result), "bpftax measure --seed 7 --tool 'a=b --out c' -- ./tool --out d");
  result.command_line = "bpftax run w.json --seed 7 --out=runs/a";
  EXPECT_EQ(reproduce_command(result), "bpftax run w.json --seed 7");
}

TEST(ReproduceCommand, NamesMarginsThatAreNotTheDefault) {
  RunResult result = one_tool({row("t1", Verdict::kPass, 1)});
  EXPECT_THAT(reproduce_command(result), Not(HasSubstr("--margin")));
  result.comparisons[0].margin_percent = 8;
  EXPECT_THAT(reproduce_command(result), HasSubstr("--margin latency_mean_us=8"));
}

}  // namespace
}  // namespace bpftax
