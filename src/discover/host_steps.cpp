// A physical host: the internal port of Open vSwitch, or the interface that leads to the peer.
#include <fmt/format.h>

#include "discover/node_steps.h"
#include "util/strings.h"

namespace bpftax {
namespace {

class HostSteps {
 public:
  HostSteps(const MinimalNode& node, const MinimalNode& peer, const DiscoveryHints& hints, Machine& machine)
      : peer_(peer), machine_(machine), port_("port-" + hints.internal_port_type), report_(node, hints) {}

  NodeFindings run() {
    find_internal_port();
    find_interface();
    find_test_ip();
    find_physical_path(report_, machine_, report_.value("interface"), "the interface is not known");
    return report_.take();
  }

 private:
  // OVS's internal port of the wanted type.
  void find_internal_port() {
    const auto& ovs = machine_.ovs();
    if (!ovs) {
      if (machine_.ovs_trouble().empty())
        return report_.none("internal_interface", "there is no Open vSwitch: " + ovs.why);
      return report_.missing("internal_interface", ovs.why);
    }
    const auto place = ovs.value->interface(port_);
    if (place && place.interface->type == "internal") {
      report_.found("internal_interface", {port_},
                    "the internal port of that name, on the OVS bridge " + place.bridge->name,
                    {machine_.evidence(ovs.commands.back(), {"\"" + port_ + "\""})});
    } else {
      report_.none("internal_interface",
                   place ? "the OVS port " + port_ + " is not an internal one"
                         : "Open vSwitch has no port " + port_ + " (discovery_hints.internal_port_type)");
    }
  }

  // The address the peer is reached at, in numbers; may be empty.
  Asked<std::string> peer_address() {
    Asked<std::string> address;
    if (!peer_.test_ip.empty()) {
      address.value = peer_.test_ip;
    } else if (same_address(peer_.host.address, peer_.host.address)) {
      address.value = peer_.host.address;
    } else {
      address = machine_.resolve(peer_.host.address);
    }
    return address;
  }

  void find_interface() {
    const std::string test_ip = report_.value("test_ip");
    const auto& links = machine_.links();
    if (report_.given("interface")) return;
    if (!test_ip.empty()) {
      if (!links) return report_.missing("interface", links.why);
      const Link* link = link_with_address(*links.value, test_ip);
      if (link == nullptr) return report_.missing("interface", "no interface has the address " + test_ip);
      report_.found("interface", {link->name}, "it has the address " + test_ip,
                    {machine_.evidence(links.commands[0], {"\"" + test_ip + "\""})});
      return take_internal_port(link->name);
    }
    const std::string port = report_.value("internal_interface");
    const Link* link = links && !port.empty() ? find_link(*links.value, port) : nullptr;
    if (link != nullptr && address_of(*link, "")) {
      report_.found("interface", {port}, "the OVS internal port",
                    {machine_.evidence(links.commands[0], {"\"" + port + "\""})});
      return;
    }
    std::string before;  // why the internal port was not taken
    if (!port.empty()) before = links ? port + " has no address; " : links.why + "; ";
    interface_by_route(before);
  }

  void interface_by_route(const std::string& before) {
    const auto address = peer_address();
    if (!address)
      return report_.missing("interface", before + "the peer's address is not known: " + address.why);
    const auto route = machine_.route_to(*address.value);
    if (!route) return report_.missing("interface", before + "no route to the peer: " + route.why);
    const std::vector<Evidence> evidence = {machine_.evidence(route.commands[0])};
    if (route.value->device == "lo")
      return report_.missing(
          "interface", before + "the peer's address " + *address.value + " is one of its own", evidence);
    report_.found("interface", {route.value->device}, before + "the route to the peer " + *address.value,
                  evidence);
    route_source_ = route.value->source;
    route_evidence_ = evidence;
    take_internal_port(route.value->device);
  }

  // The traffic runs through an internal port of another name than the hint's: that is the one.
  void take_internal_port(const std::string& interface) {
    const auto& ovs = machine_.ovs();
    if (!ovs || interface == report_.value("internal_interface")) return;
    const auto place = ovs.value->interface(interface);
    if (place && place.interface->type == "internal")
      report_.found("internal_interface", {interface},
                    "carries the traffic, and is internal to the OVS bridge " + place.bridge->name);
  }

  void find_test_ip() {
    if (!report_.value("test_ip").empty()) return;
    const std::string interface = report_.value("interface");
    if (interface.empty()) return report_.missing("test_ip", "the interface is not known");
    const auto& links = machine_.links();
    if (!links) return report_.missing("test_ip", links.why);
    const Link* link = find_link(*links.value, interface);
    if (link == nullptr) return report_.missing("test_ip", "there is no interface " + interface);
    const std::vector<Evidence> evidence = {machine_.evidence(links.commands[0], {"\"" + interface + "\""})};
    const auto peer = peer_address();
    const auto address = route_source_.empty() ? address_of(*link, peer ? *peer.value : "") : route_source_;
    if (!address) return report_.missing("test_ip", interface + " has no address", evidence);
    report_.found("test_ip", {*address},
                  route_source_.empty() ? "the address of " + interface : "the source address of the route",
                  route_source_.empty() ? evidence : route_evidence_);
  }

  const MinimalNode& peer_;
  Machine& machine_;
  std::string port_, route_source_;
  std::vector<Evidence> route_evidence_;
  NodeReport report_;
};

}  // namespace

NodeFindings discover_host(const MinimalNode& node, const MinimalNode& peer, const DiscoveryHints& hints,
                           Machine& machine) {
  return HostSteps(node, peer, hints, machine).run();
}

}  // namespace bpftax
