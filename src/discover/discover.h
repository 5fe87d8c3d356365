// Discovery: a minimal input becomes environments. Asks the machines over whatever gives Hosts; depends on no
// transport.
//
//     BPFTAX_ASSIGN(const MinimalInput input, load_minimal("minimal-input.yaml"));
//     BPFTAX_ASSIGN(const Discovery found, discover(input, [&](const std::string& id) { return
//     hosts.host(id); })); if (found.missing.empty()) ... full_config_text(input, found.environments,
//     templates, found.provenance())
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>
#include <vector>

#include "config/model.h"
#include "discover/findings.h"
#include "host/host.h"
#include "util/result.h"

namespace bpftax {

struct DiscoverOptions {
  std::function<void(const std::string& node)> on_node;  // before a node is asked; for progress
  // What a node's `ssh:` address means on the network, for the route of its peer: an alias of the user's ssh
  // configuration means nothing to other machines. Empty: the address as it is.
  std::function<std::string(const std::string& address)> real_address;
};

struct Discovery {
  std::vector<NodeFindings> nodes;                  // those of the pairs, in the input's order
  std::vector<ConfiguredEnvironment> environments;  // one a pair; what is missing is empty
  std::vector<std::string> missing;                 // required fields without a value, "node.field"
  // Machines that could not be connected to, or were lost, and why.
  std::vector<std::pair<std::string, Error>> unreachable;
  // { "discovered_by": "bpftax VERSION", "nodes": {...} }
  nlohmann::ordered_json provenance() const;
};

// Asks every node of the pairs once, and the hosts of its VMs. A machine that cannot be reached makes
// findings missing, no error. kUsage: an override that cannot be used; kInterrupted.
Result<Discovery> discover(const MinimalInput& input,
                           const std::function<Result<Host*>(const std::string& node_id)>& host_of,
                           const DiscoverOptions& options = {});

}  // namespace bpftax
