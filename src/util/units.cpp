#include "util/units.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>

namespace bpftax {
namespace {
constexpr double kMaxDurationS = 30.0 * 86400.0;
}

Result<double> parse_duration_s(std::string_view text) {
  const auto bad = [&](const char* why) {
    return fail(ErrorKind::kUsage, "not a duration", "'" + std::string(text) + "'", why,
                "write 500ms, 2s, 5m or 1h");
  };
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || !std::isfinite(number)) return bad("it does not start with a number");
  const std::string_view unit = text.substr(static_cast<size_t>(end - text.data()));
  double scale = 1;
  if (unit == "us") {
    scale = 1e-6;
  } else if (unit == "ms") {
    scale = 1e-3;
  } else if (unit == "m" || unit == "min") {
    scale = 60;
  } else if (unit == "h") {
    scale = 3600;
  } else if (!unit.empty() && unit != "s") {
    return bad("unknown unit");
  }
  const double seconds = number * scale;
  if (seconds <= 0) return bad("it must be more than zero");
  if (seconds > kMaxDurationS) return bad("it is more than 30 days");
  return seconds;
}

std::string format_clock(double seconds) {
  const auto total = static_cast<int64_t>(std::llround(std::max(0.0, seconds)));
  if (total >= 3600) return fmt::format("{}:{:02}:{:02}", total / 3600, total / 60 % 60, total % 60);
  return fmt::format("{}:{:02}", total / 60, total % 60);
}

std::string format_duration(double seconds) {
  if (seconds < 1) return fmt::format("{} ms", format_significant(seconds * 1e3));
  if (seconds < 60) return fmt::format("{} s", format_significant(seconds));
  const auto total = static_cast<int64_t>(std::llround(seconds));
  if (total < 3600) {
    if (total % 60 == 0) return fmt::format("{} min", total / 60);
    return fmt::format("{} min {} s", total / 60, total % 60);
  }
  return fmt::format("{} h {} min", total / 3600, total / 60 % 60);
}

bool same_length(double a_s, double b_s) {
  constexpr double kSame = 0.05;
  return std::fabs(a_s - b_s) <= kSame * std::max(std::fabs(a_s), std::fabs(b_s));
}

std::string format_bytes(double bytes) {
  static constexpr std::array<const char*, 5> kUnits = {"B", "KiB", "MiB", "GiB", "TiB"};
  size_t unit = 0;
  while (std::fabs(bytes) >= 1024 && unit + 1 < kUnits.size()) {
    bytes /= 1024;
    ++unit;
  }
  if (unit == 0) return fmt::format("{:.0f} B", bytes);
  return fmt::format("{} {}", format_significant(bytes), kUnits[unit]);
}

std::string format_count(double value) {
  const double size = std::fabs(value);
  if (size >= 1e9) return format_significant(value / 1e9) + "G";
  if (size >= 1e6) return format_significant(value / 1e6) + "M";
  if (size >= 1e4) return format_significant(value / 1e3) + "k";
  return format_significant(value);
}

std::string format_significant(double value, int digits) {
  if (!std::isfinite(value)) return "?";
  if (value == 0) return "0";
  const int magnitude = static_cast<int>(std::floor(std::log10(std::fabs(value))));
  if (magnitude < -4 || magnitude > 8) return fmt::format("{:.{}g}", value, digits);
  return fmt::format("{:.{}f}", value, std::max(0, digits - 1 - magnitude));
}

}  // namespace bpftax
