// The calling thread: its CPU, its clock.
#pragma once

#include <cstdint>

#include "util/clock.h"
#include "util/result.h"

namespace bpftax::bench {

// It runs on this CPU only. kEnvironment when it may not.
Result<void> pin_to_cpu(int cpu);

// CLOCK_MONOTONIC
inline uint64_t monotonic_now_ns() {
  return static_cast<uint64_t>(RealClock().monotonic_ns());
}

}  // namespace bpftax::bench
