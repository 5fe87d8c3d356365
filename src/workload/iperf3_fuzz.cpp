#include <cmath>
#include <cstdint>

#include "workload/common_time.h"
#include "workload/iperf3_json.h"

// Whatever is accepted can be cut to any range without giving what cannot be.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto report = bpftax::parse_iperf3({reinterpret_cast<const char*>(data), size}, "fuzz");
  if (!report) {
    if (bpftax::to_string(report.error()).empty()) __builtin_trap();
    return 0;
  }
  if (report->received.empty() || !(report->received_s >= 0)) __builtin_trap();
  const bpftax::StreamClock clock{.released_ns = 0,
                                  .ended_ns = static_cast<int64_t>(report->received_s * 1e9) + 20'000'000,
                                  .duration_s = report->received_s};
  const auto time = bpftax::common_time({clock}, report->received_s / 2, 0.1);
  if (!time) return 0;
  const bpftax::Amount amount = bpftax::amount_between(report->received, clock, *time);
  if (!std::isfinite(amount.bytes) || amount.bytes < 0 || amount.bytes > report->received_bytes * 1.002 + 1)
    __builtin_trap();
  return 0;
}
