// --gate and what belongs to it, for the commands that have a result: measure, run and gate.
#pragma once

#include <string>
#include <vector>

#include "cli/gate.h"
#include "cli/output.h"
#include "util/result.h"

namespace CLI {
class App;
}

namespace bpftax {

struct GateOptions {
  bool gate = false;
  std::string budgets, junit, summary, openmetrics;  // files; "" = none

  // --budgets asks for the gate; so does an export of what it found.
  bool wanted() const {
    return gate || !budgets.empty() || !junit.empty() || !summary.empty() || !openmetrics.empty();
  }
};

// --budgets, --junit, --summary, --openmetrics.
void add_gate_files(CLI::App& command, GateOptions& options);
// Those and --gate.
void add_gate_options(CLI::App& command, GateOptions& options);

// Reads the budgets and checks that the exports can be written: before anything is measured.
Result<Budgets> prepare_gate(const GateOptions& options);

// Writes the exports that were asked for.
Result<void> write_gate_files(const GateOptions& options, const std::vector<GateReport>& reports);

// What the gate found, for people: what is not a PASS, and how many pass.
std::string gate_text(const std::vector<GateReport>& reports);

// All of it, for one result that was just measured in `source`: 0 when the gate is not wanted.
Result<int> pass_gate(const GateOptions& options, const Budgets& budgets, const RunResult& result,
                      const std::string& source, const CommonOptions& common);

}  // namespace bpftax
