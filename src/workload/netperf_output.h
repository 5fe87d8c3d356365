// Reads what `netperf -t TCP_RR|UDP_RR ... -- -k KEYS` writes: one KEY=VALUE a line. Strict: foreign text.
#pragma once

#include <string>
#include <string_view>

#include "util/result.h"

namespace bpftax {

struct NetperfReport {
  std::string protocol;           // "TCP", "UDP"
  double transactions_per_s = 0;  // three decimals
  double elapsed_s = 0;           // two decimals
  double mean_us = 0;             // of the histogram; time between transactions is not in it
  double min_us = 0, p50_us = 0, p90_us = 0, p99_us = 0, max_us = 0;  // whole microseconds, see metrics.h
  int64_t request_bytes = 0, response_bytes = 0;
};

// The argument of -k that this parser needs.
extern const char* const kNetperfKeys;

// kWorkload when a key is missing, twice there, not a number, or cannot be (negative, not finite, percentiles
// out of order). Unknown keys are skipped: some versions add their own.
Result<NetperfReport> parse_netperf(std::string_view text, const std::string& where);

// The share of the test's time that transactions took, by netperf's own histogram: 0.99 and more when all
// went well. After a lost datagram netperf waits until the end of the test, exits with 0 and prints the rate
// over the whole time: then the share is that of the part before the loss.
double busy_share(const NetperfReport& report);

}  // namespace bpftax
