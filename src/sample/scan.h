// Cutting kernel text into lines, words and numbers without allocating: these run several times a second on
// /proc files of some ten kilobytes. Header-only.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

namespace bpftax::scan {

// Takes the next line (without its newline) off the front of `text`; false when nothing is left.
inline bool next_line(std::string_view& text, std::string_view& line) {
  if (text.empty()) return false;
  const size_t end = text.find('\n');
  line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return true;
}

// Takes the next word off the front of `line`; empty when nothing is left.
inline std::string_view next_word(std::string_view& line) {
  const size_t begin = line.find_first_not_of(" \t");
  if (begin == std::string_view::npos) {
    line = {};
    return {};
  }
  line.remove_prefix(begin);
  const size_t end = line.find_first_of(" \t");
  const std::string_view word = line.substr(0, end);
  line.remove_prefix(word.size());
  return word;
}

// A whole word as a number. Kernel counters are unsigned long; one beyond 2^63 is no counter that we can
// subtract and counts as unreadable.
inline std::optional<int64_t> to_number(std::string_view word) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc{} || end != word.data() + word.size()) return std::nullopt;
  return value;
}

inline std::optional<int64_t> next_number(std::string_view& line) {
  return to_number(next_word(line));
}

// Numbers times a unit, without overflow: nullopt where the product does not fit.
inline std::optional<int64_t> scaled(std::optional<int64_t> value, int64_t unit) {
  int64_t product = 0;
  if (!value || __builtin_mul_overflow(*value, unit, &product)) return std::nullopt;
  return product;
}

}  // namespace bpftax::scan
