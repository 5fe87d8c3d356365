// Durations and sizes as people write them, and how we print them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "util/result.h"

namespace bpftax {

// "500ms", "2s", "2", "1.5m", "1h": seconds. A bare number is seconds. Zero, negative, overflow (> 30 days)
// and trailing text are errors of kind kUsage.
Result<double> parse_duration_s(std::string_view text);

// Whether two lengths of a measurement are the same to those who compare its values: within 5 % of the longer
// one. What was asked for as 5 s took 5.002 s in one run and 4.998 s in the next.
bool same_length(double a_s, double b_s);

// "90 s" -> "1:30", "3725 s" -> "1:02:05": for progress lines.
std::string format_clock(double seconds);
// "4 min 10 s", "8.2 s", "120 ms": for sentences.
std::string format_duration(double seconds);
// 1536 -> "1.5 KiB"; exact below 1024.
std::string format_bytes(double bytes);
// 1234567.0 -> "1.23M"; three significant digits with k, M, G.
std::string format_count(double value);
// Three significant digits, no exponent between 1e-3 and 1e6: "12.6", "0.0123".
std::string format_significant(double value, int digits = 3);

}  // namespace bpftax
