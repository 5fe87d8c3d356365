#include "bench/guide/evaluate.h"

#include <fmt/format.h>

#include <algorithm>

#include "bench/guide/matching.h"
#include "bench/guide/row_text.h"
#include "bench/guide/selection.h"
#include "util/units.h"

namespace bpftax::bench {

Finding compare(const Value& left, Relation relation, double factor, const Value& right) {
  if (!left.low || !left.high || !right.low || !right.high) return Finding::kUndecided;
  const bool below = *left.high < factor * *right.low;
  const bool above = *left.low > factor * *right.high;
  if (!below && !above) return Finding::kUndecided;
  return below == (relation == Relation::kAtMost) ? Finding::kConfirmed : Finding::kContradicted;
}

namespace {

// What the two sides of a comparison do not share by their selection.
std::vector<std::string> free_params(const Statement& statement) {
  std::vector<std::string> out = name_list(statement.ignore);
  for (const std::string_view params : {statement.left.params, statement.right.params})
    for (const ParamFilter& filter : param_filters(params)) out.push_back(filter.key);
  return out;
}

bool belongs_together(const Statement& statement, const Row& left, const Row& right,
                      const std::vector<std::string>& free) {
  const auto open = [](std::string_view a, std::string_view b) { return a.empty() && b.empty(); };
  const Select &l = statement.left, &r = statement.right;
  return &left != &right && left.condition == right.condition &&
         (!open(l.subject, r.subject) || left.subject == right.subject) &&
         (!open(l.op, r.op) || left.op == right.op) && (!open(l.side, r.side) || left.side == right.side) &&
         equal_params(left, right, free);
}

// How a row is called where it is compared: with what was selected of its parameters.
std::string compared_name(const Row& row, std::string_view params) {
  Json shown = Json::object();
  for (const ParamFilter& filter : param_filters(params))
    if (row.params.contains(filter.key)) shown[filter.key] = row.params.at(filter.key);
  const std::string text = params_text(shown);
  return row.subject + " " + row.op + (text.empty() ? "" : ", " + text);
}

std::string shared_text(const Row& left, const Row& right, const std::vector<std::string>& free) {
  std::string out(left.side == right.side ? side_text(left.side) : "");
  out += (out.empty() ? "" : ", ") + left.condition;
  Json shared = Json::object();
  if (left.params.is_object())
    for (const auto& [key, value] : left.params.items())
      if (std::find(free.begin(), free.end(), key) == free.end() && right.params.contains(key))
        shared[key] = value;
  const std::string params = params_text(shared);
  return params.empty() ? out : out + ", " + params;
}

std::vector<Compared> comparisons(const Statement& statement, const std::vector<const Row*>& left,
                                  const std::vector<const Row*>& right) {
  const std::vector<std::string> free = free_params(statement);
  std::vector<Compared> out;
  for (const Row* l : left) {
    const auto left_value = quantity_of(*l, statement.metric);
    if (!left_value) continue;
    for (const Row* r : right) {
      const auto right_value = quantity_of(*r, statement.metric);
      if (!right_value || !belongs_together(statement, *l, *r, free)) continue;
      Compared one{compared_name(*l, statement.left.params),
                   compared_name(*r, statement.right.params),
                   shared_text(*l, *r, free),
                   *left_value,
                   *right_value,
                   compare(*left_value, statement.relation, statement.factor, *right_value)};
      // Not one thing with two values: a sweep that has only one place.
      if (one.left == one.right) continue;
      out.push_back(std::move(one));
    }
  }
  return out;
}

// Why a side of a comparison has no value: what the rows say, or that there are none.
void add_missing(std::vector<Missing>& out, std::string_view family, const Select& select,
                 const std::vector<const Row*>& rows) {
  Missing missing{name_of(select), "", ""};
  for (const Row* row : rows)
    if (row->status != Status::kMeasured && missing.reason.empty())
      missing.reason = std::string(to_string(row->status)) + (row->reason.empty() ? "" : ": " + row->reason);
  const bool unavailable = std::any_of(rows.begin(), rows.end(),
                                       [](const Row* row) { return row->status == Status::kUnavailable; });
  if (!unavailable) missing.command = measuring_command(family, select);
  out.push_back(std::move(missing));
}

bool any_measured(const std::vector<const Row*>& rows, std::string_view metric) {
  return std::any_of(rows.begin(), rows.end(),
                     [&](const Row* row) { return quantity_of(*row, metric).has_value(); });
}

Finding overall(const std::vector<Compared>& compared) {
  const auto count = [&](Finding finding) {
    return std::count_if(compared.begin(), compared.end(),
                         [&](const Compared& one) { return one.finding == finding; });
  };
  if (compared.empty()) return Finding::kNotMeasured;
  if (count(Finding::kContradicted) > 0) return Finding::kContradicted;
  return count(Finding::kConfirmed) > count(Finding::kUndecided) ? Finding::kConfirmed : Finding::kUndecided;
}

std::string times_text(const Compared& one) {
  if (one.left_value.mean <= 0 || one.right_value.mean <= 0) return "";
  const double ratio = one.left_value.mean / one.right_value.mean;
  return ratio >= 1 ? fmt::format(", {} times as much", format_significant(ratio))
                    : fmt::format(", {} times less", format_significant(1 / ratio));
}

// The comparison that speaks for the finding, in numbers, and how many others there are.
std::string detail_of(const JudgedStatement& judged) {
  const auto speaks = std::find_if(judged.compared.begin(), judged.compared.end(),
                                   [&](const Compared& one) { return one.finding == judged.finding; });
  if (speaks == judged.compared.end()) return "";
  std::string out = fmt::format(
      "{} {} against {} {}{} ({})", speaks->left, value_text(speaks->left_value, judged.unit), speaks->right,
      value_text(speaks->right_value, judged.unit), times_text(*speaks), speaks->where);
  if (judged.compared.size() > 1) {
    size_t counts[3] = {};
    for (const Compared& one : judged.compared) ++counts[static_cast<size_t>(one.finding)];
    out += fmt::format("; of {} comparisons {} confirm, {} contradict, {} cannot tell",
                       judged.compared.size(), counts[0], counts[1], counts[2]);
  }
  return out;
}

}  // namespace

JudgedStatement judge(const Statement& statement, const Document& document) {
  JudgedStatement out;
  out.id = statement.id;
  out.topic = statement.topic;
  out.claim = statement.claim;
  out.why = statement.why;
  out.unit = "ns";
  const auto left = rows_of(document, statement.topic, statement.left);
  const auto right = rows_of(document, statement.topic, statement.right);
  if (!statement.metric.empty())
    for (const Row* row : left)
      if (quantity_of(*row, statement.metric)) out.unit = unit_of(*row, statement.metric);
  out.compared = comparisons(statement, left, right);
  out.finding = overall(out.compared);
  out.detail = detail_of(out);
  if (out.compared.empty()) {
    if (!any_measured(left, statement.metric))
      add_missing(out.missing, statement.topic, statement.left, left);
    if (!any_measured(right, statement.metric))
      add_missing(out.missing, statement.topic, statement.right, right);
    // Both are there, but nothing that differs in this alone.
    if (out.missing.empty())
      out.missing.push_back(
          {name_of(statement.left) + " beside " + name_of(statement.right) + ", otherwise alike", "",
           measuring_command(statement.topic, statement.left)});
  }
  return out;
}

}  // namespace bpftax::bench
