// One task in one process: started, pinned, sampled, reaped. What the benchmark made (maps, programs, links,
// namespaces, threads) dies with it, whatever way it ends.
//
// A process that is only forked has the addresses of its parent: code, stack and heap lie where they lie in
// all processes of the run. How well a processor foretells branches and loads depends on that: on one virtual
// machine a loop of 2.25 ns took 2.32 ns in each of the ten processes of one run, 2.25 ns in each of the next
// run's, and their intervals of 0.01 ns knew nothing of it. So the program is executed anew for each process,
// and has addresses of its own: what they do is part of the spread between processes.
//
// The child is killed when the thread that forked it ends (PR_SET_PDEATHSIG), so tasks are run from a thread
// that lives as long as the run. It has a process group of its own: ^C reaches the controller only, and
// helpers that the benchmark forked are killed with it. What it writes to stdout and stderr (libbpf does) is
// kept apart and quoted where a reason is wanted.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "bench/benchmark.h"
#include "bench/sampling.h"
#include "util/result.h"

namespace bpftax::bench {

inline constexpr int64_t kProcessLimitMs = 120'000;

// Asks needs(), sets up, pins to task.cpus[0], samples, tears down. A process that crashes, exceeds the limit
// or writes what is no result is ProcessResult kInvalid with the reason. Errors: kInterrupted (the child has
// been ended); kEnvironment, kInternal where no process can be started at all.
//
// In a forked process, for what exists in this program only (tests).
Result<ProcessResult> run_in_process(const Benchmark& benchmark, const Task& task,
                                     const SamplingRequest& request, int64_t limit_ms = kProcessLimitMs);

// The same in a process with addresses of its own. `program`: a file and its arguments from argv[0] on; it
// must call serve_process() first of all.
struct FreshProgram {
  std::string file;
  std::vector<std::string> arguments;
};
Result<ProcessResult> run_in_fresh_process(const FreshProgram& program, const Task& task,
                                           const SamplingRequest& request,
                                           int64_t limit_ms = kProcessLimitMs);

// The other end of it: reads the request from standard input, measures, writes the answer and ends the
// process. Returns only with an error: kUsage, when nobody asked properly.
using FindBenchmark = std::function<Result<const Benchmark*>(const Task& task)>;
Result<void> serve_process(const FindBenchmark& find);

}  // namespace bpftax::bench
