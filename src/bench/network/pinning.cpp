#include "bench/network/pinning.h"

#include <sched.h>

#include <cerrno>
#include <string>

namespace bpftax::bench::network {

Result<void> pin_to_cpu(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<size_t>(cpu), &set);
  if (::sched_setaffinity(0, sizeof set, &set) != 0)
    return fail_errno(errno, "cannot bind the thread to a CPU", std::to_string(cpu));
  return {};
}

}  // namespace bpftax::bench::network
