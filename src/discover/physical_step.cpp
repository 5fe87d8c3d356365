// From an interface or tap to the NIC: asks the machine, lets topology.cpp decide, adds what is known of
// bonds and speeds.
#include <fmt/format.h>

#include <algorithm>

#include "discover/node_steps.h"
#include "discover/topology.h"
#include "util/strings.h"

namespace bpftax {
namespace {

// Members in the bond's own order, and what the bond is, in words.
struct BondFacts {
  std::vector<std::string> members;
  std::map<std::string, int64_t> speeds_mbps;
  std::string how;
  std::vector<Evidence> evidence;
};

BondFacts ovs_bond_facts(Machine& machine, const PhysicalPath& path) {
  BondFacts facts{path.members, {}, "OVS bond", {}};
  const auto bond = machine.ovs_bond(path.physical);
  if (!bond) {
    facts.how += "; its state is not known: " + bond.why;
    return facts;
  }
  facts.how +=
      ", mode " + bond.value->mode + ", LACP " + (bond.value->lacp.empty() ? "unknown" : bond.value->lacp);
  for (const OvsBond::Member& member : bond.value->members) {
    if (!member.enabled) facts.how += "; " + member.name + " is disabled";
  }
  if (!bond.value->active.empty()) facts.how += "; active is " + bond.value->active;
  facts.evidence.push_back(machine.evidence(bond.commands[0], {"member ", "slave ", "bond_mode"}));
  return facts;
}

BondFacts linux_bond_facts(Machine& machine, const PhysicalPath& path) {
  BondFacts facts{path.members, {}, "Linux bond", {}};
  const auto bond = machine.linux_bond(path.physical);
  if (!bond) return facts;
  facts.how += ", " + bond.value->mode;
  if (!bond.value->members.empty()) facts.members.clear();
  for (const LinuxBond::Member& member : bond.value->members) {
    facts.members.push_back(member.name);
    if (!member.up) facts.how += "; " + member.name + " is down";
    if (member.speed_mbps) facts.speeds_mbps[member.name] = *member.speed_mbps;
  }
  if (!bond.value->active.empty()) facts.how += "; active is " + bond.value->active;
  facts.evidence.push_back(machine.evidence(bond.commands[0], {"Slave Interface", "Bonding Mode", "Speed"}));
  return facts;
}

void find_speed(NodeReport& report, Machine& machine, const std::vector<std::string>& nics,
                std::map<std::string, int64_t> known_mbps) {
  for (const auto& [name, speed] : machine.speeds(nics)) known_mbps[name] = speed;
  std::vector<std::string> texts, unknown;
  for (const std::string& nic : nics) {
    if (known_mbps.count(nic) == 0 && machine.ovs()) {
      const auto place = machine.ovs().value->interface(nic);
      if (place && place.interface->link_speed_bps)
        known_mbps[nic] = *place.interface->link_speed_bps / 1'000'000;
    }
    const auto speed = known_mbps.find(nic);
    if (speed == known_mbps.end()) {
      unknown.push_back(nic);
    } else {
      texts.push_back(fmt::format("{}={}", nic, speed->second));
    }
  }
  if (texts.empty()) {
    report.missing("link_speed", "the driver does not say (a virtual interface, or the link is down)");
  } else {
    report.found("link_speed", texts,
                 "Mb/s, of /sys/class/net" + (unknown.empty() ? "" : "; unknown of " + join(unknown, ", ")));
  }
}

}  // namespace

void find_physical_path(NodeReport& report, Machine& machine, const std::string& device,
                        const std::string& why_not) {
  PhysicalPath path;
  std::string trouble;
  std::vector<Evidence> evidence;
  if (device.empty()) {
    path.why = why_not;
  } else if (const auto& links = machine.links(); links) {
    const auto& ovs = machine.ovs();
    path = physical_path(device, *links.value, ovs ? &*ovs.value : nullptr);
    trouble = machine.ovs_trouble();
    for (const std::string& command : ovs ? ovs.commands : std::vector<std::string>{})
      evidence.push_back(machine.evidence(command, {"\"" + device + "\""}));
    evidence.push_back(machine.evidence(links.commands[0], {"\"" + device + "\""}));
  } else {
    path.why = links.why;
  }
  const bool nothing = path.bridge.empty() && path.physical.empty();
  const std::string doubt = trouble.empty() ? "" : "; Open vSwitch could not be asked: " + trouble;

  if (!path.bridge.empty()) {
    report.found("bridge", {path.bridge}, path.steps.empty() ? "" : path.steps[0], evidence);
  } else if (nothing) {
    report.missing("bridge", path.why + doubt);
  } else {
    report.none("bridge", device + " is on no bridge" + doubt);
  }
  if (!path.uplink_bridge.empty()) {
    report.found("uplink_bridge", {path.uplink_bridge}, join(path.steps, "; "), evidence);
  } else if (path.physical.empty()) {
    report.missing("uplink_bridge", path.why + doubt);
  } else {
    report.none("uplink_bridge",
                path.bridge.empty() ? "there is no bridge" : "the NIC is on the bridge itself");
  }

  if (report.given("physical_interface")) path.physical = report.value("physical_interface");
  if (path.physical.empty()) {
    report.missing("physical_interface", path.why + doubt, evidence);
    for (const char* field : {"physical_nic_members", "link_speed"})
      report.missing(field, "the physical interface is not known");
    return;
  }
  report.found("physical_interface", {path.physical}, join(path.steps, "; ") + doubt, evidence);
  BondFacts facts;
  if (path.members.empty()) {
    report.none("physical_nic_members", path.physical + " is no bond");
  } else {
    facts = path.ovs_bond ? ovs_bond_facts(machine, path) : linux_bond_facts(machine, path);
    report.found("physical_nic_members", facts.members, facts.how, facts.evidence);
  }
  const std::string members = report.value("physical_nic_members");
  std::vector<std::string> nics;
  for (const std::string_view each : split(members.empty() ? path.physical : members, ','))
    nics.emplace_back(each);
  find_speed(report, machine, nics, facts.speeds_mbps);
}

}  // namespace bpftax
