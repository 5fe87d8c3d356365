// What the engine needs to run a part, from the configuration's environment and its hosts.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "run/arm_tasks.h"
#include "run/campaign.h"

namespace bpftax {

// The hosts of an environment: ids, each once; the server's first.
std::vector<std::string> host_ids(const ConfiguredEnvironment& environment);
// workdir/results_dir of a host.
std::string results_root(const Workflow& workflow, const std::string& host_id);

// Server, client and tool host as targets of hooks above the level of a case.
Result<std::vector<HookTarget>> campaign_targets(const Workflow& workflow,
                                                 const ConfiguredEnvironment& environment, Hosts& hosts);
// Variables of hooks and monitors that hold for the whole environment.
Variables campaign_variables(const Workflow& workflow, const ConfiguredEnvironment& environment);

// Hosts, generators, workloads, hooks and variables. Good until a host of it is connected to anew; not to be
// copied: the environment points into it.
struct PreparedPart {
  Environment environment;
  PartTasks tasks;
  std::map<std::string, std::unique_ptr<Workload>> workloads;
  std::map<std::string, std::string> boot_ids;  // host id -> now
};
Result<std::unique_ptr<PreparedPart>> prepare_part(const Workflow& workflow, const WorkflowPart& part,
                                                   Hosts& hosts, CampaignWorld& world);

}  // namespace bpftax
