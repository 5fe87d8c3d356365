// Hosts: the machines of a campaign by their ids (`ssh.ssh_hosts` of the configuration). SshHosts
// (host/ssh_hosts.h) reaches them over SSH; tests have their own.
//
// Different ids may be used from different threads at the same time, one id from one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "host/host.h"
#include "util/result.h"

namespace bpftax {

class Hosts {
 public:
  virtual ~Hosts() = default;

  // The host of that id, connected to when first asked for. kUsage: there is no such id. The pointer is good
  // until reconnect(id) or close(id).
  virtual Result<Host*> host(const std::string& id) = 0;
  // After an Error of kind kLost: whatever the lost agent had started there is ended, and a new agent
  // started. Tries several times with back-off. kLost: it could not be reached; kEnvironment: it can be
  // reached but must not be used as it is (it has been rebooted, its key has changed, ...); kInterrupted.
  virtual Result<Host*> reconnect(const std::string& id) = 0;
  // Lets the agent stop and undo everything and end. What could not be undone; empty: all is well. host(id)
  // connects again.
  virtual std::vector<std::string> close(const std::string& id) = 0;
  // All of them, in the reverse order of their opening. Idempotent.
  virtual std::vector<std::string> close_all() = 0;
};

}  // namespace bpftax
