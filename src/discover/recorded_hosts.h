// Test support: inputs, and machines that answer with what was recorded, for whole discoveries.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>

#include "discover/discover.h"
#include "discover/recorded.h"

namespace bpftax {

inline constexpr const char* kVmUuid = "a8366b2a-a709-4e88-ba57-128681bd1efb";
inline constexpr const char* kThreadsCommand = "ps -eLo pid=,lwp=,etimes=,comm=";

inline MinimalNode host_node(const std::string& id, const std::string& address) {
  MinimalNode node;
  node.host.id = id;
  node.host.address = address;
  node.host.user = "root";
  node.host.workdir = "/root/bpftax";
  node.role = "host";
  return node;
}

inline MinimalNode vm_node(const std::string& id, const std::string& host, const std::string& test_ip) {
  MinimalNode node = host_node(id, test_ip);
  node.role = "vm";
  node.host_ref = host;
  node.uuid = kVmUuid;
  node.test_ip = test_ip;
  return node;
}

inline MinimalInput two_hosts() {
  MinimalInput input;
  input.environment = "lab";
  input.nodes = {host_node("server", "192.168.70.31"), host_node("client", "192.168.70.32")};
  input.pairs = {{"host", "server", "client", {}}};
  return input;
}

// Two nodes that run one behind the other on the same recorded machines.
inline MinimalInput vm_pair(const std::string& test_ip) {
  MinimalInput input;
  input.environment = "lab";
  input.nodes = {host_node("host", "192.168.70.31"), vm_node("vm-a", "host", test_ip),
                 vm_node("vm-b", "host", test_ip)};
  input.pairs = {{"vm", "vm-a", "vm-b", {}}};
  return input;
}

class Discover : public testing::Test {
 protected:
  RecordedMachine& machine(const std::string& id) {
    auto& found = machines_[id];
    if (!found) found = std::make_unique<RecordedMachine>(id);
    return *found;
  }
  // A physical host with libvirt, vhost and OVS in the kernel.
  RecordedMachine& libvirt_host(const std::string& id,
                                const std::string& cmdline = "libvirt_host/qemu_cmdline") {
    return machine(id)
        .has_ovs("libvirt_host")
        .has_links("libvirt_host")
        .says(std::string("virsh --connect qemu:///system domiflist ") + kVmUuid,
              recorded("libvirt_host/domiflist.txt"))
        .says(std::string("pgrep -f -- ") + kVmUuid, "43272\n")
        .says("cat /proc/43272/cmdline", recorded(cmdline))
        .says("grep -r -H -s -e '^iff:' /proc/43272/fdinfo", recorded("libvirt_host/tap_fds.txt"))
        .says(kThreadsCommand, recorded("libvirt_host/threads.txt"))
        .says("grep -H -s . /sys/class/net/enp24s0f0np0/speed", "/sys/class/net/enp24s0f0np0/speed:25000\n");
  }
  Result<Discovery> run(const MinimalInput& input) {
    return discover(input, [this](const std::string& id) -> Result<Host*> {
      if (machines_.count(id) == 0)
        return fail(ErrorKind::kEnvironment, "cannot connect", id, "no route to host");
      return &machines_[id]->host();
    });
  }
  static const NodeFindings& node(const Discovery& discovery, const std::string& id) {
    for (const NodeFindings& each : discovery.nodes) {
      if (each.node == id) return each;
    }
    ADD_FAILURE() << "no node " << id;
    return discovery.nodes.at(0);
  }
  static FindingStatus status(const NodeFindings& findings, const std::string& field) {
    const FieldFinding* finding = findings.find(field);
    EXPECT_NE(finding, nullptr) << field;
    return finding == nullptr ? FindingStatus::kMissing : finding->status;
  }

 private:
  std::map<std::string, std::unique_ptr<RecordedMachine>> machines_;
};

}  // namespace bpftax
