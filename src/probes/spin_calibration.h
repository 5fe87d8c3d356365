// How spin finds out what it costs itself, so that an event costs what was asked for: the estimates, from
// times that others have taken.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "probes/spin.h"
#include "sample/in_place.h"
#include "util/result.h"

namespace bpftax {

struct SpinCalibration {
  double fixed_ns = 0;  // cost of an event outside of its first and last reading of the clock
  double step_ns = 0;   // of one iteration: how far off a single event can be
  // What an event costs with all that belongs to it, the program attached and real packets passing; nullopt
  // when that could not be measured. Then fixed_ns is that of a program which runs over and over, and what
  // leads into it (tracepoint, trampoline, cold caches) is not in it.
  std::optional<InPlaceCost> in_place;
  std::string not_in_place;  // why not
};

// ---- over and over in the kernel (BPF_PROG_TEST_RUN) ----

// One batch of runs of a calibration program.
struct SpinBatch {
  double ns_per_run = 0;        // as the kernel timed it
  double burnt_ns_per_run = 0;  // as the program accounted for it; 0 for the empty one
  double iterations_per_run = 0;
};

// fixed = run - empty run - burnt, each the median over its batches; step = burnt / iterations.
// kEnvironment when the batches are empty or contradict each other (a negative cost, no iteration).
Result<SpinCalibration> calibrate_spin(const std::vector<SpinBatch>& spinning,
                                       const std::vector<SpinBatch>& empty);

// ---- both ----

// What the programs are told to burn between their readings of the clock for `ns` in all; 0 when ns is below
// the cost that cannot be avoided.
uint64_t spin_target_ns(uint64_t ns, const SpinCalibration& calibration);

// "an event costs 1002.8 +- 7.9 ns in place", "calibrated out of place (WHY)"
std::string format_spin_truth(const SpinCalibration& calibration);
// "calibration: an event costs ...; outside of the loop 168.2 ns, target in the loop 832 ns; ..."
std::string format_calibration(uint64_t ns, const SpinCalibration& calibration);

// "1234 events, 1000.2 ns each, 1234247 ns in all; asked for: 1000 ns each" and what that consists of.
std::vector<std::string> format_spin_summary(uint64_t ns, const SpinState& total,
                                             const SpinCalibration& calibration);

}  // namespace bpftax
