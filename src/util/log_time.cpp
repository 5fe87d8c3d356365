#include "util/log_time.h"

#include <chrono>

#include "util/clock.h"
#include "util/strings.h"

namespace bpftax {
namespace {

std::optional<int> digits(std::string_view text, int low, int high) {
  const auto value = to_uint64(text);
  if (!value || text.size() > 4 || static_cast<int64_t>(*value) < low || static_cast<int64_t>(*value) > high)
    return std::nullopt;
  return static_cast<int>(*value);
}

struct ThreeParts {
  std::string_view first, second, third;
};

// "a:b:c"; nullopt: not three parts.
std::optional<ThreeParts> three_parts(std::string_view text, char separator) {
  const size_t one = text.find(separator);
  if (one == std::string_view::npos) return std::nullopt;
  const size_t two = text.find(separator, one + 1);
  if (two == std::string_view::npos || text.find(separator, two + 1) != std::string_view::npos)
    return std::nullopt;
  return ThreeParts{text.substr(0, one), text.substr(one + 1, two - one - 1), text.substr(two + 1)};
}

}  // namespace

std::optional<int64_t> parse_time_of_day(std::string_view text) {
  const auto parts = three_parts(text, ':');
  if (!parts) return std::nullopt;
  const auto hours = digits(parts->first, 0, 23);
  const auto minutes = digits(parts->second, 0, 59);
  const size_t dot = parts->third.find('.');
  const auto seconds = digits(parts->third.substr(0, dot), 0, 60);
  if (!hours || !minutes || !seconds) return std::nullopt;
  int64_t fraction_ns = 0;
  if (dot != std::string_view::npos) {
    const std::string_view fraction = parts->third.substr(dot + 1);
    if (fraction.empty() || fraction.size() > 9) return std::nullopt;
    const auto value = to_uint64(fraction);
    if (!value) return std::nullopt;
    fraction_ns = static_cast<int64_t>(*value);
    for (size_t i = fraction.size(); i < 9; ++i) fraction_ns *= 10;
  }
  return (int64_t{*hours} * 3600 + int64_t{*minutes} * 60 + *seconds) * kNsPerS + fraction_ns;
}

std::optional<int64_t> parse_date(std::string_view text) {
  const auto parts = three_parts(text, '-');
  if (!parts) return std::nullopt;
  const auto year = digits(parts->first, 1970, 2200), month = digits(parts->second, 1, 12),
             day = digits(parts->third, 1, 31);
  if (!year || !month || !day) return std::nullopt;
  const std::chrono::year_month_day calendar{std::chrono::year{*year},
                                             std::chrono::month{static_cast<unsigned>(*month)},
                                             std::chrono::day{static_cast<unsigned>(*day)}};
  if (!calendar.ok()) return std::nullopt;
  return std::chrono::sys_days{calendar}.time_since_epoch().count() * kDayNs;
}

std::optional<int64_t> parse_log_time(std::string_view date, std::string_view time) {
  const auto day = parse_date(date);
  const auto rest = parse_time_of_day(time);
  if (!day || !rest) return std::nullopt;
  return *day + *rest;
}

}  // namespace bpftax
