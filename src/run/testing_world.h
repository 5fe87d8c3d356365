// For tests of campaigns: machines that do what a test says, by their ids, on a clock for each environment.
// They can be lost, unreachable and restarted; what was written to one stays over connections.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "host/fake_host.h"
#include "run/campaign.h"
#include "run/testing_campaign.h"

namespace bpftax {

struct FakeMachine {
  std::string environment;
  std::unique_ptr<FakeHost> host;  // of the present connection
  std::map<std::string, std::string> files;
  int connections = 0;
  std::string boot_id = "00000000-0000-4000-8000-000000000000";
};

// What the test may change. All functions may be called from the threads of several groups.
struct WorldScript {
  // Faults of the n-th connection (from 1) to a machine, set before it is used. false: it cannot be reached.
  std::function<bool(const std::string& id, int connection, FakeHost& host)> connect;
  std::function<void(const std::string& id, const ProcessSpec& spec, FakeProcess& process)> start;
  std::function<void(const std::string& id, const std::string& hook, Host::Finished& finished)> hook;
  int64_t clock_error_ns = 1000;
};

struct HookSeen {
  std::string host, name, command;
};

class FakeWorld : public CampaignWorld {
 public:
  // Machines are made for all hosts of the workflow.
  explicit FakeWorld(const Workflow& workflow);
  ~FakeWorld() override;

  std::unique_ptr<Hosts> make_hosts(const std::vector<std::string>& environments) override;
  Clock& clock(const std::string& environment) override;
  Result<EndGenerators> generators(Host& server, Host& client) override;
  Result<std::unique_ptr<Workload>> workload(const std::string& name, const Generators& generators) override;
  Result<HostOffset> clock_offset(Host& host, Clock& clock) override;

  WorldScript script;
  FakeMachine& machine(const std::string& id) { return machines_.at(id); }
  // Everything that still runs anywhere: "host: process".
  std::vector<std::string> running() const;
  std::vector<HookSeen> hooks() const;
  // Paths below the results folder of a machine.
  std::set<std::string> files(const std::string& id) const;

  Result<Host*> connect(const std::string& id);
  void disconnect(const std::string& id);

 private:
  FakeProcess process_for(const std::string& id, const ProcessSpec& spec);

  const Workflow& workflow_;
  std::map<std::string, FakeMachine> machines_;
  std::map<std::string, std::unique_ptr<FakeClock>> clocks_;  // by environment; "" the campaign's
  mutable std::mutex hooks_mutex_;
  std::vector<HookSeen> hooks_;
};

// A configuration in code: environments "host" and, optionally, "vm" (with physical hosts), a case for each
// command given, one workload (tcp_rr, 2 s).
CampaignConfig fake_config(const std::vector<std::string>& commands, bool vm = false);

// A run directory and everything around it.
class FakeCampaign {
 public:
  explicit FakeCampaign(const CampaignConfig& config);
  ~FakeCampaign();
  FakeCampaign(const FakeCampaign&) = delete;
  FakeCampaign& operator=(const FakeCampaign&) = delete;

  CampaignOutcome run(bool resume = false);
  const std::string& dir() const { return dir_; }
  std::string text(const std::string& file) const;  // of the run directory

  Workflow workflow;
  std::unique_ptr<FakeWorld> world;
  Collected progress;

 private:
  std::string dir_;
};

}  // namespace bpftax
