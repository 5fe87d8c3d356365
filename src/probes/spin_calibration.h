// How spin finds out what it costs itself, so that a run of its program costs what was asked for.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "probes/spin.h"
#include "util/result.h"

namespace bpftax {

struct SpinCalibration {
  double fixed_ns = 0;  // cost of a run outside of its first and last reading of the clock
  double step_ns = 0;   // of one iteration: how far off a single event can be
};

// One batch of runs of a calibration program in the kernel (BPF_PROG_TEST_RUN).
struct SpinBatch {
  double ns_per_run = 0;        // as the kernel timed it
  double burnt_ns_per_run = 0;  // as the program accounted for it; 0 for the empty one
  double iterations_per_run = 0;
};

// fixed = run - empty run - burnt, each the median over its batches; step = burnt / iterations.
// kEnvironment when the batches are empty or contradict each other (a negative cost, no iteration).
Result<SpinCalibration> calibrate_spin(const std::vector<SpinBatch>& spinning,
                                       const std::vector<SpinBatch>& empty);

// What the programs are told to burn between their readings of the clock for `ns` in all; 0 when ns is below
// the cost that cannot be avoided.
uint64_t spin_target_ns(uint64_t ns, const SpinCalibration& calibration);

// "clock read and loop: 21.4 ns an iteration; outside of the loop: 14.2 ns a run; ..."
std::string format_calibration(uint64_t ns, const SpinCalibration& calibration);

// "1234 events, 1000.2 ns each (985.9 in the loop + 14.3 outside), 1.234 ms in all; asked for: 1000 ns each"
std::vector<std::string> format_spin_summary(uint64_t ns, const SpinState& total,
                                             const SpinCalibration& calibration);

}  // namespace bpftax
