#include "run/campaign_environment.h"

#include <fmt/format.h>

#include <algorithm>

namespace bpftax {
namespace {

const std::string& workdir_of(const Workflow& workflow, const std::string& host_id) {
  static const std::string kNone;
  const ConfiguredHost* host = workflow.host(host_id);
  return host == nullptr ? kNone : host->workdir;
}

// The interface of the tool's host that carries the server's test traffic.
std::string tool_interface(const EnvironmentEnd& server) {
  if (server.physical_host_ref.empty()) return server.interface;
  return server.vm_interface.empty() ? server.physical_interface : server.vm_interface;
}

Variables case_variables(const WorkflowCycle& cycle) {
  const TestCase& test_case = cycle.test_case;
  Variables values;
  for (const CaseParameter& parameter : test_case.parameters) values[parameter.name] = parameter.value;
  values["tool_id"] = test_case.tool_id;
  values["case_id"] = fmt::format("{}", test_case.id);
  values["protocol"] = test_case.protocol();
  values["direction"] = test_case.direction();
  return values;
}

Result<void> add_workloads(const WorkflowPart& part, CampaignWorld& world, PreparedPart& prepared) {
  Environment& environment = prepared.environment;
  BPFTAX_ASSIGN(EndGenerators generators, world.generators(*environment.server, *environment.client));
  for (const PlannedWorkload& planned : part.plan.workloads) {
    BPFTAX_ASSIGN(prepared.workloads[planned.name], world.workload(planned.name, generators.both));
  }
  environment.generators = std::move(generators.both);
  environment.server_generators = std::move(generators.server);
  environment.find_workload = [&workloads = prepared.workloads](const std::string& name) -> const Workload* {
    const auto found = workloads.find(name);
    return found == workloads.end() ? nullptr : found->second.get();
  };
  return {};
}

void add_tasks(const Workflow& workflow, const WorkflowPart& part, const ConfiguredEnvironment& configured,
               PreparedPart& prepared) {
  PartTasks& tasks = prepared.tasks;
  tasks.hooks = workflow.hooks;
  tasks.monitors = workflow.monitors;
  tasks.variables = campaign_variables(workflow, configured);
  for (const PlannedSubject& planned : part.plan.subjects) {
    const WorkflowCycle* cycle = workflow.cycle(planned.id);
    if (cycle != nullptr && !cycle->baseline) tasks.subject_variables[planned.id] = case_variables(*cycle);
  }
  tasks.workdirs = {{"server", workdir_of(workflow, configured.server.ssh_ref)},
                    {"client", workdir_of(workflow, configured.client.ssh_ref)},
                    {"tool_host", workdir_of(workflow, configured.server.tool_host())}};
  tasks.interfaces = {{"server", configured.server.interface},
                      {"client", configured.client.interface},
                      {"tool_host", tool_interface(configured.server)}};
  prepared.environment.tasks = &tasks;
}

}  // namespace

std::vector<std::string> host_ids(const ConfiguredEnvironment& environment) {
  std::vector<std::string> ids;
  for (const std::string& id : {environment.server.ssh_ref, environment.client.ssh_ref,
                                environment.server.tool_host(), environment.client.tool_host()}) {
    if (std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(id);
  }
  return ids;
}

std::string results_root(const Workflow& workflow, const std::string& host_id) {
  return workdir_of(workflow, host_id) + "/" +
         (workflow.results_dir.empty() ? kRawResultsFolder : workflow.results_dir);
}

Result<std::vector<HookTarget>> campaign_targets(const Workflow& workflow,
                                                 const ConfiguredEnvironment& environment, Hosts& hosts) {
  std::vector<HookTarget> targets;
  const auto add = [&](const char* role, const std::string& id,
                       const std::string& interface) -> Result<void> {
    BPFTAX_ASSIGN(Host * host, hosts.host(id));
    targets.push_back({role, host, workdir_of(workflow, id), results_root(workflow, id), interface});
    return {};
  };
  BPFTAX_TRY(add("server", environment.server.ssh_ref, environment.server.interface));
  BPFTAX_TRY(add("client", environment.client.ssh_ref, environment.client.interface));
  BPFTAX_TRY(add("tool_host", environment.server.tool_host(), tool_interface(environment.server)));
  return targets;
}

Variables campaign_variables(const Workflow& workflow, const ConfiguredEnvironment& environment) {
  CampaignConfig config;
  config.environments = workflow.environments;
  Variables values = environment_variables(config, environment);
  values["environment"] = environment.name;
  values["server_ip"] = environment.server.test_ip;
  values["client_ip"] = environment.client.test_ip;
  values["python_interpreter"] = workflow.python_interpreter;
  return values;
}

Result<std::unique_ptr<PreparedPart>> prepare_part(const Workflow& workflow, const WorkflowPart& part,
                                                   Hosts& hosts, CampaignWorld& world) {
  const ConfiguredEnvironment* configured = workflow.environment(part.environment);
  if (configured == nullptr)
    return fail(ErrorKind::kUsage, "cannot run the part", part.id,
                "there is no environment '" + part.environment + "'");
  auto prepared = std::make_unique<PreparedPart>();
  Environment& environment = prepared->environment;
  BPFTAX_ASSIGN(environment.server, hosts.host(configured->server.ssh_ref));
  BPFTAX_ASSIGN(environment.client, hosts.host(configured->client.ssh_ref));
  BPFTAX_ASSIGN(environment.tool_host, hosts.host(configured->server.tool_host()));
  environment.server_results = results_root(workflow, configured->server.ssh_ref);
  environment.client_results = results_root(workflow, configured->client.ssh_ref);
  environment.tool_results = results_root(workflow, configured->server.tool_host());
  for (const std::string& id : host_ids(*configured)) {
    BPFTAX_ASSIGN(Host * host, hosts.host(id));
    BPFTAX_ASSIGN(const ClockReading clock, host->clock());
    prepared->boot_ids[id] = clock.boot_id;
    if (host != environment.server && host != environment.client && host != environment.tool_host)
      environment.watched.push_back({host, results_root(workflow, id)});
  }
  environment.clock = &world.clock(part.environment);
  environment.server_address = configured->server.test_ip;
  environment.server_interface = configured->server.interface;
  environment.client_interface = configured->client.interface;
  environment.monitoring = {.enabled = workflow.monitoring.enabled,
                            .cpu = workflow.monitoring.cpu,
                            .memory = workflow.monitoring.memory,
                            .log_size = workflow.monitoring.log_size,
                            .interval_ms = static_cast<int64_t>(workflow.monitoring.interval_s * 1e3)};
  environment.fresh_servers = true;
  environment.manifest_run_id = workflow.run_id;
  environment.clock_offset = [&world, clock = environment.clock](Host& host) {
    return world.clock_offset(host, *clock);
  };
  BPFTAX_TRY(add_workloads(part, world, *prepared));
  add_tasks(workflow, part, *configured, *prepared);
  return prepared;
}

}  // namespace bpftax
