#include "bench/guide/chart_maker.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "bench/guide/row_text.h"

namespace bpftax::bench {
namespace {

std::string point_text(const std::string& name, const Value& value, std::string_view unit) {
  return name + ": " + value_text(value, unit);
}

// Letters, digits and "-": fit for an id of the page.
std::string id_part(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    out += plain ? c : '-';
  }
  return out;
}

Value scaled(Value value, double divisor) {
  value.mean /= divisor;
  if (value.low) *value.low /= divisor;
  if (value.high) *value.high /= divisor;
  return value;
}

std::string with_side(std::string text, std::string_view side) {
  return side.empty() ? text : text + " " + std::string(side_text(side));
}

}  // namespace

OpSet OpSet::one(const std::string& op, const std::string& side) {
  return {{op}, side, with_side(op, side), false};
}

bool OpSet::has(const Row& row) const {
  return (all_sides || row.side == side) && std::find(ops.begin(), ops.end(), row.op) != ops.end();
}

ChartMaker::ChartMaker(const Selection& selection, std::string family, BenchCharts& out)
    : selection_(selection), family_(std::move(family)), out_(out) {
  for (const std::string& key : selection_.swept())
    if (!selection_.is_number(key)) series_keys_.push_back(key);
  charts_before_box_ = out_.charts.size();
}

void ChartMaker::box(std::string_view id, std::string title, std::string intro) {
  finish();
  out_.boxes.push_back({family_ + "-" + id_part(id), family_, std::move(title), std::move(intro)});
  charts_before_box_ = out_.charts.size();
}

void ChartMaker::finish() {
  const bool mine = !out_.boxes.empty() && out_.boxes.back().family == family_;
  if (mine && out_.charts.size() == charts_before_box_) {
    const bool empty = std::none_of(out_.charts.begin(), out_.charts.end(), [&](const BenchChart& chart) {
      return chart.box == out_.boxes.back().id;
    });
    if (empty) out_.boxes.pop_back();
  }
}

size_t ChartMaker::series(const std::string& name) {
  const auto [at, fresh] = series_at_.try_emplace(name, out_.series.size());
  if (fresh) out_.series.push_back({name, static_cast<int>(series_at_.size())});
  return at->second;
}

std::string ChartMaker::series_name(const Row& row, const OpSet* ops, std::string_view except) const {
  std::string out = row.subject;
  if (ops != nullptr && ops->all_sides) out += " " + row.op;
  for (const std::string& key : series_keys_) {
    const auto at = row.params.find(key);
    if (key != except && at != row.params.end()) out += ", " + param_text(*at);
  }
  return out;
}

std::vector<std::string> ChartMaker::bar_names(const std::vector<Drawn>& rows, const OpSet& ops) const {
  // First what divides them into few groups: that is always said.
  std::vector<std::pair<size_t, std::string>> keys;
  for (const std::string& key : series_keys_) {
    std::set<std::string> values;
    for (const Drawn& d : rows)
      if (d.row->params.contains(key)) values.insert(dump_line(d.row->params.at(key)));
    if (!values.empty()) keys.emplace_back(values.size(), key);
  }
  std::stable_sort(keys.begin(), keys.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::string> names;
  for (const Drawn& d : rows) {
    std::string name = d.row->subject;
    // "stream_reserve": that it is a stream the heading says.
    constexpr std::string_view kStream = "stream_";
    if (ops.all_sides) name += " " + d.row->op.substr(d.row->op.starts_with(kStream) ? kStream.size() : 0);
    // Rows that the name so far does not tell from this one.
    std::vector<const Row*> alike;
    for (const Drawn& other : rows)
      if (other.row->subject == d.row->subject && other.row->op == d.row->op) alike.push_back(other.row);
    for (size_t i = 0; i < keys.size(); ++i) {
      const std::string& key = keys[i].second;
      const Json mine = d.row->params.value(key, Json());
      const auto same = [&](const Row* row) { return row->params.value(key, Json()) == mine; };
      if (mine.is_null() || (i > 0 && std::all_of(alike.begin(), alike.end(), same))) continue;
      name += ", " + param_text(mine);
      std::erase_if(alike, [&](const Row* row) { return !same(row); });
    }
    names.push_back(std::move(name));
  }
  return names;
}

std::vector<ChartMaker::Drawn> ChartMaker::drawn(const Accepts& accepts, const Quantity& quantity) const {
  std::vector<Drawn> out;
  for (const Row* row : selection_.rows()) {
    if (!accepts(*row)) continue;
    const auto value = quantity_of(*row, quantity.metric);
    if (value && std::isfinite(value->mean)) out.push_back({row, *value});
  }
  return out;
}

BenchChart ChartMaker::begin(std::string_view what, std::string title, const std::vector<std::string>& except,
                             const std::string& condition) const {
  BenchChart chart;
  chart.box = out_.boxes.back().id;
  chart.id = chart.box + "-" + id_part(what);
  chart.title = std::move(title);
  chart.note = selection_.reference_text(except);
  if (selection_.conditions().size() > 1 && !condition.empty())
    chart.note = condition + (chart.note.empty() ? "" : ", " + chart.note);
  if (!chart.note.empty()) chart.note = "Here: " + chart.note + ".";
  return chart;
}

void ChartMaker::finish_chart(BenchChart chart, std::string_view unit, const Quantity& quantity) {
  std::vector<double> sizes;
  for (const ChartPoint& point : chart.points) sizes.push_back(std::fabs(point.value.mean));
  std::sort(sizes.begin(), sizes.end());
  const bool bars = chart.kind == ChartKind::kBars;
  const Scale scale = scale_for(sizes.empty() ? 0 : sizes[bars ? sizes.size() / 2 : sizes.size() - 1], unit);
  for (ChartPoint& point : chart.points) point.value = scaled(point.value, scale.divisor);
  chart.y_title = fmt::format(fmt::runtime(quantity.title), scale.unit);
  out_.charts.push_back(std::move(chart));
}

void ChartMaker::by_operation(const std::string& side, const std::string& condition) {
  const auto rows = drawn(
      [&](const Row& row) {
        return row.side == side && row.condition == condition && selection_.at_reference(row);
      },
      {});
  std::string title = side.empty() ? "By operation" : "By operation, " + std::string(side_text(side));
  if (selection_.conditions().size() > 1) title += ", " + condition;
  BenchChart chart = begin("operation-" + side + "-" + condition, std::move(title), {}, condition);
  for (const std::string& op : selection_.ops())
    if (std::any_of(rows.begin(), rows.end(), [&](const Drawn& d) { return d.row->op == op; }))
      chart.order.push_back(op);
  for (const Drawn& d : rows) {
    const std::string name = series_name(*d.row);
    chart.points.push_back(
        {series(name), d.row->op, 0, d.value, point_text(name + " " + d.row->op, d.value, "ns")});
  }
  if (chart.points.size() > 1) finish_chart(std::move(chart), "ns", {"", "{} per operation"});
}

void ChartMaker::by_condition(const OpSet& ops, const Quantity& quantity) {
  const auto rows = drawn(
      [&](const Row& row) { return ops.has(row) && selection_.at_reference(row, series_keys_); }, quantity);
  BenchChart chart = begin("load-" + quantity.metric + ops.title, ops.title, series_keys_, "");
  for (const std::string& condition : selection_.conditions())
    if (std::any_of(rows.begin(), rows.end(), [&](const Drawn& d) { return d.row->condition == condition; }))
      chart.order.push_back(condition);
  if (chart.order.size() < 2) return;
  const std::string unit = unit_of(*rows.front().row, quantity.metric);
  for (const Drawn& d : rows) {
    const std::string name = series_name(*d.row, &ops);
    chart.points.push_back({series(name), d.row->condition, 0, d.value,
                            point_text(name + ", " + d.row->condition, d.value, unit)});
  }
  finish_chart(std::move(chart), unit, quantity);
}

void ChartMaker::by_parameter(const std::string& key, const OpSet& ops, const Quantity& quantity) {
  std::vector<std::string> except = series_keys_;
  except.push_back(key);
  auto rows = drawn(
      [&](const Row& row) {
        return ops.has(row) && row.condition == selection_.condition() && row.params.contains(key) &&
               selection_.at_reference(row, except);
      },
      quantity);
  const auto name_of = [&](const Drawn& d) { return series_name(*d.row, &ops, key); };
  // A line needs two places at least.
  std::map<std::string, std::set<std::string>> places;
  for (const Drawn& d : rows) places[name_of(d)].insert(dump_line(d.row->params.at(key)));
  std::erase_if(rows, [&](const Drawn& d) { return places[name_of(d)].size() < 2; });
  if (rows.empty()) return;
  const bool numbers = selection_.is_number(key);
  BenchChart chart =
      begin(key + "-" + quantity.metric + ops.title, ops.title, except, selection_.condition());
  chart.kind = numbers ? ChartKind::kNumbers : ChartKind::kCategories;
  chart.x_title = key;
  std::replace(chart.x_title.begin(), chart.x_title.end(), '_', ' ');
  if (numbers)
    std::stable_sort(rows.begin(), rows.end(), [&](const Drawn& a, const Drawn& b) {
      return a.row->params.at(key).get<double>() < b.row->params.at(key).get<double>();
    });
  const std::string unit = unit_of(*rows.front().row, quantity.metric);
  for (const Drawn& d : rows) {
    const Json& place = d.row->params.at(key);
    const std::string name = name_of(d);
    ChartPoint point{series(name), numbers ? "" : param_text(place), numbers ? place.get<double>() : 0,
                     d.value, point_text(name + ", " + key + "=" + param_text(place), d.value, unit)};
    if (!numbers && std::find(chart.order.begin(), chart.order.end(), point.category) == chart.order.end())
      chart.order.push_back(point.category);
    chart.points.push_back(std::move(point));
  }
  finish_chart(std::move(chart), unit, quantity);
}

void ChartMaker::bars(const OpSet& ops, const Quantity& quantity) {
  auto rows = drawn(
      [&](const Row& row) {
        return ops.has(row) && row.condition == selection_.condition() &&
               selection_.at_reference(row, series_keys_);
      },
      quantity);
  if (rows.empty()) return;
  std::stable_sort(rows.begin(), rows.end(),
                   [](const Drawn& a, const Drawn& b) { return a.value.mean < b.value.mean; });
  BenchChart chart =
      begin("bars-" + quantity.metric + ops.title, ops.title, series_keys_, selection_.condition());
  chart.kind = ChartKind::kBars;
  const std::string unit = unit_of(*rows.front().row, quantity.metric);
  const std::vector<std::string> names = bar_names(rows, ops);
  for (size_t i = 0; i < rows.size(); ++i) {
    const Drawn& d = rows[i];
    const std::string& name = names[i];
    if (std::find(chart.order.begin(), chart.order.end(), name) != chart.order.end()) continue;
    chart.order.push_back(name);
    chart.points.push_back({series(d.row->subject), name, 0, d.value, point_text(name, d.value, unit)});
  }
  finish_chart(std::move(chart), unit, quantity);
}

void ChartMaker::by_metric(const std::string& metric, const std::string& x_title, const OpSet& ops) {
  auto rows = drawn(
      [&](const Row& row) {
        return ops.has(row) && row.condition == selection_.condition() &&
               quantity_of(row, metric).has_value();
      },
      {});
  const auto size_of = [&](const Drawn& d) { return quantity_of(*d.row, metric)->mean; };
  std::stable_sort(rows.begin(), rows.end(),
                   [&](const Drawn& a, const Drawn& b) { return size_of(a) < size_of(b); });
  // What was varied is what made the metric differ: nothing stands at a reference here.
  BenchChart chart = begin("by-" + metric + ops.title, ops.title, selection_.swept(), "");
  chart.kind = ChartKind::kNumbers;
  chart.x_title = x_title;
  std::set<double> sizes;
  for (const Drawn& d : rows) {
    sizes.insert(size_of(d));
    chart.points.push_back(
        {series(d.row->subject), "", size_of(d), d.value,
         point_text(fmt::format("{}, {} {}", d.row->subject, param_text(Json(size_of(d))), x_title), d.value,
                    "ns")});
  }
  if (sizes.size() > 1) finish_chart(std::move(chart), "ns", {"", "{}"});
}

}  // namespace bpftax::bench
