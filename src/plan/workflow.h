// The workflow document: a whole campaign as data that people can read and edit before it runs (plan.json of
// a campaign's run directory, schema "bpftax.workflow/1"). Made from a configuration, executed by
// run/campaign.h.
//
// A campaign is cut into parts. A part is what the engine measures together: one environment, at most
// MeasurementSettings::cases_per_block cases, the baseline twice in every block; it is a Plan of its own
// (plan/model.h), so that everything that holds for `measure` holds for it. Parts of one environment run one
// after the other; environments that share no host run side by side.
//
// Document: { schema, metadata {run_id, created, config, config_sha256, command_line, total_test_cycles,
//   environments, windows, expected_duration_s, expected_disk_bytes, seed}, hosts {id: {...}},
//   environments {name: {...}}, settings {...}, hooks {level: [task]}, monitors [..],
//   test_sequence [ {cycle_id, cycle_type baseline|ebpf_test, environment, part, ebpf_case|null,
//     test_cycle {init_hook {tasks, ebpf_startup_command}, performance_tests [{type, conn, workload,
//     duration, result_path}], post_hook {tasks}}, expected_duration_s, result_path} ],
//   parts [ {id, environment, seed, cycles [cycle_id], blocks [{block, order [cycle_id...]}]} ] }
// Keys of the document one by one, and what may be edited: docs/workflow.md.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "config/model.h"
#include "plan/model.h"
#include "util/result.h"

namespace bpftax {

struct WorkflowFilter {
  std::vector<std::string> tools;         // tool_id or script
  std::vector<std::string> environments;  // names
  std::vector<std::string> categories;    // exact, or a leading part up to a '/'
  std::vector<std::string> protocols, directions;
};

struct WorkflowCycle {
  std::string id;  // "baseline_host", "eth_drop_case_45_tcp_rx_host"
  std::string environment;
  std::string part;  // "host-01"; a baseline belongs to all parts of its environment: ""
  bool baseline = false;
  TestCase test_case;  // not for a baseline
  std::vector<PerformanceTest> tests;
  std::string result_path;  // below {workdir}: formats.md section 4
  double expected_s = 0;
};

struct WorkflowPart {
  std::string id, environment;
  Plan plan;  // ready for run_plan(); subjects' ids are cycle ids
};

struct Workflow {
  std::string run_id, created, config_file, config_sha256, command_line;
  uint64_t seed = 0;
  std::vector<ConfiguredHost> hosts;  // those that the environments need
  bool use_sudo = false;
  std::vector<ConfiguredEnvironment> environments;
  std::map<std::string, std::vector<HookTask>> hooks;
  std::vector<CustomMonitor> monitors;
  MonitoringSettings monitoring;
  MeasurementSettings measurement;
  std::string results_dir;         // below each host's workdir; result paths begin with it
  std::string python_interpreter;  // {python_interpreter} of hooks
  std::vector<WorkflowCycle> cycles;
  std::vector<WorkflowPart> parts;
  int64_t windows = 0;         // at the least blocks (looks[0], warm-up and attribution), all parts
  double expected_s = 0;       // of the longest chain of environments that share hosts, at the least blocks
  double expected_most_s = 0;  // the same at the most blocks, or the budgets
  double expected_disk_bytes = 0;     // on all hosts together at the most blocks, without what tools print
  double tool_output_bytes = 0;       // what tools may print at most: each start's cap
  std::vector<std::string> warnings;  // what is left out, and why

  const ConfiguredHost* host(const std::string& id) const;
  const ConfiguredEnvironment* environment(const std::string& name) const;
  const WorkflowCycle* cycle(const std::string& id) const;
};

struct WorkflowOptions {
  WorkflowFilter filter;
  std::optional<uint64_t> seed;  // default: random
  std::string command_line;
  int64_t now_realtime_ns = 0;
};

// kUsage when nothing is left after the filters (it names what there is), or the configuration lacks
// something that a campaign needs.
Result<Workflow> make_workflow(const CampaignConfig& config, const WorkflowOptions& options);

nlohmann::ordered_json to_json(const Workflow& workflow);
// The document as text for people: what is short stands on one line, each block's order too.
std::string workflow_text(const Workflow& workflow);
// `where` names the document in errors, which name the JSON path of what is wrong. An inconsistent one (a
// cycle without its part, an order that is not a permutation of the part's arms, a path that leaves the
// results folder, an unknown workload, numbers that do not add up) is kUsage.
Result<Workflow> workflow_from_json(const nlohmann::json& json, const std::string& where);

// Environments that may run side by side: groups of names; those that share a host are in one group, in
// order.
std::vector<std::vector<std::string>> independent_environments(const Workflow& workflow);

// What each environment comes to, in the order of the document.
struct EnvironmentTotals {
  std::string environment;
  int cases = 0, parts = 0;
  int64_t windows = 0, windows_most = 0;  // at the least and the most blocks
  double least_s = 0, most_s = 0;
};
std::vector<EnvironmentTotals> environment_totals(const Workflow& workflow);

}  // namespace bpftax
