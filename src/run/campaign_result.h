// One result of a campaign from those of its parts.
#pragma once

#include <map>
#include <string>

#include "plan/workflow.h"
#include "result/model.h"

namespace bpftax {

// What is known of one part.
struct PartResult {
  std::string status = "unfinished";  // "measured" | "failed" | "unfinished"
  std::string reason;                 // when not measured
  std::optional<RunResult> result;    // nullopt: nothing was measured
};

// Parts in the order of the workflow; one that is not in `parts` has not begun. Cases without a result are
// subjects of status "invalid" with the reason. Corrections for multiplicity are those within each part.
RunResult merge_parts(const Workflow& workflow, const std::map<std::string, PartResult>& parts,
                      const std::string& stop_reason, bool complete);

}  // namespace bpftax
