// A virtual machine: from the address inside the guest to the tap on the physical host, the QEMU process, its
// vhost threads, and down to the NIC.
#include <fmt/format.h>

#include <algorithm>

#include "discover/node_steps.h"
#include "discover/vhost.h"
#include "util/strings.h"

namespace bpftax {
namespace {

class VmSteps {
 public:
  VmSteps(const MinimalNode& node, const DiscoveryHints& hints, Machine& guest, Machine& host)
      : node_(node), guest_(guest), host_(host), report_(node, hints) {}

  NodeFindings run() {
    find_guest_interface();
    find_qemu();
    find_tap();
    find_vhost();
    find_physical_path(report_, host_, report_.value("vm_interface"), "the tap of the VM is not known");
    return report_.take();
  }

 private:
  void find_guest_interface() {
    const auto& links = guest_.links();
    const std::string test_ip = report_.value("test_ip"), given = report_.value("interface");
    if (!links) {
      report_.missing("interface", links.why);
      return report_.missing("mac", links.why);
    }
    const Link* link =
        given.empty() ? link_with_address(*links.value, test_ip) : find_link(*links.value, given);
    if (link == nullptr) {
      const std::string why = given.empty() ? "no interface of the VM has the address " + test_ip
                                            : "the VM has no interface " + given;
      report_.missing("interface", why, {guest_.evidence(links.commands[0])});
      return report_.missing("mac", why);
    }
    const std::vector<Evidence> evidence = {guest_.evidence(links.commands[0], {"\"" + link->name + "\""})};
    report_.found("interface", {link->name}, "has the address " + test_ip + " in the VM", evidence);
    // A vlan, bridge or bond in the guest: the address that the host knows is that of the NIC below.
    const Link* below = link;
    for (int depth = 0; depth < 4 && !below->parent.empty(); ++depth) {
      const Link* parent = find_link(*links.value, below->parent);
      if (parent == nullptr) break;
      below = parent;
    }
    const std::string& mac = below->permanent_mac.empty() ? below->mac : below->permanent_mac;
    if (mac.empty()) return report_.missing("mac", link->name + " has no hardware address", evidence);
    report_.found("mac", {mac},
                  below == link ? "of " + link->name : "of " + below->name + ", below " + link->name,
                  evidence);
  }

  void find_qemu() {
    process_ = host_.qemu_process(node_.uuid);
    if (!process_) return report_.missing("qemu_pid", process_.why);
    report_.found(
        "qemu_pid", {std::to_string(process_.value->pid)}, "the process with the option -uuid " + node_.uuid,
        {host_.evidence(process_.commands[0]), Evidence{host_.node(), process_.commands.back(), ""}});
  }

  // The tap, by whoever knows: libvirt, QEMU's command line and open files, what OVS or the tap's own address
  // tell of the MAC.
  void find_tap() {
    if (report_.given("vm_interface")) return;
    std::vector<std::string> reasons;
    for (const auto step : {&VmSteps::tap_of_libvirt, &VmSteps::tap_of_qemu, &VmSteps::tap_of_mac}) {
      std::string why = (this->*step)();
      if (why.empty()) return;
      if (std::find(reasons.begin(), reasons.end(), why) == reasons.end()) reasons.push_back(std::move(why));
    }
    report_.missing("vm_interface", join(reasons, "; "));
  }

  std::string tap_of_libvirt() {
    const auto interfaces = host_.domain_interfaces(node_.uuid);
    if (!interfaces) return interfaces.absent ? "libvirt's virsh is not installed" : interfaces.why;
    const std::string mac = report_.value("mac");
    const auto& all = *interfaces.value;
    const auto found = std::find_if(all.begin(), all.end(), [&](const DomainInterface& each) {
      return mac.empty() ? all.size() == 1 : each.mac == mac;
    });
    if (found == all.end())
      return mac.empty()
                 ? fmt::format("libvirt knows {} interfaces of the VM, and its MAC address is not known",
                               all.size())
                 : "libvirt knows no interface of the VM with the MAC address " + mac;
    if (found->name.empty())
      return "the VM's interface has no device on the host (libvirt type " + printable(found->type) + ")";
    report_.found("vm_interface", {found->name},
                  mac.empty() ? "the VM's only interface in libvirt"
                              : "libvirt's interface of type " + found->type + " with the MAC address " + mac,
                  {host_.evidence(interfaces.commands[0], {found->mac})});
    return "";
  }

  std::string tap_of_qemu() {
    if (!process_) return process_.why;
    const QemuCommand& command = process_.value->command;
    const std::string mac = report_.value("mac");
    const QemuNic* nic = command.nic_with_mac(mac);
    netdev_ = nic != nullptr ? command.netdev(nic->netdev) : nullptr;
    const auto fds = host_.tap_fds(process_.value->pid);
    std::vector<Evidence> evidence = {host_.evidence(fds.commands[0])};
    if (netdev_ == nullptr && command.netdevs.size() == 1) netdev_ = &command.netdevs[0];
    if (netdev_ != nullptr && netdev_->type != "tap")
      return "QEMU's netdev " + printable(netdev_->id) + " is no tap but " + printable(netdev_->type);
    std::set<std::string> taps;
    std::string how = "the process holds no other tap";
    if (netdev_ != nullptr) taps = taps_of(*netdev_, fds ? *fds.value : std::map<int, std::string>{});
    if (!taps.empty())
      how = "QEMU's netdev " + netdev_->id + (nic != nullptr ? ", of the NIC with " + mac : "");
    if (taps.empty() && fds) {
      for (const auto& [fd, name] : *fds.value) taps.insert(name);
    }
    if (taps.size() == 1) {
      report_.found("vm_interface", {*taps.begin()}, how, evidence);
      return "";
    }
    if (taps.empty()) return fds.why;
    return "the QEMU process holds several taps (" + join({taps.begin(), taps.end()}, ", ") +
           (mac.empty() ? "), and the MAC address in the VM is not known"
                        : "), and none is seen to belong to the MAC address " + mac);
  }

  std::string tap_of_mac() {
    const std::string mac = report_.value("mac");
    if (mac.empty()) return "the MAC address in the VM is not known";
    if (const auto& ovs = host_.ovs(); ovs) {
      if (const auto place = ovs.value->attached(mac)) {
        report_.found("vm_interface", {place.interface->name}, "the OVS interface with attached-mac " + mac,
                      {host_.evidence(ovs.commands.back(), {mac})});
        return "";
      }
    }
    // libvirt gives a tap the guest's address with fe in front, so that no bridge takes it for its own.
    const auto& links = host_.links();
    if (!links) return links.why;
    const Link* link = link_with_mac(*links.value, "fe" + mac.substr(std::min<size_t>(2, mac.size())));
    if (link == nullptr || link->kind != "tun") return "no tap of the host has an address made from " + mac;
    report_.found("vm_interface", {link->name}, "a tap whose hardware address is made from " + mac,
                  {host_.evidence(links.commands[0], {link->mac})});
    return "";
  }

  // Which netdev of the QEMU process the tap is: also when libvirt or the user named the tap.
  const QemuNetdev* netdev_of_tap(const QemuCommand& command) {
    if (netdev_ != nullptr) return netdev_;
    if (const QemuNic* nic = command.nic_with_mac(report_.value("mac"))) return command.netdev(nic->netdev);
    const std::string tap = report_.value("vm_interface");
    const auto fds = host_.tap_fds(process_.value->pid);
    for (const QemuNetdev& netdev : command.netdevs) {
      if (!tap.empty() && taps_of(netdev, fds ? *fds.value : std::map<int, std::string>{}).count(tap) != 0)
        return &netdev;
    }
    return command.netdevs.size() == 1 ? &command.netdevs[0] : nullptr;
  }

  void find_vhost() {
    if (report_.given("vhost_pids")) return;
    const auto pid = to_int64(report_.value("qemu_pid"));
    if (!pid) return report_.missing("vhost_pids", "the QEMU process is not known");
    const CommandAnswer& threads = host_.run({"ps", "-eLo", "pid=,lwp=,etimes=,comm="});
    if (!threads.ok) return report_.missing("vhost_pids", threads.why);
    const QemuCommand unknown;
    // A qemu_pid given by hand may be another process than the one with the uuid.
    const bool same = process_ && process_.value->pid == *pid;
    const QemuCommand& command = same ? process_.value->command : unknown;
    const VhostAnswer answer = vhost_threads_of(parse_vhost_threads(threads.out, static_cast<int>(*pid)),
                                                command, same ? netdev_of_tap(command) : nullptr);
    const std::vector<Evidence> evidence = {host_.evidence(threads.command, {fmt::format("vhost-{}", *pid)})};
    if (answer.none) return report_.none("vhost_pids", answer.why, evidence);
    if (answer.ids.empty()) return report_.missing("vhost_pids", answer.why, evidence);
    std::vector<std::string> ids;
    for (const int id : answer.ids) ids.push_back(std::to_string(id));
    report_.found("vhost_pids", ids, answer.how, evidence);
  }

  const MinimalNode& node_;
  Machine& guest_;
  Machine& host_;
  Asked<Machine::QemuProcess> process_;
  const QemuNetdev* netdev_ = nullptr;  // of process_
  NodeReport report_;
};

}  // namespace

NodeFindings discover_vm(const MinimalNode& node, const DiscoveryHints& hints, Machine& guest,
                         Machine& host) {
  return VmSteps(node, hints, guest, host).run();
}

}  // namespace bpftax
