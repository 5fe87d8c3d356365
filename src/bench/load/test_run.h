// Running a program without attaching it: BPF_PROG_TEST_RUN.
#pragma once

#include <cstdint>

#include "util/result.h"

namespace bpftax::bench {

struct TestRun {
  uint64_t wall_ns = 0;  // of the system calls
  uint64_t own_ns = 0;   // of one run, by the kernel, rounded down; 0: this type is not timed
  uint32_t result = 0;   // what the program returned
};

// Whether the kernel repeats a run of this type inside one call; else one call is one run.
bool can_repeat(uint32_t type);

// `times` runs. Packet types get a 64-byte Ethernet/IPv4/UDP frame, others a context of zeros.
// kEnvironment with the kernel's reason: this type cannot be run so, or not on this kernel.
Result<TestRun> test_run(int program_fd, uint32_t type, uint32_t times);

}  // namespace bpftax::bench
