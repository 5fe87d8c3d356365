// Samples of all operations of one instance, in one process: calibration, then rounds in random order.
//
// - Calibration: the number n of operations of a run is raised until a run takes about Sampling::stretch_ns,
//   or the instance can do no more (Instance::most). Where n is limited, a sample is several runs with their
//   preparation, as many as fill the stretch (kMostRuns), added up.
// - Proportion: time must grow with n. Runs of n/2 and n are set against each other, on medians of three
//   pairs; where they are not within 5 % of 2, up to three times three pairs more, and the medians of all of
//   them decide. If that still fails the row keeps its numbers and says so in a warning: it is doubtful, not
//   wrong (a cache that fills, a table that grows, a noisy neighbour).
// - Rounds: in each, every operation and floor once, in a new random order. Preparation and check stand
//   around each run and are not timed. What fails a check is invalid from then on, in all of this process.
// - Time: what all samples will take is known from calibration, of a number of operations that the user gave
//   (Operation::n_is_given) from shorter runs, and after the first round from that. Where it is more than
//   kMostSamplingS, the longest of the given numbers become unavailable, with the reason; where there are
//   none, all does.
//
// Runs in the child; takes no clock of its own for what it measures (Stretch::ns is the instance's).
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "bench/process_result.h"

namespace bpftax::bench {

inline constexpr double kProportionTolerance = 0.05;  // 2N/N
inline constexpr int kMostRuns = 32;                  // of one sample, where n is limited
inline constexpr double kMostSamplingS = 100;         // of a process, which is killed somewhat later

struct SamplingRequest {
  Sampling sampling;
  bool check_proportion = true;  // in the first process of a task; what it found is a matter of the task
  // n of each operation as an earlier process found it: where calibration starts. Empty, or one an operation.
  std::vector<uint64_t> hints;
};

// now_ns: a monotonic clock, for how long preparation takes.
ProcessResult sample_instance(Instance& instance, const SamplingRequest& request,
                              const std::function<uint64_t()>& now_ns);

}  // namespace bpftax::bench
