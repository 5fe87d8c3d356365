// The doubts a run can have about itself: a closed set. Each has a code (stable, for scripts), a text with
// the numbers of this run, and advice. A doubt about one row stands in that comparison's `warnings` too, as a
// sentence.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "result/model.h"

namespace bpftax {

enum class WarningCode {
  kNoisyBaseline,         // baseline windows vary by more than 5 %
  kSteal,                 // the hypervisor took CPU time
  kClockSource,           // not tsc (or the architecture's counter)
  kGovernor,              // CPU frequency governor is not performance
  kFewCpus,               // the tool shares CPUs with the workload
  kIdleMoved,             // idle share moved with the effect: a faster system that does not sleep
  kWrongSign,             // measurably better with the subject
  kPercentilesQuantised,  // latency quantiles come in coarse steps
  kNoAttribution,         // where the cost comes from could not be measured
  kStatsOn,               // somebody else's run-time statistics were on in the timed windows
  kStatsCost,             // run-time statistics changed what the attribution windows measured
  kOutputCut,             // the tool's output reached the cap
  kLostEvents,            // the tool itself says that it lost events
  kLeftBehind,            // BPF objects or pins stayed after the stop
  kUnequalDrops,          // blocks were dropped because of some arms more than of others
  kDroppedBlocks,         // blocks were dropped and measured again
  kFrequencyChanged,      // CPU frequency differs between arms
  kPlacement,             // fewer CPUs than the placement asked for
  kGeneratorFallback,     // a workload uses its second-choice traffic generator
  kSubjectRemoved,        // a subject was taken out
  kNoPrograms,            // ready by other means than BPF, and no eBPF program was seen
  kBudget,                // the time budget ended the run before the stopping rule did
  kFewBlocks,             // fewer blocks than the first look
  kUnavailable,           // a sampler could not read something
  kResumed,               // measured in several sessions
  kWorkload,              // a workload has a remark about its own measurement
  kHook,                  // a hook or a custom monitor failed
  kKilled,                // the tool did not end on SIGINT and SIGTERM and was killed
  kLoad,                  // the machine was put under a load on purpose, and whether it held
};

std::string_view to_string(WarningCode code);  // "noisy_baseline", ...
std::string_view advice(WarningCode code);
ResultWarning make_warning(WarningCode code, std::string text);
const std::vector<WarningCode>& all_warning_codes();

}  // namespace bpftax
