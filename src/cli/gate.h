// The gate: is each tool within its limits? Pure (formats.md section 1 has the exit codes).
#pragma once

#include "cli/gate_budgets.h"
#include "report/export_gate.h"
#include "result/model.h"

namespace bpftax {

// Checks every primary row against the margin of the run by its verdict, or against the budget that is set
// for it; every other row and property of a tool for which a budget is set; and that every subject was
// measured. Budgets hold against intervals: within the limit means that the whole interval is, and that the
// run would have found an effect of that size.
GateReport check_gate(const RunResult& result, const Budgets& budgets = {});

// Exit code of a finished run. Without `gate` 0. With it that of check_gate without budgets: 3 when a tool
// was not measured or a row is INVALID, 1 when one EXCEEDS, 4 when one is not decided in the tool's favour
// (INCONCLUSIVE, SATURATED, OVERHEAD), else 0. EXCEEDS is certain whatever else failed, so it comes first.
int exit_code_of(const RunResult& result, bool gate);

}  // namespace bpftax
