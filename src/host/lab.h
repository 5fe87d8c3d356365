// Lab: two network namespaces on this machine, joined by a veth pair; in each, lo and one address of a /30
// that nothing on the machine uses. IPv6 is off in them, so that no router solicitations fall into
// measurements; offloads stay as the kernel has them and are recorded.
//
//     BPFTAX_ASSIGN(auto lab, Lab::up(*host, run_id));
//     AgentHost server(host->share_session(), "server", lab->info().server.netns);
//
// The lab is gone after close(), after the destructor, and when the agent ends for whatever reason: its
// namespaces are in the agent's ledger before they exist. A lab that is to stay is written to
// <state-dir>/lab-<id>.json (host/kept_lab.h). Several labs may exist and be made at the same time.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "host/host.h"
#include "host/lab_network.h"
#include "util/result.h"

namespace bpftax {

struct LabEnd {
  std::string netns;
  std::string interface;
  std::string address;  // numeric
  // Which namespace the name stood for when the lab was made (inode of /run/netns/NAME); nullopt unknown.
  std::optional<int64_t> netns_inode;
};

struct LabInfo {
  std::string run_id;
  LabEnd server, client;
  int prefix = 30;
  // "tx-checksumming", "generic-receive-offload", ... -> "on" or "off", of the server's end (both are alike).
  std::map<std::string, std::string> offloads;
  std::string offloads_unavailable;  // why there are none
};

struct LabOptions {
  std::string state_dir = "/run/bpftax";  // also what concurrent labs are serialised by
  std::string netns_dir = "/run/netns";
  int64_t timeout_ms = 30'000;  // for each step
};

class Lab {
 public:
  // `host` must be on this machine and outlive the lab; the run id is its agent's, which removes only
  // namespaces whose names carry it.
  static Result<std::unique_ptr<Lab>> up(Host& host, const std::string& run_id,
                                         const LabOptions& options = {});
  ~Lab();  // close()
  Lab(const Lab&) = delete;
  Lab& operator=(const Lab&) = delete;

  const LabInfo& info() const { return info_; }
  // Removes both namespaces and waits until they are gone. Idempotent; never interrupted. After a failure it
  // may be tried again.
  Result<void> close();
  // From now on nobody but the caller is responsible: neither close() nor the agent removes anything.
  Result<void> release();

 private:
  Lab(Host& host, LabInfo info, LabOptions options);
  Result<void> build();
  Result<void> make_netns(LabEnd& end);
  Result<void> configure(const LabEnd& end);
  Result<void> wait_operational(const LabEnd& end);

  Host* host_;  // nullptr: nothing (more) to remove
  LabInfo info_;
  LabOptions options_;
};

// Runs `ip` with the arguments in a namespace ("" = the host's own) and returns what it wrote. `what` says
// what for, in errors; these carry a hint for what is usually missing (iproute2, privileges, the veth
// module).
Result<std::string> run_ip(Host& host, const std::string& netns, const std::vector<std::string>& arguments,
                           const std::string& what, int64_t timeout_ms = 30'000);
// Removes the namespace of that end and the interfaces in it. One that is gone already is no error.
Result<void> remove_lab_end(Host& host, const LabEnd& end, const LabOptions& options);
// The inode that /run/netns/NAME stands for; nullopt: no such namespace.
std::optional<int64_t> netns_inode(const LabOptions& options, const std::string& netns);

}  // namespace bpftax
