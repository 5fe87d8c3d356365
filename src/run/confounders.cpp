#include "run/confounders.h"

#include <fmt/format.h>

#include <cmath>

#include "run/warnings.h"
#include "stats/descriptive.h"
#include "stats/effect.h"
#include "util/units.h"

namespace bpftax {
namespace {

// Below this a shift of the idle share does not explain anything (percentage points).
constexpr double kIdleMaterial = 2;
constexpr double kFrequencyMaterial = 0.02;  // of the baseline's

const double* condition_of(const RunState& state, int block, const std::string& arm,
                           const std::string& workload, const std::string& condition) {
  const WindowRecord* record = state.window(block, arm, workload);
  if (record == nullptr) return nullptr;
  const auto found = record->window.conditions.find(condition);
  return found == record->window.conditions.end() ? nullptr : &found->second;
}

}  // namespace

std::optional<Shift> condition_shift(const RunState& state, const std::vector<int>& blocks,
                                     const std::string& subject, const std::string& workload,
                                     const std::string& condition, double material) {
  std::vector<double> differences, baselines, subjects;
  for (const int block : blocks) {
    const double* a1 = condition_of(state, block, "A1", workload, condition);
    const double* a2 = condition_of(state, block, "A2", workload, condition);
    const double* t = condition_of(state, block, subject, workload, condition);
    if (a1 == nullptr || a2 == nullptr || t == nullptr) continue;
    baselines.push_back((*a1 + *a2) / 2);
    subjects.push_back(*t);
    differences.push_back(*t - baselines.back());
  }
  const auto estimated = estimate(differences, 0.05);
  if (!estimated || estimated->ci.contains(0) || std::fabs(estimated->mean) < material) return std::nullopt;
  return Shift{*mean(baselines), *mean(subjects)};
}

ConfounderNotes confounders_of(const Session& session, const JudgedRow& row) {
  ConfounderNotes notes;
  const RunState& state = session.state;
  const std::string name = session.planned_subject(row.subject)->name;
  const std::string what = fmt::format("{} {}", row.workload, row.metric.name);
  const auto add = [&](WarningCode code, const std::string& text) {
    notes.warnings.push_back(make_warning(code, text));
    notes.row_texts.push_back(text);
  };

  if (row.judged.better_than_baseline) {
    const std::string gain = fmt::format("{} is {} % better with {} than without", what,
                                         format_significant(-row.judged.overhead_percent.value_or(0)), name);
    std::optional<Shift> idle;
    std::string measure;
    for (const auto& [condition, text] : {std::pair("idle_residency_percent", "time in idle states"),
                                          std::pair("idle_percent", "idle time")}) {
      if (idle) break;
      idle = condition_shift(state, row.blocks, row.subject, row.workload, condition, kIdleMaterial);
      measure = text;
    }
    if (idle) {
      add(WarningCode::kIdleMoved,
          fmt::format("{}, while the CPUs' {} {} from {:.0f} % to {:.0f} %: {}", gain, measure,
                      idle->subject < idle->baseline ? "fell" : "rose", idle->baseline, idle->subject,
                      idle->subject < idle->baseline
                          ? "the CPUs no longer sleep between packets, so wake-ups are saved that the tool's "
                            "work pays "
                            "for; this is no gain in efficiency"
                          : "the load itself changed, so this is no plain comparison"));
    } else {
      add(WarningCode::kWrongSign, gain + ", and neither idle time nor load explains it");
    }
  }

  const bool measurable =
      row.judged.ci_low && row.judged.ci_high && (*row.judged.ci_low > 0 || *row.judged.ci_high < 0);
  if (!measurable) return notes;
  if (const auto clock = condition_shift(state, row.blocks, row.subject, row.workload, "frequency_mhz",
                                         kFrequencyMaterial)) {
    if (std::fabs(clock->subject / clock->baseline - 1) >= kFrequencyMaterial) {
      add(WarningCode::kFrequencyChanged,
          fmt::format("the CPUs ran at {:.0f} MHz with {} and at {:.0f} MHz without during {}",
                      clock->subject, name, clock->baseline, row.workload));
    }
  }
  return notes;
}

}  // namespace bpftax
