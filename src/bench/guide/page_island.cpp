// The charts as compact JSON, six significant digits; web/src/bench_data.ts names the places of each array.
#include <cmath>
#include <cstdlib>

#include "bench/guide/page_parts.h"
#include "report/html_parts.h"
#include "report/text.h"
#include "report/words.h"
#include "util/json.h"

namespace bpftax::bench {
namespace {

OrderedJson short_number(double value) {
  if (!std::isfinite(value)) return nullptr;
  const double rounded = std::strtod(fmt::format("{:.6g}", value).c_str(), nullptr);
  if (rounded == std::floor(rounded) && std::fabs(rounded) < 1e15) return static_cast<int64_t>(rounded);
  return rounded;
}
OrderedJson short_number(const std::optional<double>& value) {
  return value ? short_number(*value) : OrderedJson(nullptr);
}

std::string_view kind_text(ChartKind kind) {
  switch (kind) {
    case ChartKind::kNumbers:
      return "numbers";
    case ChartKind::kBars:
      return "bars";
    case ChartKind::kCategories:
      break;
  }
  return "categories";
}

// Only what this page's script says.
constexpr std::string_view kWords[] = {"theme.auto",          "theme.light",          "theme.dark",
                                       "sort.done.ascending", "sort.done.descending", "chart.failed",
                                       "chart.legend"};

}  // namespace

std::string page_island(const BenchCharts& charts) {
  OrderedJson words = OrderedJson::object(), series = OrderedJson::array(), list = OrderedJson::array();
  for (const std::string_view key : kWords)
    if (const auto text = find_word(Lang::kEn, key)) words[std::string(key)] = *text;
  for (const ChartSeries& one : charts.series)
    series.push_back(OrderedJson::array({one_line(one.name), one.place}));
  for (const BenchChart& chart : charts.charts) {
    OrderedJson points = OrderedJson::array(), order = OrderedJson::array();
    for (const std::string& name : chart.order) order.push_back(one_line(name));
    for (const ChartPoint& point : chart.points) {
      const OrderedJson x = chart.kind == ChartKind::kNumbers ? short_number(point.number)
                                                              : OrderedJson(one_line(point.category));
      points.push_back(
          OrderedJson::array({point.series, x, short_number(point.value.mean), short_number(point.value.low),
                              short_number(point.value.high), one_line(point.text)}));
    }
    list.push_back({{"id", chart.id},
                    {"box", chart.box},
                    {"kind", kind_text(chart.kind)},
                    {"title", one_line(chart.title)},
                    {"note", one_line(chart.note)},
                    {"x", one_line(chart.x_title)},
                    {"y", one_line(chart.y_title)},
                    {"order", order},
                    {"points", points}});
  }
  return island_json({{"words", words}, {"series", series}, {"charts", list}});
}

}  // namespace bpftax::bench
