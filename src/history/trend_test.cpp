#include "history/trend.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "history/log_effect.h"
#include "history/version_order.h"

namespace bpftax {
namespace {

using testing::ElementsAre;

CatalogueRow row_of(int64_t run, const std::string& version, double log_mean, double sd = .002) {
  CatalogueRow row;
  row.run = run;
  row.started_ns = 1'790'000'000'000'000'000 + run * 3'600'000'000'000;
  row.window_s = 5;
  row.name = "trace";
  row.version = version;
  row.environment = "lab";
  row.placement = "same-cpu";
  row.host = {"h", "6.1.0", "x86_64", "CPU", 4};
  row.workload = "tcp_rr";
  row.metric = "latency_mean_us";
  row.unit = "us";
  row.better = "lower";
  row.verdict = "PASS";
  row.log_mean = log_mean;
  row.log_standard_error = sd;
  return row;
}

std::vector<std::string> labels_of(const TrendSeries& series) {
  std::vector<std::string> labels;
  for (const TrendPosition& position : series.positions) labels.push_back(position.label);
  return labels;
}

TEST(VersionOrder, IsWhatPeopleMean) {
  EXPECT_TRUE(version_before("1.9", "1.10"));
  EXPECT_TRUE(version_before("v1.2", "v1.10"));
  EXPECT_TRUE(version_before("5.10.0-60.18.0.50.oe2203", "5.10.0-247.0.0.oe1.v77"));
  EXPECT_TRUE(version_before("4.19.90", "5.10.0"));
  EXPECT_TRUE(version_before("1.0-rc1", "1.0"));
  EXPECT_TRUE(version_before("1.0-rc2", "1.0-rc10"));
  EXPECT_TRUE(version_before("1.0~beta", "1.0"));
  EXPECT_TRUE(version_before("1.0", "1.0.1"));
  EXPECT_TRUE(version_before("1.0", "1.0-2"));
  EXPECT_TRUE(version_before("1.0-rc1", "1.0.1"));
  EXPECT_FALSE(version_before("1.0", "1.0"));
  EXPECT_NE(version_before("1.0", "1.00"), version_before("1.00", "1.0"));
  EXPECT_TRUE(version_before("99999999999999999998", "99999999999999999999"));
}

TEST(VersionOrder, KnowsWhatHasNoOrder) {
  EXPECT_TRUE(are_numbered({"1.0", "v2.3-rc1", "10", "6.1.0-18-amd64"}));
  EXPECT_FALSE(are_numbered({"1.0", "main"}));
  EXPECT_FALSE(are_numbered({"3f9a2c1"}));
  EXPECT_FALSE(are_numbered({"12345678"}));  // a commit, or a date: not a version that counts on
  EXPECT_FALSE(are_numbered({""}));
}

TEST(Trend, VersionsStandInTheirOrderAndRunsOfOneAreJoined) {
  const std::vector<CatalogueRow> rows = {row_of(1, "1.10", .05, .002), row_of(2, "1.9", .01, .004),
                                          row_of(3, "1.9", .02, .002)};
  const Trend trend = make_trend(rows, TrendBy::kVersion);
  ASSERT_EQ(trend.series.size(), 1u);
  const TrendSeries& series = trend.series[0];
  EXPECT_THAT(labels_of(series), ElementsAre("1.9", "1.10"));
  EXPECT_THAT(series.positions[0].runs, ElementsAre(2, 3));
  // Inverse variance: (.01/16 + .02/4) / (1/16 + 1/4) = .018, sd .004/sqrt(5)
  EXPECT_NEAR(series.positions[0].point.value, .018, 1e-12);
  EXPECT_NEAR(std::sqrt(series.positions[0].point.variance), .004 / std::sqrt(5), 1e-9);
  EXPECT_NEAR(series.positions[0].overhead_percent, 100 * std::expm1(.018), 1e-9);
  EXPECT_TRUE(series.changes.empty());
  EXPECT_FALSE(series.between_percent);
}

TEST(Trend, NamesThatCannotBeOrderedStandInTimeOrder) {
  const Trend trend = make_trend(
      {row_of(1, "ffee01", .01), row_of(2, "00aa17", .01), row_of(3, "ffee01", .01)}, TrendBy::kVersion);
  EXPECT_THAT(labels_of(trend.series.at(0)), ElementsAre("ffee01", "00aa17"));
}

TEST(Trend, OnlyWhatWasMeasuredAlikeIsPutTogether) {
  std::vector<CatalogueRow> rows(7, row_of(1, "1.0", .01));
  rows[1].window_s = 2;
  rows[2].placement = "cross-cpu";
  rows[3].host.cpus = 8;
  rows[4].host.kernel_release = "6.2.0";
  rows[5].environment = "vm";
  rows[6].host.hostname = "another of the same kind";
  EXPECT_EQ(make_trend(rows, TrendBy::kVersion).series.size(), 6u);
  EXPECT_EQ(make_trend(rows, TrendBy::kTime).series.size(), 5u);  // a kernel's update is part of time
  const Trend kernels = make_trend(rows, TrendBy::kKernel);
  EXPECT_EQ(kernels.series.size(), 5u);
  EXPECT_THAT(labels_of(kernels.series[0]), ElementsAre("6.1.0", "6.2.0"));
}

TEST(Trend, WindowsOfNearlyOneLengthAreOneSeries) {
  std::vector<CatalogueRow> rows;
  for (const double window_s : {5.0, 5.0021, 4.9979, 5.2, 6.0}) {
    rows.push_back(row_of(static_cast<int64_t>(rows.size()) + 1, "1.0", .01));
    rows.back().window_s = window_s;
  }
  rows.push_back(row_of(6, "1.0", .01));
  rows.back().window_s.reset();
  const Trend trend = make_trend(rows, TrendBy::kVersion);
  ASSERT_EQ(trend.series.size(), 3u);
  EXPECT_EQ(trend.series[0].window_s, 5.0);
  EXPECT_THAT(trend.series[0].positions.at(0).runs, ElementsAre(1, 2, 3, 4));
  EXPECT_EQ(trend.series[2].window_s, std::nullopt);
}

TEST(Trend, CountsWhatItLeavesOut) {
  std::vector<CatalogueRow> rows(3, row_of(1, "", .01));
  rows[1].log_mean.reset();
  rows[2].version = "1.0";
  const Trend trend = make_trend(rows, TrendBy::kVersion);
  EXPECT_EQ(trend.series.size(), 1u);
  EXPECT_EQ(trend.without_estimate, 1);
  EXPECT_EQ(trend.without_label, 1);
}

TEST(Trend, AChangeIsFoundAndNamedInPercent) {
  std::vector<CatalogueRow> rows;
  for (int i = 0; i < 4; ++i) rows.push_back(row_of(i + 1, "1." + std::to_string(i), .01));
  for (int i = 4; i < 8; ++i) rows.push_back(row_of(i + 1, "1." + std::to_string(i), .06));
  const Trend trend = make_trend(rows, TrendBy::kVersion);
  ASSERT_EQ(trend.series.at(0).changes.size(), 1u);
  const TrendChange& change = trend.series[0].changes[0];
  EXPECT_EQ(trend.series[0].positions[change.found.position].label, "1.4");
  EXPECT_NEAR(change.percent, 100 * std::expm1(.05), 1e-9);
  EXPECT_LT(change.percent_low, change.percent);
  EXPECT_GT(change.percent_high, change.percent);
}

TEST(Trend, RepeatedRunsThatDisagreeMakeNoChange) {
  // Each version was run three times; its runs differ by far more than their intervals say.
  std::vector<CatalogueRow> rows;
  int64_t run = 1;
  for (const char* version : {"1.0", "1.1", "1.2", "1.3"})
    for (const double value : {-.03, .0, .03}) rows.push_back(row_of(run++, version, value, .001));
  rows.back().log_mean = .05;
  const Trend trend = make_trend(rows, TrendBy::kVersion);
  const TrendSeries& series = trend.series.at(0);
  ASSERT_TRUE(series.between_percent);
  EXPECT_NEAR(*series.between_percent, 3.2, .3);
  EXPECT_TRUE(series.changes.empty());
}

TEST(LogEffect, ComesFromTheSamplesElseFromTheInterval) {
  ResultComparison row;
  row.better = "higher";
  row.verdict = Verdict::kPass;
  row.blocks = 4;
  row.baseline_samples = {100, 101, 99, 100};
  row.subject_samples = {97, 99, 96, 98};
  double mean = 0;
  for (size_t i = 0; i < 4; ++i) mean += std::log(row.baseline_samples[i] / row.subject_samples[i]) / 4;
  row.overhead_percent = 100 * (1 - std::exp(-mean));
  const auto exact = log_effect_of(row);
  ASSERT_TRUE(exact);
  EXPECT_NEAR(exact->mean, mean, 1e-12);
  EXPECT_EQ(exact->degrees_of_freedom, 3);
  const double half = 3.182446305 * exact->standard_error;  // t(.975, 3)
  row.ci_low = 100 * (1 - std::exp(-(mean - half)));
  row.ci_high = 100 * (1 - std::exp(-(mean + half)));
  row.baseline_samples.clear();
  const auto from_interval = log_effect_of(row);
  ASSERT_TRUE(from_interval);
  EXPECT_NEAR(from_interval->standard_error, exact->standard_error, 1e-9);
  row.baseline_samples = {50, 50, 50, 50};  // do not belong to the row's numbers
  EXPECT_NEAR(log_effect_of(row)->standard_error, exact->standard_error, 1e-9);
}

TEST(LogEffect, IsUnknownWhereThereIsNone) {
  ResultComparison row;
  row.better = "higher";
  row.verdict = Verdict::kPass;
  row.blocks = 6;
  EXPECT_FALSE(log_effect_of(row));
  row.overhead_percent = 3;
  EXPECT_FALSE(log_effect_of(row));  // no interval
  row.ci_low = 2;
  row.ci_high = 4;
  EXPECT_TRUE(log_effect_of(row));
  row.ci_high = 120;  // more than all of the throughput
  EXPECT_FALSE(log_effect_of(row));
  row.ci_high = 4;
  row.verdict = Verdict::kInvalid;
  EXPECT_FALSE(log_effect_of(row));
}

}  // namespace
}  // namespace bpftax
