#include <cstdint>

#include "workload/sockperf_output.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto report = bpftax::parse_sockperf({reinterpret_cast<const char*>(data), size}, "fuzz");
  if (!report) return 0;
  if (report->observations < 0 || report->p50_us > report->p99_us || report->min_us > report->max_us)
    __builtin_trap();
  return 0;
}
