#include "cli/lab_session.h"

#include <fmt/format.h>

#include "host/host_tools.h"
#include "host/local_host.h"
#include "plan/placement.h"
#include "sample/cpu_list.h"
#include "util/json.h"
#include "util/strings.h"
#include "workload/registry.h"

namespace bpftax {
namespace {

// The findings that make measuring impossible whatever is measured. Missing generators are judged by the
// workloads.
Result<void> refuse_unfit(const std::vector<HostFinding>& findings) {
  for (const HostFinding& finding : findings) {
    if (finding.level != FindingLevel::kFail || finding.topic == "iperf3" || finding.topic == "netperf")
      continue;
    return fail(ErrorKind::kEnvironment, "this machine cannot measure", finding.topic, finding.detail,
                finding.fix.empty() ? "bpftax doctor" : finding.fix);
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<LabSession>> LabSession::open(const std::string& run_id, const std::string& run_dir) {
  std::unique_ptr<LabSession> session(new LabSession());
  session->run_id_ = run_id;
  session->run_dir_ = run_dir;
  LocalHostOptions options;
  options.run_id = run_id;
  options.roots = {run_dir};
  BPFTAX_ASSIGN(session->host_, start_local_agent(options));
  BPFTAX_ASSIGN(const Json facts, session->host_->facts());
  BPFTAX_ASSIGN(const auto tools, find_host_tools(*session->host_));
  session->generators_ = generators_of(tools);
  session->findings_ = judge_host(facts, tools);
  BPFTAX_TRY(refuse_unfit(session->findings_));
  const Json* online = find_path(facts, "cpus_online");
  const auto cpus =
      online != nullptr && online->is_string() ? parse_cpu_list(online->get<std::string>()) : std::nullopt;
  if (!cpus || cpus->empty())
    return fail(ErrorKind::kEnvironment, "cannot tell which CPUs are online",
                "/sys/devices/system/cpu/online", "", "bpftax doctor");
  session->online_cpus_ = *cpus;
  return session;
}

Result<void> LabSession::close() {
  Result<void> closed;
  if (lab_) closed = lab_->close();
  lab_.reset();
  if (!host_) return closed;
  const AgentEnd end = host_->close();
  host_.reset();
  if (closed && !end.left_over.empty())
    return fail(ErrorKind::kEnvironment, "something could not be removed", join(end.left_over, ", "), "",
                "bpftax clean");
  return closed;
}

const Workload* LabSession::workload(const std::string& name) {
  const auto it = workloads_.find(name);
  return it == workloads_.end() ? nullptr : it->second.get();
}

Result<std::vector<std::string>> LabSession::place(Plan& plan) {
  std::vector<bool> request_response;
  for (const PlannedWorkload& planned : plan.workloads) {
    BPFTAX_ASSIGN(workloads_[planned.name], find_workload(planned.name, generators_));
    request_response.push_back(workloads_[planned.name]->request_response());
  }
  BPFTAX_ASSIGN(const auto notes, resolve_placement(plan, request_response, online_cpus_));
  std::vector<std::string> texts;
  texts.reserve(notes.size());
  for (const PlacementNote& note : notes) texts.push_back(note.workload + ": " + note.text);
  return texts;
}

Result<Environment> LabSession::make_lab() {
  BPFTAX_ASSIGN(lab_, Lab::up(*host_, run_id_));
  const LabInfo& info = lab_->info();
  Environment environment;
  // One machine, one object: processes name their namespace, samples are taken once.
  environment.server = environment.client = environment.tool_host = host_.get();
  environment.clock = &clock_;
  environment.generators = generators_;
  environment.server_address = info.server.address;
  environment.server_netns = info.server.netns;
  environment.client_netns = info.client.netns;
  environment.server_interface = info.server.interface;
  environment.client_interface = info.client.interface;
  const std::string results = run_dir_ + "/" + kRawResultsFolder;
  environment.server_results = environment.client_results = environment.tool_results = results;
  environment.find_workload = [this](const std::string& name) { return workload(name); };
  return environment;
}

}  // namespace bpftax
