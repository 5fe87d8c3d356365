// Charts that tell subjects apart by colour and shape: windows over time, latency percentiles; and the bars
// of the cost.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "report/charts.h"
#include "report/charts_common.h"
#include "report/summary.h"
#include "report/text.h"

namespace bpftax {
namespace {

using vega::base;
using vega::nominal;
using vega::or_null;
using vega::token;

std::string series_name(const RunResult& result, std::string_view subject) {
  return one_line(subject_name(result, subject));
}

// Baseline first, then the subjects in their order: the same colours and shapes in every chart.
OrderedJson series_scale(const RunResult& result, bool color) {
  OrderedJson domain = OrderedJson::array({"baseline"});
  OrderedJson range = OrderedJson::array();
  const auto add = [&](size_t index) {
    const SeriesMark mark = series_mark(index);
    range.push_back(color ? token(mark.color) : OrderedJson(mark.shape));
  };
  add(0);
  for (size_t i = 0; i < result.subjects.size(); ++i) {
    domain.push_back(series_name(result, result.subjects[i].id));
    add(i + 1);
  }
  return {{"domain", domain}, {"range", range}};
}

OrderedJson series_color(const RunResult& result) {
  return {{"field", "who"}, {"type", "nominal"}, {"legend", nullptr}, {"scale", series_scale(result, true)}};
}
OrderedJson series_shape(const RunResult& result) {
  return {{"field", "who"}, {"type", "nominal"}, {"legend", nullptr}, {"scale", series_scale(result, false)}};
}

std::string axis_title(const ResultComparison& row) {
  const std::string unit = row.unit.substr(0, 3) == "us/" ? "us" : one_line(row.unit);
  return unit.empty() || unit == "1/s" ? metric_label(row.metric, row.workload)
                                       : metric_label(row.metric, row.workload) + " in " + unit;
}

// ---- over time ----

struct BlockSpan {
  int block = 0;
  double start = 0, end = 0;  // minutes since the first window
};

std::vector<BlockSpan> block_spans(const RunResult& result, int64_t origin) {
  std::map<int, BlockSpan> spans;
  for (const ResultWindow& w : result.windows) {
    if (w.purpose == "attribution" || w.start_realtime_ns <= 0) continue;
    const double start = static_cast<double>(w.start_realtime_ns - origin) / 60e9;
    const double end = start + w.duration_s / 60;
    const auto [at, fresh] = spans.try_emplace(w.block, BlockSpan{w.block, start, end});
    if (fresh) continue;
    at->second.start = std::min(at->second.start, start);
    at->second.end = std::max(at->second.end, end);
  }
  std::vector<BlockSpan> out;
  for (const auto& [block, span] : spans) out.push_back(span);
  return out;
}

Chart time_chart(const RunResult& result, const ResultComparison& row, size_t number, int64_t origin,
                 const std::vector<BlockSpan>& spans) {
  Chart chart;
  chart.id = fmt::format("time-{}", number);
  chart.table = "windows-table";
  chart.title = workload_label(row.workload) + ": " + axis_title(row);
  OrderedJson values = OrderedJson::array();
  int invalid = 0;
  for (const ResultWindow& w : result.windows) {
    if (w.workload != row.workload || w.purpose == "attribution" || w.start_realtime_ns <= 0) continue;
    const auto value = w.metrics.find(row.metric);
    const bool drawn = w.valid && value != w.metrics.end();
    if (!drawn) ++invalid;
    const std::string who = series_name(result, w.subject);
    const std::optional<double> number_of = drawn ? std::optional<double>(value->second) : std::nullopt;
    values.push_back(
        {{"t", static_cast<double>(w.start_realtime_ns - origin) / 60e9},
         {"who", who},
         {"value", or_null(number_of)},
         {"text", fmt::format("block {}{}, {}: {}", w.block, w.block == 0 ? " (warm-up)" : "", who,
                              drawn ? value_text(number_of, row.unit)
                                    : "invalid: " + one_line(w.reason.empty() ? "no value" : w.reason))}});
  }
  OrderedJson bands = OrderedJson::array();
  OrderedJson warmup = OrderedJson::array();
  for (const BlockSpan& span : spans) {
    OrderedJson band = {{"start", span.start}, {"end", span.end}};
    if (span.block == 0) {
      warmup.push_back(band);
    } else if (span.block % 2 == 1) {
      bands.push_back(band);
    }
  }
  const OrderedJson x = {{"field", "t"},
                         {"type", "quantitative"},
                         {"scale", {{"nice", false}}},
                         {"axis", {{"title", nullptr}, {"grid", false}, {"tickCount", 6}}}};
  const OrderedJson y = {
      {"field", "value"},
      {"type", "quantitative"},
      {"scale", {{"zero", false}, {"nice", false}, {"padding", 14}}},
      {"axis", {{"title", nullptr}, {"tickCount", 4}, {"format", "~s"}, {"minExtent", 36}, {"grid", true}}}};
  const auto band_layer = [](const OrderedJson& data, double opacity) -> OrderedJson {
    return {
        {"data", {{"values", data}}},
        {"mark", {{"type", "rect"}, {"color", token("muted")}, {"opacity", opacity}, {"aria", false}}},
        {"encoding", {{"x", {{"field", "start"}, {"type", "quantitative"}}}, {"x2", {{"field", "end"}}}}}};
  };
  OrderedJson layers = OrderedJson::array();
  layers.push_back(band_layer(bands, 0.08));
  if (!warmup.empty()) {
    layers.push_back(band_layer(warmup, 0.24));
    layers.push_back(
        {{"data", {{"values", warmup}}},
         {"mark",
          {{"type", "text"},
           {"text", "warm-up"},
           {"align", "left"},
           {"baseline", "top"},
           {"dx", 3},
           {"dy", 3},
           {"fontSize", 10},
           {"color", token("muted")},
           {"aria", false}}},
         {"encoding", {{"x", {{"field", "start"}, {"type", "quantitative"}}}, {"y", {{"value", 0}}}}}});
  }
  layers.push_back({{"name", "window"},
                    {"transform", vega::filter("datum.value != null")},
                    {"mark", {{"type", "point"}, {"filled", true}, {"size", 34}, {"opacity", 0.85}}},
                    {"encoding",
                     {{"x", x},
                      {"y", y},
                      {"color", series_color(result)},
                      {"shape", series_shape(result)},
                      {"tooltip", nominal("text")}}}});
  layers.push_back({{"name", "invalid"},
                    {"transform", vega::filter("datum.value == null")},
                    {"mark",
                     {{"type", "text"},
                      {"text", "\u2715"},
                      {"baseline", "bottom"},
                      {"dy", -2},
                      {"fontSize", 13},
                      {"fontWeight", "bold"},
                      {"color", token("exceeds")}}},
                    {"encoding", {{"x", x}, {"y", {{"value", "height"}}}, {"tooltip", nominal("text")}}}});
  chart.alt = fmt::format("{} windows in {}; {} of them invalid. Unit: {}.", values.size(),
                          counted(spans.size(), "block"), invalid, one_line(row.unit));
  chart.spec = base(values);
  chart.spec["height"] = 150;
  chart.spec["layer"] = layers;
  return chart;
}

// ---- percentiles ----

struct Percentile {
  const char *metric, *label;
};
// The maximum is one single transaction: it stands in the table and would only push the others together here.
constexpr std::array<Percentile, 4> kPercentiles = {{{"latency_min_us", "min"},
                                                     {"latency_p50_us", "p50"},
                                                     {"latency_p90_us", "p90"},
                                                     {"latency_p99_us", "p99"}}};

OrderedJson percentile_values(const RunResult& result, const std::string& workload) {
  OrderedJson values = OrderedJson::array();
  for (const Percentile& percentile : kPercentiles) {
    bool baseline = false;
    for (const ResultComparison& row : result.comparisons) {
      if (row.workload != workload || row.metric != percentile.metric) continue;
      const auto add = [&](const std::string& who, const std::optional<double>& value) {
        if (!value || *value <= 0) return false;
        values.push_back(
            {{"who", who},
             {"percentile", percentile.label},
             {"value", *value},
             {"text", fmt::format("{}, {}: {}", who, percentile.label, value_text(value, "us"))}});
        return true;
      };
      if (!baseline) baseline = add("baseline", row.baseline_mean);
      add(series_name(result, row.subject), row.subject_mean);
    }
  }
  return values;
}

// ---- cost ----

OrderedJson legend_on_top() {
  return {{"title", nullptr},
          {"orient", "top"},
          {"direction", "horizontal"},
          {"labelLimit", 400},
          {"columns", token("legendColumns")}};
}

Chart cpu_chart(const RunResult& result) {
  Chart chart;
  chart.id = "cost-cpu";
  chart.table = "resources";
  chart.title = "CPU time while traffic runs";
  OrderedJson values = OrderedJson::array();
  OrderedJson order = OrderedJson::array();
  const auto add = [&](const std::string& who, const char* part, int rank,
                       const std::optional<double>& value) {
    if (!value) return;
    values.push_back({{"who", who},
                      {"part", part},
                      {"rank", rank},
                      {"value", *value},
                      {"text", fmt::format("{}, {}: {} of one CPU", who, part, percent_text(value))}});
    chart.alt += (chart.alt.empty() ? "" : "; ") + fmt::format("{} {} {}", who, part, percent_text(value));
  };
  for (const ResultSubject& subject : result.subjects) {
    const std::string who = series_name(result, subject.id);
    order.push_back(who);
    add(who, "in its BPF programs", 1, subject.bpf_cpu_percent);
    add(who, "in user space", 2, subject.process_cpu_percent.avg);
  }
  chart.spec = base(values);
  chart.spec["height"] = 27 * order.size();
  chart.spec["mark"] = {{"type", "bar"}, {"height", 15}, {"cornerRadiusEnd", 1}};
  chart.spec["encoding"] = {
      {"x",
       {{"field", "value"},
        {"type", "quantitative"},
        {"stack", "zero"},
        {"axis", {{"title", "% of one CPU"}, {"tickCount", 6}}}}},
      {"y", {{"field", "who"}, {"type", "nominal"}, {"sort", order}, {"axis", vega::name_axis()}}},
      {"color",
       {{"field", "part"},
        {"type", "nominal"},
        {"legend", legend_on_top()},
        {"scale",
         {{"domain", {"in its BPF programs", "in user space"}},
          {"range", {token("accent"), token("second")}}}}}},
      {"order", {{"field", "rank"}, {"type", "quantitative"}}},
      {"tooltip", nominal("text")}};
  return chart;
}

Chart attribution_chart(const RunResult& result, const std::vector<Attribution>& rows) {
  Chart chart;
  chart.id = "cost-attribution";
  chart.table = "attribution";
  chart.title = "Added time per transaction: measured, and explained by the programs";
  OrderedJson values = OrderedJson::array();
  OrderedJson order = OrderedJson::array();
  for (const Attribution& a : rows) {
    const std::string who = series_name(result, a.row->subject) + " \u00b7 " + a.row->workload;
    order.push_back(who);
    values.push_back(
        {{"who", who},
         {"attributed", a.attributed_us},
         {"measured", a.measured_us},
         {"low", or_null(a.measured_low)},
         {"high", or_null(a.measured_high)},
         {"kind_a", "attributed to its programs"},
         {"kind_m", "measured, with interval"},
         {"text", fmt::format("{}: measured {} us ({}), attributed {} us, rest {} us", who,
                              signed_number(a.measured_us), interval_text(a.measured_low, a.measured_high),
                              plain_number(a.attributed_us), signed_number(a.residual_us))}});
    chart.alt += (chart.alt.empty() ? "" : "; ") + values.back()["text"].get<std::string>();
  }
  const OrderedJson y = {{"field", "who"}, {"type", "nominal"}, {"sort", order}, {"axis", vega::name_axis()}};
  const auto x = [](const char* name) -> OrderedJson {
    return {{"field", name},
            {"type", "quantitative"},
            {"axis", {{"title", "microseconds per transaction"}, {"tickCount", 6}}}};
  };
  const auto kind = [&](const char* name, bool legend) -> OrderedJson {
    return {{"field", name},
            {"type", "nominal"},
            {"legend", legend ? legend_on_top() : OrderedJson(nullptr)},
            {"scale",
             {{"domain", {"attributed to its programs", "measured, with interval"}},
              {"range", {token("accent"), token("ink")}}}}};
  };
  OrderedJson layers = OrderedJson::array();
  layers.push_back(
      {{"mark", {{"type", "bar"}, {"height", 13}, {"cornerRadiusEnd", 1}}},
       {"encoding",
        {{"x", x("attributed")}, {"y", y}, {"color", kind("kind_a", true)}, {"tooltip", nominal("text")}}}});
  layers.push_back({{"mark", {{"type", "rule"}, {"strokeWidth", 2}, {"aria", false}}},
                    {"encoding",
                     {{"x", x("low")},
                      {"x2", {{"field", "high"}}},
                      {"y", y},
                      {"color", kind("kind_m", true)},
                      {"tooltip", nominal("text")}}}});
  layers.push_back(
      {{"mark", {{"type", "point"}, {"filled", true}, {"size", 55}, {"opacity", 1}}},
       {"encoding",
        {{"x", x("measured")}, {"y", y}, {"color", kind("kind_m", true)}, {"tooltip", nominal("text")}}}});
  chart.spec = base(values);
  chart.spec["height"] = 25 * order.size();
  chart.spec["layer"] = layers;
  return chart;
}

}  // namespace

std::vector<Chart> time_charts(const RunResult& result) {
  std::vector<Chart> charts;
  int64_t origin = 0;
  for (const ResultWindow& w : result.windows)
    if (w.start_realtime_ns > 0 && (origin == 0 || w.start_realtime_ns < origin))
      origin = w.start_realtime_ns;
  if (origin == 0) return charts;
  const std::vector<BlockSpan> spans = block_spans(result, origin);
  std::vector<std::pair<std::string, std::string>> seen;
  for (const ResultComparison* row : rows_of(result, "", true)) {
    const std::pair<std::string, std::string> key = {row->workload, row->metric};
    if (std::find(seen.begin(), seen.end(), key) != seen.end()) continue;
    seen.push_back(key);
    charts.push_back(time_chart(result, *row, seen.size(), origin, spans));
  }
  return charts;
}

std::vector<Chart> percentile_charts(const RunResult& result) {
  std::vector<Chart> charts;
  for (const std::string& workload : workloads_of(result)) {
    const OrderedJson values = percentile_values(result, workload);
    if (values.empty()) continue;
    Chart chart;
    chart.id = fmt::format("percentiles-{}", charts.size() + 1);
    chart.table = "percentile-table";
    chart.title = workload_label(workload);
    OrderedJson order = OrderedJson::array();
    for (const Percentile& percentile : kPercentiles) order.push_back(percentile.label);
    for (const auto& value : values)
      chart.alt += (chart.alt.empty() ? "" : "; ") + value["text"].get<std::string>();
    const OrderedJson x = {
        {"field", "percentile"},
        {"type", "ordinal"},
        {"sort", order},
        {"scale", {{"paddingInner", 0.35}, {"paddingOuter", 0.15}}},
        {"axis", {{"title", nullptr}, {"labelAngle", 0}, {"ticks", false}, {"grid", false}}}};
    double low = values.front()["value"].get<double>();
    double high = low;
    for (const auto& value : values) {
      low = std::min(low, value["value"].get<double>());
      high = std::max(high, value["value"].get<double>());
    }
    const bool bent = high > 8 * low;
    const OrderedJson y = {
        {"field", "value"},
        {"type", "quantitative"},
        {"scale", {{"type", bent ? "log" : "linear"}, {"zero", false}, {"nice", false}, {"padding", 14}}},
        {"axis",
         {{"title", bent ? "microseconds, logarithmic" : "microseconds"},
          {"tickCount", 5},
          {"format", "~r"},
          {"grid", true}}}};
    // Side by side within each percentile, so that values which hardly differ do not hide each other.
    OrderedJson who = OrderedJson::array();
    for (const auto& value : values)
      if (std::find(who.begin(), who.end(), value["who"]) == who.end()) who.push_back(value["who"]);
    chart.spec = base(values);
    chart.spec["height"] = 230;
    chart.spec["mark"] = {{"type", "point"}, {"filled", true}, {"size", 70}, {"opacity", 1}};
    chart.spec["encoding"] = {{"x", x},
                              {"xOffset", {{"field", "who"}, {"type", "nominal"}, {"sort", who}}},
                              {"y", y},
                              {"color", series_color(result)},
                              {"shape", series_shape(result)},
                              {"tooltip", nominal("text")}};
    charts.push_back(std::move(chart));
  }
  return charts;
}

std::vector<Chart> cost_charts(const RunResult& result) {
  std::vector<Chart> charts;
  if (Chart chart = cpu_chart(result); !chart.alt.empty()) charts.push_back(std::move(chart));
  if (const auto rows = attributions(result, ""); !rows.empty())
    charts.push_back(attribution_chart(result, rows));
  return charts;
}

}  // namespace bpftax
