#include <cmath>
#include <cstdint>

#include "workload/netperf_output.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto report = bpftax::parse_netperf({reinterpret_cast<const char*>(data), size}, "fuzz");
  if (!report) return 0;
  if (!std::isfinite(bpftax::busy_share(*report)) || bpftax::busy_share(*report) < 0) __builtin_trap();
  if (report->p50_us > report->p99_us || report->min_us > report->max_us) __builtin_trap();
  return 0;
}
