#include "compare/source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compare/testing.h"

namespace bpftax {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(SourceOfResult, TakesWhatDecidesHowItWasMeasured) {
  const CompareSource source = source_of(one_row_result(3, 1, 4.5));
  EXPECT_EQ(source.kind, "run");
  ASSERT_EQ(source.rows.size(), 1u);
  const MeasuredHow& how = source.rows[0].how;
  EXPECT_EQ(how.window_s, 5);
  EXPECT_EQ(how.omit_s, 1);
  EXPECT_EQ(how.generator, "netperf");
  EXPECT_EQ(how.bandwidth, "unlimited");
  EXPECT_EQ(how.placement, "same-cpu, tool apart");
  EXPECT_EQ(source.rows[0].value.verdict, "PASS");
  EXPECT_EQ(source.rows[0].value.unusable, "");
}

TEST(SourceOfResult, APlacementIsWhatCpusHaveInCommonNotTheirNumbers) {
  RunResult result = one_row_result(3, 1, 4.5);
  auto& place = result.environments[0].placement["tcp_rr"];
  place["subject"] = {1};
  EXPECT_EQ(source_of(result).rows[0].how.placement, "same-cpu, tool on the traffic's CPUs");
  place["subject"] = nlohmann::json::array();
  EXPECT_EQ(source_of(result).rows[0].how.placement, "same-cpu, tool not pinned");
  place = nullptr;
  EXPECT_EQ(source_of(result).rows[0].how.placement, "");
}

TEST(SourceOfResult, TheWindowsThemselvesTellTheirLengthWhereNothingElseDoes) {
  RunResult result = one_row_result(3, 1, 4.5);
  result.environments.clear();
  result.window_s = 0;
  EXPECT_FALSE(source_of(result).rows[0].how.window_s);
  for (const double s : {2.0, 2.1, 9.0}) {
    ResultWindow window;
    window.workload = "tcp_rr";
    window.valid = s < 9;
    window.duration_s = s;
    result.windows.push_back(window);
  }
  EXPECT_NEAR(*source_of(result).rows[0].how.window_s, 2.05, 1e-9);
  EXPECT_EQ(source_of(result).rows[0].test_case.environment, "lab");
}

TEST(SourceOfResult, CampaignCasesAreKnownByToolAndParameters) {
  RunResult result = one_row_result(3, 1, 4.5);
  result.subjects[0].test_case = ResultCase{7, "eth_drop", "tcp", "rx", "9d5e19"};
  const CompareCase found = source_of(result).rows[0].test_case;
  EXPECT_EQ(found, (CompareCase{"lab", "eth_drop", "tcp", "rx", "9d5e19"}));
  EXPECT_EQ(case_label(found), "lab: eth_drop tcp rx");
  // A tree's subjects carry the hash at the end of their names.
  result.subjects[0].test_case->hash6.clear();
  result.subjects[0].name = "eth_drop_case_7_tcp_rx_9d5e19";
  EXPECT_EQ(source_of(result).rows[0].test_case.parameters, "9d5e19");
  result.subjects[0].name = "eth_drop_rx_protocol_tcp";
  EXPECT_EQ(source_of(result).rows[0].test_case.parameters, "");
}

TEST(SourceOfResult, RowsThatSayNothingAreNotUsable) {
  RunResult result = one_row_result(3, 1, 4.5);
  result.comparisons[0].verdict = Verdict::kInvalid;
  result.comparisons[0].verdict_text = "a stream was lost";
  EXPECT_EQ(source_of(result).rows[0].value.unusable, "INVALID: a stream was lost");
  result.comparisons[0].verdict = Verdict::kSaturated;
  EXPECT_THAT(source_of(result).rows[0].value.unusable, HasSubstr("ceiling"));
  result = one_row_result(3, 1, 4.5);
  result.comparisons[0].overhead_percent.reset();
  EXPECT_EQ(source_of(result).rows[0].value.unusable, "no value");
}

TEST(SourceOfResult, ASingleMeasurementHasNoVerdict) {
  RunResult result = one_row_result(3, 1, 4.5);
  result.comparisons[0].ci_low.reset();
  result.comparisons[0].ci_high.reset();
  result.comparisons[0].verdict = Verdict::kInconclusive;
  result.source = kSourceTree;
  const CompareSource source = source_of(result);
  EXPECT_EQ(source.rows[0].value.verdict, "");
  EXPECT_EQ(source.kind, "tree");
  EXPECT_THAT(source.remarks, ElementsAre(HasSubstr("not interleaved")));
}

TEST(SourceOfResult, ThePlaceboIsNoCase) {
  RunResult result = one_row_result(3, 1, 4.5);
  result.subjects[0].kind = "placebo";
  EXPECT_TRUE(source_of(result).rows.empty());
  EXPECT_TRUE(source_of(result).subjects.empty());
}

PublishedTable small_table() {
  PublishedTable table;
  table.name = "A";
  table.window_s = 10;
  PublishedEnvironment host;
  host.name = "host";
  host.baselines = {{"tcp_rr", "latency_mean_us", single_value(68)}};
  host.cases = {{.tool = "eth_drop",
                 .design_class = "details",
                 .diffs = {{"tcp_rr", "latency_mean_us", {229, 295, false}},
                           {"tcp_stream", "throughput_gbps", {-57, -53, false}}},
                 .cpu_percent = Spread{16, 17, false}}};
  table.environments = {host};
  return table;
}

TEST(SourceOfPublished, TurnsStatedDifferencesIntoOverheads) {
  const CompareSource source = source_of(small_table());
  ASSERT_EQ(source.rows.size(), 2u);
  EXPECT_DOUBLE_EQ(*source.rows[0].value.overhead->low, 229);
  EXPECT_EQ(source.rows[0].value.baseline, 68);
  // 57 % less throughput is an overhead of 57 %.
  EXPECT_DOUBLE_EQ(*source.rows[1].value.overhead->low, 53);
  EXPECT_DOUBLE_EQ(source.rows[1].value.overhead->high, 57);
  EXPECT_EQ(source.rows[1].value.verdict, "") << "published numbers have no verdict";
}

TEST(SourceOfPublished, TheClassIsThatOfTheWorstCase) {
  const CompareSource source = source_of(small_table());
  ASSERT_EQ(source.subjects.size(), 1u);
  EXPECT_EQ(source.subjects[0].design, "details");
  EXPECT_EQ(source.subjects[0].use.name, "short-term");
  EXPECT_THAT(source.subjects[0].use.reason, HasSubstr("+229 to +295 % on tcp_rr mean latency"));
  EXPECT_THAT(source.subjects[0].use.reason, HasSubstr("No interval is known"));
  ASSERT_EQ(source.subjects[0].checks.size(), 2u);
  EXPECT_EQ(source.subjects[0].checks[0].outcome, "within");
}

TEST(SourceOfPublished, ABoundIsBelowItsNumber) {
  PublishedTable table = small_table();
  table.environments[0].cases[0] = {.tool = "quiet",
                                    .design_class = "summary",
                                    .diffs = {{"tcp_rr", "latency_mean_us", single_value(1)}},
                                    .cpu_percent = Spread{std::nullopt, 5, true}};
  const CompareSource source = source_of(table);
  EXPECT_EQ(source.subjects[0].use.name, "continuous");
  EXPECT_EQ(source.subjects[0].checks[0].outcome, "within");
}

TEST(SplitEnvironments, MakesEachOneASourceOfItsOwn) {
  PublishedTable table = small_table();
  table.environments.push_back(table.environments[0]);
  table.environments[1].name = "vm";
  CompareSource source = source_of(table);
  source.label = "A";
  const auto parts = split_environments(source);
  ASSERT_EQ(parts.size(), 2u);
  EXPECT_EQ(parts[1].label, "A/vm");
  EXPECT_EQ(parts[0].rows[0].test_case, parts[1].rows[0].test_case);
  EXPECT_EQ(parts[0].rows.size() + parts[1].rows.size(), source.rows.size());
}

TEST(Spreads, JoinAndPrint) {
  const Spread bound{std::nullopt, 0.1, true}, known{1.2, 1.3, false};
  EXPECT_EQ(spread_text(bound, false), "<0.1");
  EXPECT_EQ(spread_text(known, false), "1.2 to 1.3");
  EXPECT_EQ(spread_text(single_value(4), true), "+4");
  EXPECT_EQ(spread_text({-8, 29.5, false}, true), "-8 to +29.5");
  EXPECT_EQ(spread_text(single_value(3.14159), true), "+3.1");
  EXPECT_EQ(spread_text({0, 12, false}, true), "0 to +12");
  const Spread both = spread_over(bound, known);
  EXPECT_FALSE(both.low) << "how low the bounded one is, is not known";
  EXPECT_EQ(spread_text(both, false), "up to 1.3");
  EXPECT_EQ(spread_text(spread_over(known, {std::nullopt, 7, true}), false), "<7");
  EXPECT_FALSE(spread_over({std::nullopt, 7, true}, single_value(7)).below);
}

}  // namespace
}  // namespace bpftax
