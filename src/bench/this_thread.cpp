#include "bench/this_thread.h"

#include <fmt/format.h>
#include <sched.h>

#include <cerrno>

namespace bpftax::bench {

Result<void> pin_to_cpu(int cpu) {
  cpu_set_t one;
  CPU_ZERO(&one);
  const bool possible = cpu >= 0 && cpu < CPU_SETSIZE;
  if (possible) CPU_SET(static_cast<size_t>(cpu), &one);
  if (possible && ::sched_setaffinity(0, sizeof one, &one) == 0) return {};
  return fail_errno(possible ? errno : EINVAL, "cannot run on a CPU of its own", fmt::format("CPU {}", cpu));
}

}  // namespace bpftax::bench
