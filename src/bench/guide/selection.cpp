#include "bench/guide/selection.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "bench/guide/row_text.h"

namespace bpftax::bench {
namespace {

void add_once(std::vector<std::string>& list, const std::string& value) {
  if (std::find(list.begin(), list.end(), value) == list.end()) list.push_back(value);
}

bool is_among(const std::vector<std::string>& list, std::string_view value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

// Of the values of a parameter the one that most rows have.
Json most_frequent(const std::vector<const Row*>& rows, const std::string& key) {
  std::vector<std::pair<Json, int>> counts;
  for (const Row* row : rows) {
    const auto at = row->params.find(key);
    if (at == row->params.end()) continue;
    const auto known =
        std::find_if(counts.begin(), counts.end(), [&](const auto& entry) { return entry.first == *at; });
    if (known == counts.end())
      counts.emplace_back(*at, 1);
    else
      ++known->second;
  }
  const std::pair<Json, int>* best = nullptr;
  for (const auto& entry : counts) {
    const bool smaller =
        best != nullptr && entry.first.is_number() && best->first.is_number() && entry.first < best->first;
    if (best == nullptr || entry.second > best->second || (entry.second == best->second && smaller))
      best = &entry;
  }
  return best == nullptr ? Json() : best->first;
}

}  // namespace

Selection::Selection(const Document& document, std::string_view benchmark) {
  for (const Row& row : document.rows) {
    if (row.benchmark != benchmark || row.is_floor) continue;
    rows_.push_back(&row);
    add_once(subjects_, row.subject);
    add_once(ops_, row.op);
    add_once(sides_, row.side);
    add_once(conditions_, row.condition);
  }
  find_swept();
}

void Selection::find_swept() {
  using Identity = std::tuple<std::string, std::string, std::string, std::string>;
  std::map<std::pair<Identity, std::string>, std::set<std::string>> values;
  for (const Row* row : rows_) {
    if (!row->params.is_object()) continue;
    for (const auto& [key, value] : row->params.items())
      values[{{row->subject, row->op, row->side, row->condition}, key}].insert(dump_line(value));
  }
  for (const auto& [at, seen] : values)
    if (seen.size() > 1) add_once(swept_, at.second);
  std::sort(swept_.begin(), swept_.end());
  for (const std::string& key : swept_) reference_[key] = most_frequent(rows_, key);
}

bool Selection::is_swept(std::string_view key) const {
  return is_among(swept_, key);
}

bool Selection::is_number(std::string_view key) const {
  return std::all_of(rows_.begin(), rows_.end(), [&](const Row* row) {
    const auto at = row->params.find(std::string(key));
    return at == row->params.end() || at->is_number();
  });
}

bool Selection::at_reference(const Row& row, const std::vector<std::string>& except) const {
  return std::all_of(swept_.begin(), swept_.end(), [&](const std::string& key) {
    if (is_among(except, key)) return true;
    const auto at = row.params.find(key);
    return at == row.params.end() || *at == reference_.at(key);
  });
}

std::string Selection::reference_text(const std::vector<std::string>& except) const {
  Json shown = Json::object();
  for (const auto& [key, value] : reference_.items())
    if (!is_among(except, key)) shown[key] = value;
  return params_text(shown);
}

bool same_params(const Row& a, const Row& b, const std::vector<std::string>& except) {
  if (!a.params.is_object() || !b.params.is_object()) return true;
  for (const auto& [key, value] : a.params.items()) {
    if (is_among(except, key)) continue;
    const auto other = b.params.find(key);
    if (other != b.params.end() && *other != value) return false;
  }
  return true;
}

bool equal_params(const Row& a, const Row& b, const std::vector<std::string>& except) {
  const auto lacks = [&](const Row& has, const Row& other) {
    if (!has.params.is_object()) return false;
    for (const auto& [key, value] : has.params.items())
      if (!is_among(except, key) && !other.params.contains(key)) return true;
    return false;
  };
  return same_params(a, b, except) && !lacks(a, b) && !lacks(b, a);
}

}  // namespace bpftax::bench
