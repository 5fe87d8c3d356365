// The world of a campaign over SSH: agents on the machines of the workflow, their generators, their clocks.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "host/ssh_connection.h"
#include "run/campaign.h"
#include "util/clock.h"

namespace bpftax {

// A generator that both ends have; paths are the client's, netserver's the server's.
Generators generators_of_both(const Generators& server, const Generators& client);

class SshWorld : public CampaignWorld {
 public:
  // `progress` is told of tries to connect again, from the threads that make them; all must outlive this.
  SshWorld(const Workflow& workflow, SshOptions ssh, ProgressSink& progress)
      : workflow_(workflow), ssh_(std::move(ssh)), progress_(progress) {}

  std::unique_ptr<Hosts> make_hosts(const std::vector<std::string>& environments) override;
  Clock& clock(const std::string&) override { return clock_; }
  Result<EndGenerators> generators(Host& server, Host& client) override;
  Result<std::unique_ptr<Workload>> workload(const std::string& name, const Generators& generators) override;
  Result<HostOffset> clock_offset(Host& host, Clock& clock) override;

 private:
  const Workflow& workflow_;
  SshOptions ssh_;
  ProgressSink& progress_;
  RealClock clock_;
};

}  // namespace bpftax
