// Run-time statistics of BPF programs (run_time_ns and run_count), and what they themselves cost.
#pragma once

#include <cstdint>
#include <utility>

#include "sample/paths.h"
#include "sample/types.h"
#include "util/fd.h"
#include "util/result.h"

namespace bpftax {

// Statistics are on for as long as this lives (BPF_ENABLE_STATS, Linux 5.8). The kernel counts users: others
// keep theirs, and ours end with our process.
class BpfStats {
 public:
  static Result<BpfStats> enable();

 private:
  explicit BpfStats(Fd fd) : fd_(std::move(fd)) {}
  Fd fd_;
};

// Are they on now, whoever asked for it? Found out by running a program of ours and looking at its run_count,
// as the sysctl shows only one of the two ways to turn them on.
Result<bool> bpf_stats_active();
// The same, and who asked for it: the sysctl, or the processes that hold a descriptor for them.
Result<BpfStatsUse> bpf_stats_use(const SampleRoots& roots = {});

struct StatsCostMeasurement {
  double off_ns = 0;  // per run of an empty program, statistics off
  double on_ns = 0;
  int rounds = 0;  // medians over so many interleaved rounds
};

// Runs an empty socket filter by BPF_PROG_TEST_RUN, with statistics off and on in turns, about 100 ms
// altogether. Fails with kEnvironment when somebody else has statistics on (the "off" cannot be measured);
// the error names the sysctl or the processes that hold them on.
Result<StatsCostMeasurement> measure_stats_cost(const SampleRoots& roots = {});

}  // namespace bpftax
