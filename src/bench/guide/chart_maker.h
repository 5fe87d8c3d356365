// Makes the charts of one family. Only for charts*.cpp.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "bench/guide/charts.h"
#include "bench/guide/selection.h"

namespace bpftax::bench {

// What is drawn: the time, or with a name that metric.
struct Quantity {
  std::string metric;
  std::string title;  // "ns per operation"; "{}" is replaced by the unit
};

// Operations that share a chart.
struct OpSet {
  std::vector<std::string> ops;
  std::string side;
  std::string title;
  bool all_sides = false;  // `side` does not matter; each operation is a series of its own

  // One operation of a side, called so.
  static OpSet one(const std::string& op, const std::string& side);
  bool has(const Row& row) const;
};

class ChartMaker {
 public:
  ChartMaker(const Selection& selection, std::string family, BenchCharts& out);

  // Opens a box; charts that follow belong to it. A box that stays empty vanishes with the next one, and at
  // the end with finish().
  void box(std::string_view id, std::string title, std::string intro);
  void finish();

  // Operations along x, one line a subject.
  void by_operation(const std::string& side, const std::string& condition);
  // Conditions along x.
  void by_condition(const OpSet& ops, const Quantity& quantity);
  // A parameter along x.
  void by_parameter(const std::string& key, const OpSet& ops, const Quantity& quantity);
  // One bar for each row at the reference; parameters that are no numbers make bars of their own.
  void bars(const OpSet& ops, const Quantity& quantity);
  // A metric of the same rows along x (how large a program is), one line a subject.
  void by_metric(const std::string& metric, const std::string& x_title, const OpSet& ops);

 private:
  using Accepts = std::function<bool(const Row&)>;
  struct Drawn {
    const Row* row;
    Value value;
  };
  std::vector<Drawn> drawn(const Accepts& accepts, const Quantity& quantity) const;
  size_t series(const std::string& name);
  std::string series_name(const Row& row, const OpSet* ops = nullptr, std::string_view except = {}) const;
  // Names of bars, one for each row: without those parameters that follow from the rest (where a tracing hook
  // is attached follows from its name and its place).
  std::vector<std::string> bar_names(const std::vector<Drawn>& rows, const OpSet& ops) const;
  BenchChart begin(std::string_view what, std::string title, const std::vector<std::string>& except,
                   const std::string& condition) const;
  // Puts values into a unit that suits the largest of them (of bars, whose scale is bent where they differ
  // much, the one in the middle), and keeps the chart.
  void finish_chart(BenchChart chart, std::string_view unit, const Quantity& quantity);

  const Selection& selection_;
  const std::string family_;
  BenchCharts& out_;
  std::vector<std::string> series_keys_;  // swept parameters that are no numbers: a series for each value
  std::map<std::string, size_t> series_at_;
  size_t charts_before_box_ = 0;
};

}  // namespace bpftax::bench
