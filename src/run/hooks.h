// One level of hooks on the hosts of an environment (docs/hooks.md): the tasks in their order, each on its
// targets in their order, by the host's shell. What each wrote, and how it ended, is kept on the host that
// ran it, in {result_path}/hook_results_{time}.json.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "config/model.h"
#include "config/variables.h"
#include "host/host.h"
#include "run/journal.h"
#include "util/clock.h"
#include "util/result.h"

namespace bpftax {

// Where a task may run, and the variables that differ from host to host.
struct HookTarget {
  std::string role;  // "server" | "client" | "tool_host"
  Host* host = nullptr;
  std::string workdir, result_path;
  std::string interface;  // that carries the test traffic; "" = none there
};

struct HookCall {
  std::string level, run_id;
  std::vector<HookTarget> targets;
  Variables values;  // without those of HookTarget
  std::string time;  // {timestamp}, and in the file's name
};

struct HookLevelRun {
  std::vector<HookRecord> records;  // of every task that ran or could not; those whose condition does not
                                    // hold are in none
  std::optional<Error> failed;      // kSubject "hook NAME failed: ...": a task with on_error fail did
};

// The names that hooks know, all without a value: what a call fills in.
Variables unset_hook_variables();

// Targets of a task or monitor among those there are, each machine once; empty names: the server. An unknown
// name gives nothing.
std::vector<const HookTarget*> targets_of(const std::vector<std::string>& names,
                                          const std::vector<HookTarget>& targets);
Variables values_for(const HookTarget& target, const Variables& values);

// Initial levels stop at the first task that fails with on_error fail; the `_post` ones run all tasks, are
// not interrupted and do not end early when a host is gone. An Error is the host's (lost, interrupted), from
// an initial level only. The folder of the results is made when it is missing.
Result<HookLevelRun> run_hooks(const std::vector<HookTask>& tasks, const HookCall& call, const Clock& clock);

// Path of the results on a target.
std::string hook_results_file(const HookTarget& target, const std::string& time);

}  // namespace bpftax
