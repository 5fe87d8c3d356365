// The options of `bpftax measure` and the plan they make. Pure: the host is looked at by measure.cpp.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/gate_options.h"
#include "plan/model.h"
#include "util/result.h"

namespace bpftax {

// As typed; empty = not given.
struct MeasureOptions {
  std::vector<std::string> command;  // behind "--"
  std::vector<std::string> tools;    // [NAME=]CMD
  int attribution_starts = 3;
  std::string workloads, window, blocks, budget, ready, ready_timeout, placement = "auto", load, out, resume;
  std::vector<std::string> margins;  // METRIC=PERCENT
  uint64_t seed = 0;
  bool seed_given = false;
  bool quick = false, sham = false;
  GateOptions gate;
  // "--window": the first option that was given and says what is measured or where; "" = none.
  std::string first_planning_option;
};

// "mine=./tool --x" -> {"mine", "./tool --x"}; without NAME= the name is the command's first word, less its
// folder.
struct NamedCommand {
  std::string name, shell;
};
Result<NamedCommand> parse_tool(const std::string& text);

// "6..24" -> looks every 6 blocks from 6 to 24; "6" -> one look. 2 <= MIN <= MAX <= 200.
Result<StoppingRule> parse_blocks(const std::string& text);

// The plan, without placement (that needs the host's CPUs). `run_id` and `seed` stand in it as given.
Result<Plan> make_plan(const MeasureOptions& options, const std::string& run_id, uint64_t seed);

}  // namespace bpftax
