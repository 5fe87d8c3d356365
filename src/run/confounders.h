// Confounders (method.md section 4): conditions that differ between a subject's windows and the baselines of
// the same blocks, and what that means for an effect.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "run/estimates.h"
#include "run/session.h"

namespace bpftax {

// Mean paired difference of a condition (subject minus mean of the baselines) over the blocks, where the
// interval excludes 0 and the difference is at least `material`.
struct Shift {
  double baseline = 0, subject = 0;  // means
};
std::optional<Shift> condition_shift(const RunState& state, const std::vector<int>& blocks,
                                     const std::string& subject, const std::string& workload,
                                     const std::string& condition, double material);

struct ConfounderNotes {
  std::vector<ResultWarning> warnings;  // for the run
  std::vector<std::string> row_texts;   // for the row
};
// For a row whose effect is better than the baseline: did the CPUs stop sleeping, did the clock rate change?
// For any measurable effect: did the frequency change?
ConfounderNotes confounders_of(const Session& session, const JudgedRow& row);

}  // namespace bpftax
