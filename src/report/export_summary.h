// A short Markdown summary of the gate for CI systems: $GITHUB_STEP_SUMMARY, a comment on a merge request.
// What needs attention first, then what passed; a table that is cut is said to be. Pure.
#pragma once

#include <string>
#include <vector>

#include "report/export_gate.h"

namespace bpftax {

// GitHub takes 1 MiB a step; people read a screen or two.
inline constexpr size_t kMaxSummaryBytes = 64u << 10u;

std::string render_ci_summary(const std::vector<GateReport>& reports);

}  // namespace bpftax
