#include "bench/guide/charts.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <set>

#include "bench/guide/selection.h"
#include "bench/guide/testdata.h"

namespace bpftax::bench {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using testing::StartsWith;

std::vector<BenchChart> in_box(const BenchCharts& charts, const std::string& box) {
  std::vector<BenchChart> out;
  for (const BenchChart& chart : charts.charts)
    if (chart.box == box) out.push_back(chart);
  return out;
}

TEST(Charts, TimeByOperationHasOneForEachSideAndCondition) {
  const auto charts = in_box(bench_charts(synthetic_document()), "maps-operations");
  ASSERT_THAT(charts, SizeIs(4));
  EXPECT_EQ(charts[0].kind, ChartKind::kCategories);
  EXPECT_THAT(charts[0].order, ElementsAre("lookup", "update", "insert", "delete"));
  EXPECT_THAT(charts[1].title, HasSubstr("from user space"));
  EXPECT_THAT(charts[2].note, HasSubstr("cpu:80"));
  // Six types, of which two have neither insert nor delete.
  EXPECT_THAT(charts[0].points, SizeIs(20));
  EXPECT_THAT(charts[0].points[0].text, StartsWith("hash lookup: 14.2 ns (13.9 to 14.5)"));
}

TEST(Charts, AChartHoldsEverythingElseFixed) {
  const BenchCharts charts = bench_charts(synthetic_document());
  const auto by_operations = in_box(charts, "maps-ops");
  ASSERT_FALSE(by_operations.empty());
  EXPECT_EQ(by_operations[0].kind, ChartKind::kNumbers);
  std::set<double> places;
  for (const ChartPoint& point : by_operations[0].points) places.insert(point.number);
  EXPECT_THAT(places, ElementsAre(1000, 10'000, 100'000));
  const auto by_threads = in_box(charts, "maps-threads");
  ASSERT_THAT(by_threads, SizeIs(1));
  EXPECT_THAT(by_threads[0].points, SizeIs(10));
}

TEST(Charts, ByLoadHasTheConditionsInTheirOrder) {
  const auto charts = in_box(bench_charts(synthetic_document()), "maps-load");
  ASSERT_FALSE(charts.empty());
  for (const BenchChart& chart : charts) EXPECT_THAT(chart.order, ElementsAre("idle", "cpu:80"));
}

TEST(Charts, HooksAreBarsFromTheCheapest) {
  const BenchCharts charts = bench_charts(synthetic_document());
  const auto bodies = in_box(charts, "hooks-bodies");
  ASSERT_FALSE(bodies.empty());
  EXPECT_EQ(bodies[0].kind, ChartKind::kBars);
  EXPECT_TRUE(
      std::is_sorted(bodies[0].points.begin(), bodies[0].points.end(),
                     [](const ChartPoint& a, const ChartPoint& b) { return a.value.mean < b.value.mean; }));
  EXPECT_THAT(in_box(charts, "hooks-metric-pps"), SizeIs(3));
}

TEST(Charts, SubmissionShowsTimeLossAndConsumer) {
  const BenchCharts charts = bench_charts(synthetic_document());
  for (const char* box : {"submit-time", "submit-lost", "submit-consumer-cpu"}) {
    const auto in = in_box(charts, box);
    ASSERT_FALSE(in.empty()) << box;
    EXPECT_EQ(in[0].kind, ChartKind::kNumbers) << box;
  }
  EXPECT_THAT(in_box(charts, "submit-lost")[0].y_title, HasSubstr("%"));
}

TEST(Charts, OfOneFamilyThereAreNoOthers) {
  Document document;
  document.rows = {measured_row("hooks", "raw_tp", "empty", "", 20),
                   measured_row("hooks", "kprobe", "empty", "", 90)};
  const BenchCharts charts = bench_charts(document);
  for (const ChartBox& box : charts.boxes) {
    EXPECT_EQ(box.family, "hooks");
    EXPECT_FALSE(in_box(charts, box.id).empty()) << box.id << " is empty";
  }
  EXPECT_THAT(bench_charts(Document{}).charts, SizeIs(0));
}

TEST(Charts, IdsAreUniqueAndBoxesKnown) {
  const BenchCharts charts = bench_charts(synthetic_document());
  std::set<std::string> ids, boxes;
  for (const ChartBox& box : charts.boxes) EXPECT_TRUE(boxes.insert(box.id).second) << box.id;
  for (const BenchChart& chart : charts.charts) {
    EXPECT_TRUE(ids.insert(chart.id).second) << chart.id;
    EXPECT_TRUE(boxes.contains(chart.box)) << chart.box;
    for (const ChartPoint& point : chart.points) EXPECT_LT(point.series, charts.series.size());
  }
}

TEST(Selection, WhatATypeNeedsIsNotASweep) {
  const Document document = synthetic_document();
  const Selection selection(document, "maps");
  EXPECT_FALSE(selection.is_swept("key_size"));
  EXPECT_TRUE(selection.is_swept("ops"));
  EXPECT_TRUE(selection.is_swept("threads"));
}

}  // namespace
}  // namespace bpftax::bench
