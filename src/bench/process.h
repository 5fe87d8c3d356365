// One task in one process: forked, pinned, sampled, reaped. What the benchmark made (maps, programs, links,
// namespaces, threads) dies with it, whatever way it ends.
//
// The child is killed when the thread that forked it ends (PR_SET_PDEATHSIG), so tasks are run from a thread
// that lives as long as the run. It has a process group of its own: ^C reaches the controller only, and
// helpers that the benchmark forked are killed with it. What it writes to stdout and stderr (libbpf does) is
// kept apart and quoted where a reason is wanted.
#pragma once

#include <cstdint>

#include "bench/benchmark.h"
#include "bench/sampling.h"
#include "util/result.h"

namespace bpftax::bench {

inline constexpr int64_t kProcessLimitMs = 120'000;

// Asks needs(), sets up, pins to task.cpus[0], samples, tears down. A process that crashes, exceeds the limit
// or writes what is no result is ProcessResult kInvalid with the reason. Errors: kInterrupted (the child has
// been ended); kEnvironment, kInternal where no process can be started at all.
Result<ProcessResult> run_in_process(const Benchmark& benchmark, const Task& task,
                                     const SamplingRequest& request, int64_t limit_ms = kProcessLimitMs);

}  // namespace bpftax::bench
