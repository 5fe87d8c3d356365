#include "bench/guide/matching.h"

#include <algorithm>

#include "bench/guide/row_text.h"
#include "bench/guide/selection.h"

namespace bpftax::bench {
namespace {

bool is_extreme(std::string_view value) {
  return value == "max" || value == "min";
}

bool fits(const Row& row, std::string_view family, const Select& select) {
  return row.benchmark == family && !row.is_floor &&
         (select.subject.empty() || row.subject == select.subject) &&
         (select.op.empty() || row.op == select.op) && (select.side.empty() || row.side == select.side);
}

bool has_param(const Row& row, const ParamFilter& filter) {
  const auto at = row.params.find(filter.key);
  if (at == row.params.end()) return false;
  return is_extreme(filter.value) ? at->is_number() : param_text(*at) == filter.value;
}

// Whether no row that differs in this parameter only has a more extreme value.
bool is_most(const Row& row, const ParamFilter& filter, const std::vector<const Row*>& among) {
  const double mine = row.params.at(filter.key).get<double>();
  return std::none_of(among.begin(), among.end(), [&](const Row* other) {
    if (other->subject != row.subject || other->op != row.op || other->side != row.side ||
        other->condition != row.condition || !same_params(row, *other, {filter.key}))
      return false;
    const double theirs = other->params.at(filter.key).get<double>();
    return filter.value == "max" ? theirs > mine : theirs < mine;
  });
}

}  // namespace

std::vector<ParamFilter> param_filters(std::string_view text) {
  std::vector<ParamFilter> out;
  for (const std::string& entry : name_list(text)) {
    const size_t equals = entry.find('=');
    if (equals != std::string::npos) out.push_back({entry.substr(0, equals), entry.substr(equals + 1)});
  }
  return out;
}

std::vector<std::string> name_list(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const size_t comma = text.find(',');
    out.emplace_back(text.substr(0, comma));
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
  }
  return out;
}

std::vector<const Row*> rows_of(const Document& document, std::string_view family, const Select& select) {
  const std::vector<ParamFilter> filters = param_filters(select.params);
  std::vector<const Row*> out;
  for (const Row& row : document.rows)
    if (fits(row, family, select) &&
        std::all_of(filters.begin(), filters.end(), [&](const ParamFilter& f) { return has_param(row, f); }))
      out.push_back(&row);
  for (const ParamFilter& filter : filters) {
    if (!is_extreme(filter.value)) continue;
    const std::vector<const Row*> among = out;
    std::erase_if(out, [&](const Row* row) { return !is_most(*row, filter, among); });
  }
  return out;
}

std::string name_of(const Select& select) {
  std::string out;
  const auto add = [&](std::string_view text, std::string_view before) {
    if (!text.empty()) out += (out.empty() ? "" : std::string(before)) + std::string(text);
  };
  add(select.subject, "");
  add(select.op, " ");
  add(side_text(select.side), " ");
  add(select.params, ", ");
  return out;
}

}  // namespace bpftax::bench
