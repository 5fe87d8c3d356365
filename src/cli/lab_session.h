// What `measure` needs of this machine, made in order and undone in reverse: an agent, the traffic
// generators, the lab, and views on it as server, client and tool host.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "host/agent_host.h"
#include "host/lab.h"
#include "host/preflight.h"
#include "plan/model.h"
#include "run/engine.h"
#include "util/clock.h"
#include "util/result.h"

namespace bpftax {

class LabSession {
 public:
  // Starts the agent (its files stay below run_dir) and looks at the machine. kEnvironment with the fix when
  // the machine cannot measure at all.
  static Result<std::unique_ptr<LabSession>> open(const std::string& run_id, const std::string& run_dir);
  // Undoes everything; what could not be undone is an error.
  Result<void> close();

  // Fills the CPUs of the plan's workloads; notes on what could not be placed as asked.
  Result<std::vector<std::string>> place(Plan& plan);
  // Makes the namespaces. The environment is valid until close().
  Result<Environment> make_lab();

  const Generators& generators() const { return generators_; }
  const std::vector<HostFinding>& findings() const { return findings_; }
  const Workload* workload(const std::string& name);

 private:
  LabSession() = default;

  std::string run_id_, run_dir_;
  std::unique_ptr<AgentHost> host_;
  std::unique_ptr<Lab> lab_;
  Generators generators_;
  std::vector<HostFinding> findings_;
  std::vector<int> online_cpus_;
  std::map<std::string, std::unique_ptr<Workload>> workloads_;
  RealClock clock_;
};

}  // namespace bpftax
