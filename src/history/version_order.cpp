#include "history/version_order.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace bpftax {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Takes the longest start of text whose characters are all of one kind.
std::string_view take_run(std::string_view& text) {
  size_t n = 1;
  while (n < text.size() && is_digit(text[n]) == is_digit(text[0])) ++n;
  const std::string_view run = text.substr(0, n);
  text.remove_prefix(n);
  return run;
}

// What follows a version's common part announces it: "-rc1", "~beta", ".dev3".
bool is_prerelease(std::string_view rest) {
  if (rest.empty()) return false;
  if (rest[0] == '~') return true;
  if (rest[0] == '-' || rest[0] == '.' || rest[0] == '_' || rest[0] == '+') rest.remove_prefix(1);
  static constexpr std::array<std::string_view, 5> kWords = {"rc", "alpha", "beta", "pre", "dev"};
  return std::any_of(kWords.begin(), kWords.end(), [&](std::string_view word) {
    const bool ends = rest.size() == word.size() || !is_letter(rest[std::min(word.size(), rest.size() - 1)]);
    return rest.starts_with(word) && ends;
  });
}

// Numbers of any length, without their leading zeros.
int compare_numbers(std::string_view a, std::string_view b) {
  a.remove_prefix(std::min(a.find_first_not_of('0'), a.size()));
  b.remove_prefix(std::min(b.find_first_not_of('0'), b.size()));
  if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  return a.compare(b);
}

int compare_versions(std::string_view a, std::string_view b) {
  while (!a.empty() && !b.empty()) {
    if (is_prerelease(a) != is_prerelease(b)) return is_prerelease(a) ? -1 : 1;
    const std::string_view left = take_run(a), right = take_run(b);
    const bool numbers = is_digit(left[0]) && is_digit(right[0]);
    const int order = numbers ? compare_numbers(left, right) : left.compare(right);
    if (order != 0) return order;
  }
  if (a.empty() && b.empty()) return 0;
  if (a.empty()) return is_prerelease(b) ? 1 : -1;
  return is_prerelease(a) ? -1 : 1;
}

}  // namespace

bool version_before(std::string_view a, std::string_view b) {
  const int order = compare_versions(a, b);
  return order != 0 ? order < 0 : a < b;  // "1.0" and "1.00" are told apart, so that the order is total
}

bool are_numbered(const std::vector<std::string>& versions) {
  return std::all_of(versions.begin(), versions.end(), [](std::string_view version) {
    if (version.starts_with('v') || version.starts_with('V')) version.remove_prefix(1);
    const size_t digits = std::min(version.find_first_not_of("0123456789"), version.size());
    if (digits == 0) return false;
    return digits == version.size() ? digits < 7 : !is_letter(version[digits]);
  });
}

}  // namespace bpftax
