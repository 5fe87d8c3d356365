#include "run/warnings.h"

#include <algorithm>
#include <array>

namespace bpftax {
namespace {

struct Entry {
  WarningCode code;
  const char* name;
  const char* advice;
};

constexpr std::array kTable = {
    Entry{WarningCode::kNoisyBaseline, "noisy_baseline",
          "Stop other work on this machine, or use longer windows (--window) and more blocks (--blocks)."},
    Entry{WarningCode::kSteal, "steal",
          "Measure on a machine whose CPUs are not shared, or at a quieter time."},
    Entry{WarningCode::kClockSource, "clock_source",
          "Each time stamp costs more than usual; compare with a machine that uses the CPU's own counter."},
    Entry{WarningCode::kGovernor, "governor",
          "Set the performance governor while measuring: cpupower frequency-set -g performance."},
    Entry{WarningCode::kFewCpus, "few_cpus",
          "What the tool computes in user space is taken from the workload; on a larger machine the effect "
          "is smaller."},
    Entry{WarningCode::kIdleMoved, "idle_moved",
          "Measure with the ends on one CPU (--placement same-cpu) or with deep idle states off, and look at "
          "the CPU "
          "cost per unit of work."},
    Entry{WarningCode::kWrongSign, "wrong_sign",
          "A tool seldom makes a system faster: look at CPU frequency, placement and interrupts before "
          "believing it."},
    Entry{WarningCode::kPercentilesQuantised, "percentiles_quantised",
          "Judge by the mean latency, which has full precision."},
    Entry{WarningCode::kNoAttribution, "no_attribution",
          "The verdicts do not depend on it; run again to learn where the time goes."},
    Entry{WarningCode::kStatsOn, "stats_on",
          "Turn them off (sysctl kernel.bpf_stats_enabled=0, or end those processes) and measure again: the "
          "effects are too large by what the statistics cost."},
    Entry{WarningCode::kStatsCost, "stats_cost",
          "The attribution shows where time goes, not how much the tool costs: take that from the timed "
          "windows."},
    Entry{WarningCode::kOutputCut, "output_cut",
          "Let the tool print less, or raise the cap: what is not written costs less than what is."},
    Entry{WarningCode::kLostEvents, "lost_events",
          "Give the tool larger buffers or a narrower filter; at this load its cost is lower than that of "
          "doing its "
          "whole work."},
    Entry{WarningCode::kLeftBehind, "left_behind",
          "Remove what stayed (bpftool prog/map/link, rm of the pin) and repair the tool's clean-up."},
    Entry{
        WarningCode::kUnequalDrops, "unequal_drops",
        "If one arm is dropped more often than the others, the rest of its blocks may be a lucky selection."},
    Entry{WarningCode::kDroppedBlocks, "dropped_blocks",
          "Dropped blocks were measured again; the journal has the reason of each."},
    Entry{WarningCode::kFrequencyChanged, "frequency_changed",
          "Fix the CPU frequency while measuring: part of the effect is a different clock rate."},
    Entry{WarningCode::kPlacement, "placement", "Use a machine with more CPUs, or --placement same-cpu."},
    Entry{WarningCode::kGeneratorFallback, "generator_fallback",
          "Install netperf for the first choice of request/response traffic."},
    Entry{WarningCode::kSubjectRemoved, "subject_removed",
          "Run the command by hand and see that it attaches its programs and stays."},
    Entry{WarningCode::kNoPrograms, "no_programs",
          "Without its programs there is no attribution; use --ready bpf when the tool holds them itself."},
    Entry{WarningCode::kBudget, "budget", "Give the run a larger --budget or shorter windows."},
    Entry{WarningCode::kFewBlocks, "few_blocks",
          "Give the run more time: fewer blocks than this are never judged."},
    Entry{WarningCode::kUnavailable, "unavailable",
          "`bpftax doctor` says what is missing on this machine and why."},
    Entry{WarningCode::kResumed, "resumed",
          "The parts were measured at different times; the noise floor tells whether that mattered."},
    Entry{WarningCode::kWorkload, "workload", "See the raw output of the windows in question."},
    Entry{
        WarningCode::kHook, "hook",
        "Read its output in hook_results_*.json (a monitor's in monitoring/) on that host; what it prepares "
        "was not in place."},
    Entry{WarningCode::kKilled, "killed",
          "The tool should end on SIGINT; what it did not write when it was killed is lost."},
    Entry{WarningCode::kLoad, "load",
          "What a tool costs under load is not what it costs an idle machine: compare with a run without "
          "--load."},
};

const Entry& entry(WarningCode code) {
  return *std::find_if(kTable.begin(), kTable.end(), [code](const Entry& e) { return e.code == code; });
}

}  // namespace

std::string_view to_string(WarningCode code) {
  return entry(code).name;
}

std::string_view advice(WarningCode code) {
  return entry(code).advice;
}

ResultWarning make_warning(WarningCode code, std::string text) {
  // The advice follows on the same line: the text must end as a sentence does.
  if (!text.empty() && std::string_view(".!?").find(text.back()) == std::string_view::npos) text += '.';
  return {std::string(to_string(code)), std::move(text), std::string(advice(code))};
}

const std::vector<WarningCode>& all_warning_codes() {
  static const std::vector<WarningCode> kAll = [] {
    std::vector<WarningCode> codes;
    for (const Entry& e : kTable) codes.push_back(e.code);
    return codes;
  }();
  return kAll;
}

}  // namespace bpftax
