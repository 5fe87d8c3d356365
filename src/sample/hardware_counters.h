// Cycles, instructions and cache misses of the whole host by perf_event_open: one group of counters per
// online CPU. Virtual machines often have none, and perf_event_paranoid may forbid them: then open() says so.
#pragma once

#include <string>
#include <vector>

#include "sample/paths.h"
#include "sample/types.h"
#include "util/fd.h"
#include "util/result.h"

namespace bpftax {

class HardwareCounterReader {
 public:
  static Result<HardwareCounterReader> open(const SampleRoots& roots = {});
  // Sum over all CPUs since open(); where the kernel had to share the counters among several users, each
  // CPU's values are scaled by time enabled / time running (perf_event_open(2)). An error if a CPU's group
  // never ran.
  Result<HardwareCounters> read() const;

 private:
  struct Group {
    int cpu = 0;
    std::vector<Fd> fds;  // the leader first
  };
  std::vector<Group> groups_;
};

// Value of a counter that was on the hardware for `running` of `enabled` nanoseconds.
int64_t scale_counter(int64_t value, int64_t enabled, int64_t running);

}  // namespace bpftax
