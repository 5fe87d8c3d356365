#include "result/tree_names.h"

#include <algorithm>
#include <array>
#include <vector>

#include "util/strings.h"

namespace bpftax {
namespace {

constexpr size_t kTimeLength = 15;  // "20261120_184329"
constexpr int kMaxStreams = 1024;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_time(std::string_view text) {
  if (text.size() != kTimeLength || text[8] != '_') return false;
  for (size_t i = 0; i < kTimeLength; ++i) {
    if (i != 8 && !is_digit(text[i])) return false;
  }
  return true;
}

bool is_hash6(std::string_view text) {
  return text.size() == 6 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool is_direction(std::string_view text) {
  constexpr std::array<std::string_view, 7> kDirections = {"rx", "tx",  "both",         "any",
                                                           "in", "out", "bidirectional"};
  return std::find(kDirections.begin(), kDirections.end(), text) != kDirections.end();
}

}  // namespace

std::optional<NameAndTime> split_time(std::string_view text) {
  if (text.size() < kTimeLength + 2) return std::nullopt;
  const size_t at = text.size() - kTimeLength;
  if (text[at - 1] != '_' || !is_time(text.substr(at))) return std::nullopt;
  return NameAndTime{std::string(text.substr(0, at - 1)), std::string(text.substr(at))};
}

int streams_of(std::string_view conn) {
  if (!conn.starts_with("multi_")) return 1;
  const auto count = to_int64(conn.substr(6));
  return count && *count >= 1 && *count <= kMaxStreams ? static_cast<int>(*count) : 1;
}

std::optional<CaseName> split_case(std::string_view folder) {
  constexpr std::string_view kMark = "_case_";
  // The last mark with a number behind it: a tool may have the word in its own name.
  size_t at = folder.size();
  std::string_view rest;
  size_t digits = 0;
  while (true) {
    if (at == 0) return std::nullopt;
    at = folder.rfind(kMark, at - 1);
    if (at == std::string_view::npos || at == 0) return std::nullopt;
    rest = folder.substr(at + kMark.size());
    digits = std::min(rest.find_first_not_of("0123456789"), rest.size());
    if (digits > 0 && digits < 10 && (digits == rest.size() || rest[digits] == '_')) break;
  }
  CaseName name;
  name.tool_id = std::string(folder.substr(0, at));
  name.case_id = static_cast<int>(to_int64(rest.substr(0, digits)).value_or(0));
  if (digits == rest.size()) return name;
  std::vector<std::string_view> words = split(rest.substr(digits + 1), '_');
  if (is_hash6(words.back())) {
    name.hash6 = std::string(words.back());
    words.pop_back();
  }
  // {protocol}_{direction}; either may be missing, the protocol may have several words.
  if (words.size() > 1 || (words.size() == 1 && is_direction(words.front()))) {
    name.direction = std::string(words.back());
    words.pop_back();
  }
  for (const std::string_view word : words) {
    if (!name.protocol.empty()) name.protocol += '_';
    name.protocol += word;
  }
  return name;
}

}  // namespace bpftax
