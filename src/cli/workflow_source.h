// Where a campaign comes from on the command line: a configuration with filters, or a workflow document.
// Shared by `plan` and `run`.
#pragma once

#include <cstdint>
#include <string>

#include "cli/output.h"
#include "plan/workflow.h"
#include "util/result.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace bpftax {

struct WorkflowSource {
  std::string config;  // a .yaml file, a folder, or a document (.json)
  WorkflowFilter filter;
  uint64_t seed = 0;
  bool seed_given = false;
};

// Adds the filters and --seed; what it returns tells whether a seed was given.
CLI::Option* add_source_options(CLI::App& command, WorkflowSource& source);

// kUsage for filters or a seed beside a document, which has its own.
Result<Workflow> load_or_make_workflow(const WorkflowSource& source, const CommonOptions& common);

// Cases, parts, windows, durations and disk, for people.
std::string workflow_table(const Workflow& workflow);

}  // namespace bpftax
