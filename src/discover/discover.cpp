#include "discover/discover.h"

#include <algorithm>
#include <map>

#include "discover/machine.h"
#include "discover/node_steps.h"
#include "util/json.h"
#include "util/strings.h"
#include "util/version.h"

namespace bpftax {
namespace {

const MinimalNode* node_of(const MinimalInput& input, const std::string& id) {
  const auto found = std::find_if(input.nodes.begin(), input.nodes.end(),
                                  [&](const MinimalNode& node) { return node.host.id == id; });
  return found == input.nodes.end() ? nullptr : &*found;
}

// The other end of the first pair that the node is in; nullptr: it is in none.
const MinimalNode* peer_of(const MinimalInput& input, const std::string& id) {
  for (const TestPair& pair : input.pairs) {
    if (pair.server == id) return node_of(input, pair.client);
    if (pair.client == id) return node_of(input, pair.server);
  }
  return nullptr;
}

std::vector<std::string> list_of(const std::string& text) {
  std::vector<std::string> items;
  if (text.empty()) return items;
  for (const std::string_view part : split(text, ',')) items.emplace_back(part);
  return items;
}

EnvironmentEnd end_from(const MinimalInput& input, const std::string& id,
                        const std::vector<NodeFindings>& nodes) {
  EnvironmentEnd end;
  end.ssh_ref = id;
  const auto found =
      std::find_if(nodes.begin(), nodes.end(), [&](const NodeFindings& each) { return each.node == id; });
  if (const MinimalNode* node = node_of(input, id)) {
    end.place = node->host.place;
    if (node->role == "vm") end.physical_host_ref = node->host_ref;
  }
  if (found == nodes.end()) return end;
  end.test_ip = found->value("test_ip");
  end.interface = found->value("interface");
  end.vm_interface = found->value("vm_interface");
  end.internal_interface = found->value("internal_interface");
  end.physical_interface = found->value("physical_interface");
  end.physical_nic_members = list_of(found->value("physical_nic_members"));
  end.qemu_pid = found->value("qemu_pid");
  end.vhost_pids = list_of(found->value("vhost_pids"));
  return end;
}

ConfiguredEnvironment environment_from(const MinimalInput& input, const TestPair& pair,
                                       const std::vector<NodeFindings>& nodes) {
  ConfiguredEnvironment environment;
  environment.name = pair.environment;
  environment.place = pair.place;
  const MinimalNode* server = node_of(input, pair.server);
  const bool vm = server != nullptr && server->role == "vm";
  environment.description =
      std::string(vm ? "VM-to-VM" : "Host-to-host") + " testing on " + input.environment;
  environment.server = end_from(input, pair.server, nodes);
  environment.client = end_from(input, pair.client, nodes);
  return environment;
}

// The node as its peer needs it: with the test address that is known by now, and its address on the network.
MinimalNode seen_from_the_other_end(const MinimalNode& node, const DiscoveryHints& hints,
                                    const std::vector<NodeFindings>& found, const DiscoverOptions& options) {
  MinimalNode seen = node;
  const auto overrides = hints.overrides.find(node.host.id);
  if (overrides != hints.overrides.end()) {
    if (const auto given = overrides->second.find("test_ip"); given != overrides->second.end())
      seen.test_ip = given->second;
  }
  for (const NodeFindings& each : found) {
    if (each.node == node.host.id && !each.value("test_ip").empty()) seen.test_ip = each.value("test_ip");
  }
  if (seen.test_ip.empty() && options.real_address)
    seen.host.address = options.real_address(node.host.address);
  return seen;
}

}  // namespace

OrderedJson Discovery::provenance() const {
  return {{"discovered_by", std::string("bpftax ") + kVersion}, {"nodes", bpftax::provenance(nodes)}};
}

Result<Discovery> discover(const MinimalInput& input,
                           const std::function<Result<Host*>(const std::string& node_id)>& host_of,
                           const DiscoverOptions& options) {
  BPFTAX_TRY(check_overrides(input));
  // Shared between nodes: a VM's host is asked for itself too. A machine connects when it is first asked.
  std::map<std::string, Machine> machines;
  const auto machine = [&](const std::string& id) -> Machine& {
    return machines.try_emplace(id, id, host_of).first->second;
  };
  Discovery discovery;
  for (const MinimalNode& node : input.nodes) {
    const MinimalNode* other_end = peer_of(input, node.host.id);
    if (other_end == nullptr) continue;
    const MinimalNode peer = seen_from_the_other_end(*other_end, input.hints, discovery.nodes, options);
    if (options.on_node) options.on_node(node.host.id);
    discovery.nodes.push_back(
        node.role == "vm" ? discover_vm(node, input.hints, machine(node.host.id), machine(node.host_ref))
                          : discover_host(node, peer, input.hints, machine(node.host.id)));
    for (const auto& [id, each] : machines) {
      if (each.interrupted()) return tl::unexpected<Error>(*each.interrupted());
    }
  }
  for (const TestPair& pair : input.pairs)
    discovery.environments.push_back(environment_from(input, pair, discovery.nodes));
  discovery.missing = missing_fields(discovery.nodes);
  for (const auto& [id, each] : machines) {
    if (each.unreachable()) discovery.unreachable.emplace_back(id, *each.unreachable());
  }
  return discovery;
}

}  // namespace bpftax
