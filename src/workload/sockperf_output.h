// Reads what `sockperf ping-pong --full-rtt` writes: sentences with ANSI colours, and exit code 0 on most
// failures. Strict: foreign text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "util/result.h"

namespace bpftax {

struct SockperfReport {
  double total_s = 0;   // "[Total Run] RunTime": the whole test
  double warmup_s = 0;  // of it, left out at its beginning
  double valid_s = 0;   // "[Valid Duration] RunTime": what the numbers below are about
  int64_t observations = 0;
  int64_t dropped = 0, duplicated = 0, out_of_order = 0;
  double mean_us = 0, min_us = 0, p50_us = 0, p90_us = 0, p99_us = 0,
         max_us = 0;  // round trips, three decimals
};

// kWorkload with sockperf's own words when it reports an error ("sockperf: ERROR: ...", "No messages were
// received
// ..."), otherwise with what is missing or cannot be.
Result<SockperfReport> parse_sockperf(std::string_view text, const std::string& where);

}  // namespace bpftax
