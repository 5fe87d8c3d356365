// Steps of reading a workflow document; each checks what it reads against what was read before. Errors are
// kUsage, `where` is the JSON path. Internal to plan/.
#pragma once

#include "plan/workflow.h"
#include "util/json.h"

namespace bpftax {

inline constexpr const char* kReadingWorkflow = "cannot use the workflow";

// `hooks` and `monitors`.
Result<void> read_workflow_hooks(const Json& document, Workflow& workflow);
// `test_sequence`.
Result<void> read_workflow_cycles(const Json& document, Workflow& workflow);
// `parts`: those of the document, or new ones; then the plans and estimates.
Result<void> read_workflow_parts(const Json& document, Workflow& workflow);

}  // namespace bpftax
