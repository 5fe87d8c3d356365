// Starting processes: fork, set up, hold on a barrier, release together, report what went wrong in the child.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "host/host.h"
#include "util/result.h"

namespace bpftax {

struct LaunchItem {
  const ProcessSpec* spec = nullptr;
  int stdout_fd = -1;  // borrowed; -1: /dev/null
  int stderr_fd = -1;
  std::string run_variable;     // value of BPFTAX_RUN
  std::string handle_variable;  // value of BPFTAX_HANDLE
};

struct Launched {
  std::vector<int> pids;    // in the order of the items; children of the caller, to be reaped by it
  int64_t released_ns = 0;  // CLOCK_MONOTONIC
};

// Forks all, waits until each has set itself up, calls before_release(pids), releases all by one write and
// waits until each has executed its program. When anything fails, all are killed and reaped and the first
// failure is returned. Blocks for the set-up (milliseconds), at most 10 s for each of the two phases.
//
// A child has its own session, dies with the calling thread (PR_SET_PDEATHSIG, until it runs a set-user-ID
// program), has default signal dispositions, no descriptors of ours, and the soft limit of open files
// `nofile_soft_limit`.
Result<Launched> launch_together(const std::vector<LaunchItem>& items,
                                 const std::function<Result<void>(const std::vector<int>&)>& before_release,
                                 uint64_t nofile_soft_limit);

}  // namespace bpftax
