#include "discover/topology.h"

#include <algorithm>
#include <optional>
#include <set>

#include "util/strings.h"

namespace bpftax {
namespace {

constexpr const char* kUplinkSuffix = "-uplink";

// How sure it is that a port of a bridge leads out of the machine, best first.
enum class Outward { kHardware, kVirtual, kNever };

// One port of a bridge that may be the way out.
struct WayOut {
  Outward outward = Outward::kNever;
  PhysicalPath path;  // physical, members, steps
  std::string port;
};

class PathFinder {
 public:
  PathFinder(const std::vector<Link>& links, const OvsState* ovs) : links_(links), ovs_(ovs) {}

  PhysicalPath from(const std::string& device) {
    if (ovs_ != nullptr) {
      if (const auto place = ovs_->interface(device)) return from_ovs(place);
    }
    const Link* link = find_link(links_, device);
    if (link == nullptr) return failed("there is no interface " + device);
    if (link->kind == "bridge") return from_bridge(*link, device);
    // A tap or one end of a veth is a port for a machine; the way goes on through its bridge.
    const Link* master = link->master.empty() ? nullptr : find_link(links_, link->master);
    if (master != nullptr && master->kind == "bridge" && link->parent.empty() && !hardware(*link))
      return from_bridge(*master, device);
    const WayOut way = device_way(*link);
    if (way.outward != Outward::kNever) return way.path;
    return failed(device + " is a " + link->kind + " interface on no bridge: it leads to no NIC");
  }

 private:
  static PhysicalPath failed(std::string why) {
    PhysicalPath path;
    path.why = std::move(why);
    return path;
  }

  static bool hardware(const Link& link) {
    return (link.kind.empty() || link.kind == "bond" || link.kind == "team") && !link.loopback;
  }

  // A device that is not looked at as a port of a bridge: down through vlans to a NIC or bond.
  WayOut device_way(const Link& start) const {
    WayOut way;
    way.port = start.name;
    const Link* link = &start;
    std::set<std::string> seen;
    while (!link->parent.empty()) {
      const Link* parent = find_link(links_, link->parent);
      if (parent == nullptr || !seen.insert(link->name).second) break;
      way.path.steps.push_back(link->name + " is a " + link->kind + " on " + parent->name);
      link = parent;
    }
    if (link->kind == "tun" || link->kind == "openvswitch" || link->kind == "bridge" || link->loopback)
      return way;
    // A bond's member stands for the bond.
    if (const Link* master = find_link(links_, link->master);
        master != nullptr && (master->kind == "bond" || master->kind == "team")) {
      way.path.steps.push_back(link->name + " is a member of " + master->name);
      link = master;
    }
    way.path.physical = link->name;
    way.outward = hardware(*link) ? Outward::kHardware : Outward::kVirtual;
    if (link->kind == "bond" || link->kind == "team") {
      for (const Link& each : links_) {
        if (each.master == link->name) way.path.members.push_back(each.name);
      }
      way.path.steps.push_back(link->name + " is a Linux " + link->kind);
    } else if (way.outward == Outward::kVirtual) {
      way.path.steps.push_back(link->name + " is no hardware but a " + link->kind);
    }
    return way;
  }

  // The best way, or why there is none or more than one.
  static PhysicalPath best(const std::vector<WayOut>& ways, const std::string& bridge) {
    std::vector<const WayOut*> candidates;
    for (const Outward outward : {Outward::kHardware, Outward::kVirtual}) {
      if (!candidates.empty()) break;
      for (const WayOut& way : ways) {
        // Two vlans of one NIC are one way out.
        const bool again = std::any_of(candidates.begin(), candidates.end(), [&](const WayOut* each) {
          return each->path.physical == way.path.physical;
        });
        if (way.outward == outward && !again) candidates.push_back(&way);
      }
    }
    if (candidates.empty()) return failed("no port of the bridge " + bridge + " leads out of the machine");
    if (candidates.size() > 1) {
      std::vector<std::string> names;
      for (const WayOut* each : candidates) names.push_back(each->path.physical);
      return failed("several ports of the bridge " + bridge +
                    " may lead out of the machine: " + join(names, ", "));
    }
    return candidates[0]->path;
  }

  PhysicalPath from_bridge(const Link& bridge, const std::string& device) const {
    std::vector<WayOut> ways;
    for (const Link& each : links_) {
      if (each.master == bridge.name && each.name != device) ways.push_back(device_way(each));
    }
    PhysicalPath path = best(ways, bridge.name);
    path.bridge = bridge.name;
    path.steps.insert(path.steps.begin(), bridge.name == device
                                              ? device + " is a Linux bridge"
                                              : device + " is a port of the Linux bridge " + bridge.name);
    return path;
  }

  WayOut ovs_way(const OvsPort& port) const {
    WayOut way;
    way.port = port.name;
    if (port.interfaces.empty()) return way;
    const bool devices = std::all_of(port.interfaces.begin(), port.interfaces.end(),
                                     [](const OvsInterface& each) { return each.device(); });
    if (!devices) return way;
    if (port.bond()) {
      way.path.physical = port.name;
      way.path.ovs_bond = true;
      way.outward = Outward::kHardware;
      for (const OvsInterface& each : port.interfaces) way.path.members.push_back(each.name);
      way.path.steps.push_back(port.name + " is an OVS bond");
      return way;
    }
    const OvsInterface& only = port.interfaces[0];
    if (const Link* link = find_link(links_, only.name)) {
      way = device_way(*link);
    } else if (only.type == "dpdk") {  // the kernel does not see it
      way.path.physical = only.name;
      way.outward = Outward::kHardware;
    }
    return way;
  }

  // The bridges that patch ports lead to, each once, nearest first, `<bridge>-uplink` before its equals.
  std::vector<const OvsBridge*> patched(const OvsBridge& start) const {
    std::vector<const OvsBridge*> reached = {&start};
    for (size_t at = 0; at < reached.size(); ++at) {
      std::vector<const OvsBridge*> next;
      for (const OvsPort& port : reached[at]->ports) {
        for (const OvsInterface& interface : port.interfaces) {
          if (interface.type != "patch") continue;
          const auto place = ovs_->interface(interface.peer);
          if (place && std::find(reached.begin(), reached.end(), place.bridge) == reached.end() &&
              std::find(next.begin(), next.end(), place.bridge) == next.end())
            next.push_back(place.bridge);
        }
      }
      std::stable_partition(next.begin(), next.end(),
                            [&](const OvsBridge* each) { return each->name == start.name + kUplinkSuffix; });
      reached.insert(reached.end(), next.begin(), next.end());
    }
    return reached;
  }

  PhysicalPath from_ovs(const OvsState::Place& start) const {
    const std::string device = start.interface->name;
    std::vector<std::string> steps = {device + " is a port of the OVS bridge " + start.bridge->name};
    std::vector<const OvsBridge*> bridges = patched(*start.bridge);
    const OvsBridge* named = ovs_->bridge(start.bridge->name + kUplinkSuffix);
    const bool by_name =
        named != nullptr && std::find(bridges.begin(), bridges.end(), named) == bridges.end();
    if (by_name) bridges.push_back(named);
    std::string why;
    for (const OvsBridge* bridge : bridges) {
      std::vector<WayOut> ways;
      for (const OvsPort& port : bridge->ports) {
        if (port.name != device) ways.push_back(ovs_way(port));
      }
      PhysicalPath path = best(ways, bridge->name);
      path.bridge = start.bridge->name;
      if (bridge != start.bridge) {
        steps.push_back(bridge == named && by_name
                            ? bridge->name + " is taken for its uplink bridge, by its name alone"
                            : "patch ports lead to " + bridge->name);
        path.uplink_bridge = bridge->name;
      }
      if (!path.physical.empty()) {
        path.steps.insert(path.steps.begin(), steps.begin(), steps.end());
        return path;
      }
      if (bridge != start.bridge) steps.pop_back();
      // Two ways out are a better reason than a bridge without any.
      if (why.empty() || path.why.find("several") == 0) why = path.why;
    }
    PhysicalPath path = failed(why);
    path.bridge = start.bridge->name;
    path.steps = steps;
    return path;
  }

  const std::vector<Link>& links_;
  const OvsState* ovs_;
};

}  // namespace

PhysicalPath physical_path(const std::string& device, const std::vector<Link>& links, const OvsState* ovs) {
  return PathFinder(links, ovs).from(device);
}

}  // namespace bpftax
