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

}  // namespace

std::optional<int64_t> parse_time_of_day(std::string_view text) {
  const auto parts = split(text, ':');
  if (parts.size() != 3) return std::nullopt;
  const auto hours = digits(parts[0], 0, 23);
  const auto minutes = digits(parts[1], 0, 59);
  const size_t dot = parts[2].find('.');
  const auto seconds = digits(parts[2].substr(0, dot), 0, 60);
  if (!hours || !minutes || !seconds) return std::nullopt;
  int64_t fraction_ns = 0;
  if (dot != std::string_view::npos) {
    const std::string_view fraction = parts[2].substr(dot + 1);
    if (fraction.empty() || fraction.size() > 9) return std::nullopt;
    const auto value = to_uint64(fraction);
    if (!value) return std::nullopt;
    fraction_ns = static_cast<int64_t>(*value);
    for (size_t i = fraction.size(); i < 9; ++i) fraction_ns *= 10;
  }
  return (int64_t{*hours} * 3600 + int64_t{*minutes} * 60 + *seconds) * kNsPerS + fraction_ns;
}

std::optional<int64_t> parse_date(std::string_view text) {
  const auto parts = split(text, '-');
  if (parts.size() != 3) return std::nullopt;
  const auto year = digits(parts[0], 1970, 2200), month = digits(parts[1], 1, 12),
             day = digits(parts[2], 1, 31);
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
