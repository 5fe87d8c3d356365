#include "report/class_design.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bpftax {
namespace {

using testing::HasSubstr;

// A tool whose one program runs for every packet, 100,000 times a second.
ResultSubject per_packet_tool(double output_bytes_per_s, std::vector<ResultMap> maps = {}) {
  ResultSubject subject;
  subject.id = "t1";
  subject.command = "./tool --interval 1";
  subject.kind = "tool";
  subject.status = "measured";
  subject.programs = {{.name = "rx",
                       .runs_per_s = 100'000,
                       .ns_per_run = 100,
                       .workloads = {{.workload = "udp_pps", .runs_per_unit = 1}}}};
  subject.maps = std::move(maps);
  subject.output_bytes_per_s = output_bytes_per_s;
  return subject;
}

const ResultMap kRing{.name = "events", .type = "ringbuf"};
const ResultMap kHash{.name = "starts", .type = "hash"};

TEST(Design, TheRegistryHasTheLastWord) {
  ResultSubject subject = per_packet_tool(6'000'000);
  subject.design = {"summary", "registry", "Its entry in the tool registry says so."};
  EXPECT_EQ(design_of(subject).klass, "summary");
}

TEST(Design, ARecordForEveryRunIsDetails) {
  const ResultDesign design = design_of(per_packet_tool(6'000'000, {kRing}));
  EXPECT_EQ(design.klass, "details");
  EXPECT_EQ(design.source, "evidence");
  EXPECT_EQ(
      design.reason,
      "It reports what it sees: its programs run 1.0 times for each packet, and it writes 60 bytes for each "
      "run.");
  // Printed through the trace pipe: no buffer of its own.
  EXPECT_EQ(design_of(per_packet_tool(6'000'000)).klass, "details");
}

TEST(Design, LittleOutputWithoutABufferForEventsIsASummary) {
  EXPECT_EQ(design_of(per_packet_tool(90, {kHash})).klass, "summary");
}

TEST(Design, LittleOutputWithABufferIsAFilterThatWorks) {
  const ResultDesign design = design_of(per_packet_tool(900, {kHash, kRing}));
  EXPECT_EQ(design.klass, "details-filtered");
  EXPECT_THAT(design.reason, HasSubstr("map events, ringbuf"));
}

TEST(Design, ARareHookThatReportsEachOfItsEventsIsDetails) {
  ResultSubject subject = per_packet_tool(12'000, {kRing});
  subject.programs[0].runs_per_s = 200;
  subject.programs[0].workloads[0].runs_per_unit = 0.002;
  EXPECT_EQ(design_of(subject).klass, "details");
  // Without a buffer these are its sums.
  subject.maps = {kHash};
  EXPECT_EQ(design_of(subject).klass, "summary");
}

TEST(Design, BpftraceAlwaysHasABufferAndThenItProvesNothing) {
  ResultSubject subject = per_packet_tool(90, {kRing});
  subject.command = "/usr/bin/bpftrace -e 'kprobe:f { @ = count(); }'";
  EXPECT_EQ(design_of(subject).klass, "unknown");
  EXPECT_EQ(design_of(subject).source, "none");
  EXPECT_THAT(design_of(subject).reason, HasSubstr("`class:`"));
  // An event for every packet it does prove.
  subject.output_bytes_per_s = 6'000'000;
  EXPECT_EQ(design_of(subject).klass, "details");
}

TEST(Design, IsUnknownWithoutEvidence) {
  ResultSubject subject = per_packet_tool(90);
  subject.output_bytes_per_s.reset();
  EXPECT_EQ(design_of(subject).klass, "unknown");
  subject = per_packet_tool(90);
  subject.programs[0].runs_per_s = 2;
  EXPECT_THAT(design_of(subject).reason, HasSubstr("too seldom"));
  subject.programs.clear();
  EXPECT_EQ(design_of(subject).reason, "Nothing is known of its programs.");
  subject.kind = "placebo";
  EXPECT_THAT(design_of(subject).reason, HasSubstr("placebo"));
}

TEST(Expectations, AreThoseOfTheCostModel) {
  EXPECT_EQ(expected_cost("summary")->cpu_high, 5);
  EXPECT_EQ(expected_cost("details-filtered")->latency_high, 20);
  EXPECT_EQ(expected_cost("details")->cpu_low, 15);
  EXPECT_FALSE(expected_cost("details")->latency_high);
  EXPECT_FALSE(expected_cost("unknown"));
}

TEST(Expectations, SayWhatIsCheaperAndWhatIsDearerThanItShouldBe) {
  const auto checks = check_expectations("details-filtered", 0.4, 35.0);
  ASSERT_EQ(checks.size(), 2u);
  EXPECT_EQ(checks[0].outcome, "below");
  EXPECT_EQ(
      checks[0].text,
      "CPU 0.40 %: cheaper than a tool that reports single events behind a filter is expected to cost (5 to "
      "15 %).");
  EXPECT_EQ(checks[1].outcome, "above");
  EXPECT_EQ(check_expectations("summary", 4.9, 5.0)[0].outcome, "within");
  EXPECT_EQ(check_expectations("summary", 4.9, 5.0)[1].outcome, "above");
  EXPECT_EQ(check_expectations("details", 80.0, 200.0)[1].outcome, "within") << "its band has no end";
  EXPECT_TRUE(check_expectations("unknown", 1.0, 1.0).empty());
  EXPECT_EQ(check_expectations("summary", std::nullopt, 1.0).size(), 1u);
}

TEST(Expectations, TakeTheWorstLatencyAndAllCpuThatIsKnown) {
  RunResult result;
  ResultSubject subject = per_packet_tool(90);
  subject.design = {"summary", "registry", ""};
  subject.process_cpu_percent.avg = 0.5;
  subject.bpf_cpu_percent = 1.0;
  result.subjects = {subject};
  for (const double overhead : {2.0, 9.0}) {
    ResultComparison row;
    row.subject = "t1";
    row.workload = overhead < 5 ? "udp_rr" : "tcp_rr";
    row.metric = "latency_mean_us";
    row.better = "lower";
    row.primary = true;
    row.overhead_percent = overhead;
    row.verdict = Verdict::kOverhead;
    result.comparisons.push_back(row);
  }
  const auto checks = check_expectations(result, result.subjects[0]);
  ASSERT_EQ(checks.size(), 2u);
  EXPECT_DOUBLE_EQ(checks[0].measured, 1.5);
  EXPECT_EQ(checks[0].outcome, "within");
  EXPECT_DOUBLE_EQ(checks[1].measured, 9);
  EXPECT_EQ(checks[1].outcome, "above");
  result.comparisons[1].verdict = Verdict::kInvalid;
  EXPECT_DOUBLE_EQ(check_expectations(result, result.subjects[0])[1].measured, 2);
}

}  // namespace
}  // namespace bpftax
