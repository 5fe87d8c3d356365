// Which charts a document has, and their points: everything but how they are drawn (web/src/spec_bench.ts).
// A chart varies one thing; all else that was varied in the run stands at one value, and is said. Only charts
// with something to compare are made.
#pragma once

#include <string>
#include <vector>

#include "bench/model.h"

namespace bpftax::bench {

enum class ChartKind {
  kCategories,  // names along x, one line a series
  kNumbers,     // numbers along x, one line a series
  kBars,        // names along y, one bar each
};

struct ChartPoint {
  size_t series = 0;     // index into BenchCharts::series; of bars unused
  std::string category;  // kCategories and kBars: one of BenchChart::order
  double number = 0;     // kNumbers
  Value value;           // in the unit that BenchChart::y_title names
  std::string text;      // all of it in words
};

struct BenchChart {
  std::string id, box, title, note;  // box: the place in the page that it belongs to
  ChartKind kind = ChartKind::kCategories;
  std::string x_title, y_title;
  std::vector<std::string> order;  // categories
  std::vector<ChartPoint> points;
};

struct ChartSeries {
  std::string name;
  int place = 1;  // decides colour and shape: the same in all charts of a family
};

// Charts that belong together, with a heading.
struct ChartBox {
  std::string id, family, title, intro;
};

struct BenchCharts {
  std::vector<ChartSeries> series;
  std::vector<ChartBox> boxes;  // in the order of the page, none without charts
  std::vector<BenchChart> charts;
};

BenchCharts bench_charts(const Document& document);

}  // namespace bpftax::bench
