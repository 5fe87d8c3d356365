#include "report/charts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "report/charts_common.h"
#include "report/summary.h"
#include "report/text.h"
#include "util/json.h"

namespace bpftax {
namespace {

using vega::base;
using vega::nominal;
using vega::or_null;
using vega::token;
using Rows = std::vector<const ResultComparison*>;

// Past this the small overheads, which decide, would vanish on a linear scale.
constexpr double kBentFrom = 40;

std::vector<Rows> groups_of(const RunResult& result, bool primary) {
  std::vector<Rows> groups;
  for (const ResultComparison* row : rows_of(result, "", primary)) {
    const auto same = [&](const Rows& group) {
      return group.front()->workload == row->workload && group.front()->metric == row->metric;
    };
    const auto at = std::find_if(groups.begin(), groups.end(), same);
    if (at == groups.end()) {
      groups.push_back({row});
    } else {
      at->push_back(row);
    }
  }
  return groups;
}

struct Domain {
  double low = -1, high = 1;
};

// How far the baseline may differ from itself, either way.
std::optional<double> noise_reach(const ResultComparison& row) {
  if (!row.noise_low || !row.noise_high) return std::nullopt;
  return std::max(std::fabs(*row.noise_low), std::fabs(*row.noise_high));
}

Domain forest_domain(const RunResult& result, bool primary) {
  Domain d;
  for (const ResultComparison* row : rows_of(result, "", primary)) {
    for (const auto& value : {row->overhead_percent, row->ci_low, row->ci_high}) {
      if (!value || !std::isfinite(*value)) continue;
      d.low = std::min(d.low, *value);
      d.high = std::max(d.high, *value);
    }
    d.high = std::max(d.high, row->margin_percent * 1.1);
    // The grey band reaches equally far to both sides and should be seen to.
    if (const auto noise = noise_reach(*row)) d.low = std::min(d.low, -*noise);
  }
  d.low *= 1.08;
  d.high *= 1.08;
  return d;
}

OrderedJson forest_axis_values(const Domain& domain) {
  OrderedJson values = OrderedJson::array();
  for (const double v : {-500.0, -200.0, -100.0, -50.0, -20.0, -10.0, -5.0, 0.0, 5.0, 10.0, 20.0, 50.0, 100.0,
                         200.0, 500.0, 1000.0, 2000.0, 5000.0})
    if (v >= domain.low && v <= domain.high) values.push_back(v);
  return values;
}

std::string group_title(const ResultComparison& row) {
  return workload_label(row.workload) + ": " + metric_label(row.metric, row.workload);
}

std::string interval_phrase(const ResultComparison& row) {
  if (!row.overhead_percent) return "no estimate";
  return fmt::format("{} % ({} %)", signed_number(row.overhead_percent),
                     interval_text(row.ci_low, row.ci_high));
}

// What names the rows of a forest plot: the subjects where one metric is compared between them, the metrics
// where there is only one subject.
enum class RowsAre { kSubjects, kMetrics };

std::string row_name(const RunResult& result, const ResultComparison& row, RowsAre rows) {
  return rows == RowsAre::kSubjects ? one_line(subject_name(result, row.subject))
                                    : one_line(row.workload) + " " + metric_label(row.metric, row.workload);
}

OrderedJson forest_values(const RunResult& result, const Rows& group, RowsAre rows) {
  OrderedJson values = OrderedJson::array();
  for (const ResultComparison* row : group) {
    const std::optional<double> noise = noise_reach(*row);
    const std::string name = row_name(result, *row, rows);
    values.push_back(
        {{"row", name},
         {"overhead", or_null(row->overhead_percent)},
         {"low", or_null(row->ci_low)},
         {"high", or_null(row->ci_high)},
         {"noise_low", noise ? OrderedJson(-*noise) : OrderedJson(nullptr)},
         {"noise_high", or_null(noise)},
         {"verdict", to_string(row->verdict)},
         {"label", signed_number(row->overhead_percent)},
         {"margin", row->margin_percent > 0 ? OrderedJson(row->margin_percent) : OrderedJson(nullptr)},
         {"text", fmt::format("{}: {}, {}", name, interval_phrase(*row), to_string(row->verdict))}});
  }
  return values;
}

Chart forest_chart(const RunResult& result, const Rows& group, RowsAre rows, const std::string& id,
                   const Domain& domain, bool bent) {
  const ResultComparison& first = *group.front();
  Chart chart;
  chart.id = id;
  chart.title = rows == RowsAre::kSubjects ? group_title(first) : "Overhead in percent, metric by metric";
  chart.table = first.primary ? "verdict-table" : "secondary-table";
  OrderedJson order = OrderedJson::array();
  for (const ResultComparison* row : group) {
    const std::string name = row_name(result, *row, rows);
    order.push_back(name);
    chart.alt += (chart.alt.empty() ? "" : "; ") + name + " " + interval_phrase(*row) + ", " +
                 std::string(to_string(row->verdict));
  }
  OrderedJson scale = {{"domain", {domain.low, domain.high}}, {"nice", false}, {"zero", false}};
  OrderedJson axis = {{"title", nullptr}, {"grid", true}, {"tickCount", 6}, {"labelOverlap", true}};
  if (bent) {
    scale["type"] = "symlog";
    scale["constant"] = 5;
    axis["values"] = forest_axis_values(domain);
  }
  const OrderedJson y = {
      {"field", "row"},
      {"type", "nominal"},
      {"sort", order},
      {"axis", vega::name_axis(rows == RowsAre::kSubjects ? "labelWidth" : "longLabelWidth")}};
  const OrderedJson verdict = {
      {"field", "verdict"},
      {"type", "nominal"},
      {"legend", nullptr},
      {"scale",
       {{"domain", {"PASS", "OVERHEAD", "EXCEEDS", "INCONCLUSIVE", "SATURATED", "INVALID"}},
        {"range",
         {token("pass"), token("overhead"), token("exceeds"), token("inconclusive"), token("saturated"),
          token("invalid")}}}}};
  const OrderedJson shape = {
      {"field", "verdict"},
      {"type", "nominal"},
      {"legend", nullptr},
      {"scale",
       {{"domain", {"PASS", "OVERHEAD", "EXCEEDS", "INCONCLUSIVE", "SATURATED", "INVALID"}},
        {"range", {"circle", "triangle-up", "square", "diamond", "stroke", "cross"}}}}};
  const OrderedJson tooltip = nominal("text");
  const auto x = [&](const char* name) -> OrderedJson {
    return {{"field", name}, {"type", "quantitative"}, {"scale", scale}, {"axis", axis}};
  };
  OrderedJson layers = OrderedJson::array();
  layers.push_back(
      {{"mark",
        {{"type", "rect"}, {"color", token("muted")}, {"opacity", 0.13}, {"aria", false}, {"clip", true}}},
       {"encoding", {{"x", x("noise_low")}, {"x2", {{"field", "noise_high"}}}, {"y", y}}}});
  layers.push_back({{"mark", {{"type", "rule"}, {"color", token("axis")}, {"aria", false}}},
                    {"encoding", {{"x", {{"datum", 0}, {"type", "quantitative"}}}}}});
  const OrderedJson dashed = {{"type", "rule"},
                              {"color", token("accent")},
                              {"strokeDash", {4, 3}},
                              {"strokeWidth", 1.5},
                              {"aria", false}};
  const OrderedJson tick = {
      {"type", "tick"}, {"color", token("accent")}, {"thickness", 2}, {"size", 17}, {"aria", false}};
  if (rows == RowsAre::kMetrics) {
    layers.push_back({{"transform", vega::filter("datum.margin != null")},
                      {"mark", tick},
                      {"encoding", {{"x", x("margin")}, {"y", y}}}});
  } else if (first.margin_percent > 0) {
    layers.push_back({{"mark", dashed},
                      {"encoding", {{"x", {{"datum", first.margin_percent}, {"type", "quantitative"}}}}}});
  }
  layers.push_back(
      {{"mark", {{"type", "rule"}, {"strokeWidth", 2.5}, {"strokeCap", "round"}, {"aria", false}}},
       {"encoding",
        {{"x", x("low")}, {"x2", {{"field", "high"}}}, {"y", y}, {"color", verdict}, {"tooltip", tooltip}}}});
  layers.push_back(
      {{"transform", vega::filter("datum.overhead != null")},
       {"name", "estimate"},
       {"mark", {{"type", "point"}, {"filled", true}, {"size", 90}, {"opacity", 1}}},
       {"encoding",
        {{"x", x("overhead")}, {"y", y}, {"color", verdict}, {"shape", shape}, {"tooltip", tooltip}}}});
  layers.push_back({{"transform", vega::filter("datum.overhead == null")},
                    {"name", "no_estimate"},
                    {"mark",
                     {{"type", "text"},
                      {"text", "no estimate"},
                      {"align", "left"},
                      {"dx", 6},
                      {"fontStyle", "italic"},
                      {"color", token("muted")}}},
                    {"encoding", {{"x", {{"datum", 0}, {"type", "quantitative"}}}, {"y", y}}}});
  layers.push_back(
      {{"mark", {{"type", "text"}, {"align", "right"}, {"dx", token("valueWidth")}, {"aria", false}}},
       {"encoding",
        {{"x", {{"value", "width"}}}, {"y", y}, {"text", {{"field", "label"}}}, {"color", verdict}}}});
  chart.spec = base(forest_values(result, group, rows));
  chart.spec["height"] = 27 * group.size();
  // Vega leaves room for the numbers right of the plot by itself.
  chart.spec["padding"] = {{"left", 0}, {"top", 4}, {"bottom", 0}, {"right", 0}};
  chart.spec["layer"] = layers;
  return chart;
}

}  // namespace

bool forest_scale_is_bent(const RunResult& result, bool primary) {
  const Domain domain = forest_domain(result, primary);
  return domain.high > kBentFrom || domain.low < -kBentFrom;
}

std::vector<Chart> forest_charts(const RunResult& result, bool primary) {
  std::vector<Chart> charts;
  const Domain domain = forest_domain(result, primary);
  const bool bent = forest_scale_is_bent(result, primary);
  const auto add = [&](const Rows& group, RowsAre rows) {
    const std::string id = fmt::format("forest-{}{}", primary ? "" : "secondary-", charts.size() + 1);
    charts.push_back(forest_chart(result, group, rows, id, domain, bent));
  };
  const Rows all = rows_of(result, "", primary);
  const bool one_subject = std::all_of(all.begin(), all.end(), [&](const ResultComparison* row) {
    return row->subject == all.front()->subject;
  });
  if (all.empty()) return charts;
  if (one_subject) {
    add(all, RowsAre::kMetrics);
    return charts;
  }
  for (const Rows& group : groups_of(result, primary)) add(group, RowsAre::kSubjects);
  return charts;
}

SeriesMark series_mark(size_t index) {
  if (index == 0) return {"baseline", "circle", "\u25cf"};
  struct Shape {
    const char *name, *glyph;
  };
  static constexpr std::array<Shape, 7> kShapes = {{{"circle", "\u25cf"},
                                                    {"square", "\u25a0"},
                                                    {"triangle-up", "\u25b2"},
                                                    {"diamond", "\u25c6"},
                                                    {"triangle-down", "\u25bc"},
                                                    {"triangle-right", "\u25b6"},
                                                    {"triangle-left", "\u25c0"}}};
  const size_t at = index - 1;
  return {fmt::format("series{}", at % 6 + 1), kShapes[at % kShapes.size()].name,
          kShapes[at % kShapes.size()].glyph};
}

}  // namespace bpftax
