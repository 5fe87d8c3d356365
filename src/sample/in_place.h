// What a BPF program costs where it runs: real packets, the program attached and not attached by turns.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "sample/loopback_traffic.h"
#include "util/result.h"

namespace bpftax {

// A loaded program, as far as measuring it in place goes.
struct InPlaceProgram {
  std::function<Result<void>()> attach;
  std::function<void()> detach;
  // How often it has run on that CPU since it was loaded; where nobody counts, empty: then it is taken to run
  // once a message.
  std::function<Result<uint64_t>(int)> events_on_cpu;
};

struct InPlacePhase {
  bool attached = false;
  std::vector<double> ns_per_message;  // one value a batch
  double events_per_message = 0;       // of the program on that CPU; 0 while it is not attached
};

struct InPlaceCost {
  double ns = 0;        // of one event, with all that belongs to it
  double error_ns = 0;  // half of the 95 % interval
};

// Phases with and without the program by turns, beginning and ending without it, for about budget_ns; at
// least three with it.
Result<std::vector<InPlacePhase>> alternate_in_place(const InPlaceProgram& program, LoopbackTraffic& traffic,
                                                     int64_t budget_ns);

// Phases without and with the program by turns, beginning and ending without. What an event costs: the mean
// over the phases with the program (without the lowest and the highest fifth) of what a message costs there
// (median of its batches) beyond the mean of the two neighbours, so that a slow drift cancels, divided by the
// events a message makes (one, and those of other traffic on that CPU).
// kEnvironment when there are too few phases or the program did not see the messages.
Result<InPlaceCost> estimate_in_place(const std::vector<InPlacePhase>& phases);

// Both, in `stretches` times 0.35 s; the program is detached at the end. Each attachment waits 17 ms for the
// kernel (a grace period after the last detachment), so there are some 13 phases with the program in a
// stretch, whose differences scatter by 30 to 50 ns here: 6 stretches make the error some 10 ns.
Result<InPlaceCost> measure_in_place(const InPlaceProgram& program, LoopbackTraffic& traffic, int stretches);

}  // namespace bpftax
