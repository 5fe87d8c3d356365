// What a gate found, as the exports for CI systems and monitoring show it (export_junit.h, export_summary.h,
// export_openmetrics.h). Filled by cli/gate.h.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "result/model.h"

namespace bpftax {

enum class GateOutcome {
  kPass,         // certainly within the limit
  kExceeds,      // certainly above it
  kUndecided,    // neither
  kNotMeasured,  // there is no number to hold against it
};

// One thing that was asked: a row of the result against its margin or budget, or a tool against a budget.
struct GateCheck {
  std::string subject;           // ResultSubject::id
  std::string name;              // of the subject, for people
  std::string workload, metric;  // "" for a check of the tool as a whole
  std::string what;              // "tcp_rr latency_mean_us"; "map memory": unique for a subject
  GateOutcome outcome = GateOutcome::kNotMeasured;
  std::string word;  // the verdict of the row, else "PASS", "EXCEEDS", "INCONCLUSIVE", "INVALID"
  std::string text;  // one sentence: why
  // What was measured and what is allowed, in `unit`; nullopt: unknown.
  std::optional<double> value, low, high, limit;
  std::string unit;         // "%", or that of the metric or property
  std::string budget_file;  // file:line:column of the budget; "" where the margin of the run is the limit
};

// One result through the gate.
struct GateReport {
  const RunResult* result = nullptr;  // outlives the report
  std::string source;                 // where it was read from
  std::vector<GateCheck> checks;      // in the order of the result: the tool as a whole after its rows
  std::vector<std::string> notes;     // what the reader should know about the budgets
  // 0 all pass, 1 something exceeds, 3 something was not measured, 4 something is undecided, the first that
  // applies in the order 1, 3, 4. 3 when there is nothing to check.
  int exit_code = 3;
};

// The worse of two exit codes, in that order.
int worse_exit_code(int a, int b);
int worst_exit_code(const std::vector<GateReport>& reports);

}  // namespace bpftax
