// Dates and times of day as logs write them. Strict: foreign text.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace bpftax {

inline constexpr int64_t kDayNs = int64_t{24} * 3600 * 1'000'000'000;

// "18:44:10.330811334", fraction of one to nine digits optional: nanoseconds since midnight; 23:59:60 is one
// too.
std::optional<int64_t> parse_time_of_day(std::string_view text);
// "2026-11-20": nanoseconds from 1970 to that midnight, taken as UTC. Years 1970 to 2200.
std::optional<int64_t> parse_date(std::string_view text);
// Both together.
std::optional<int64_t> parse_log_time(std::string_view date, std::string_view time);

}  // namespace bpftax
