// Whole discoveries of VMs whose machines answer with what was recorded.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "config/load.h"
#include "discover/recorded_hosts.h"
#include "util/json.h"

namespace bpftax {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(Discover, AVmIsFollowedFromItsAddressToTapQemuVhostAndNic) {
  libvirt_host("host");
  machine("vm-a").has_links("guest");
  machine("vm-b").has_links("guest");
  const auto found = run(vm_pair("192.168.76.244"));
  ASSERT_TRUE(found);
  EXPECT_THAT(found->missing, IsEmpty()) << findings_table(found->nodes, 160);
  const EnvironmentEnd& server = found->environments.at(0).server;
  EXPECT_EQ(server.interface, "ens4");
  EXPECT_EQ(server.vm_interface, "vnet126");
  EXPECT_EQ(server.physical_host_ref, "host");
  EXPECT_EQ(server.tool_host(), "host");
  EXPECT_EQ(server.qemu_pid, "43272");
  EXPECT_THAT(server.vhost_pids, ElementsAre("43278", "43279", "43280", "43281"));
  EXPECT_EQ(server.physical_interface, "enp24s0f0np0");
  EXPECT_THAT(server.physical_nic_members, IsEmpty());
  const NodeFindings& findings = node(*found, "vm-a");
  EXPECT_EQ(findings.value("mac"), "52:54:00:e3:f0:a8");
  EXPECT_EQ(findings.value("bridge"), "ovsbr-mgt");
  const auto& asked = machine("host").asked;
  EXPECT_EQ(std::count(asked.begin(), asked.end(), "ip -json -details address"), 1)
      << "each command runs once";
}

TEST_F(Discover, WithoutLibvirtTheQemuProcessTellsTheTap) {
  libvirt_host("host", "libvirt_host/qemu_cmdline_json")
      .fails(std::string("virsh --connect qemu:///system domiflist ") + kVmUuid, 1,
             "error: failed to connect to the hypervisor")
      .says(kThreadsCommand, recorded("libvirt_host/threads_6_4.txt"));
  machine("vm-a").has_links("guest");
  machine("vm-b").has_links("guest");
  const auto found = run(vm_pair("30.20.30.11"));
  ASSERT_TRUE(found);
  EXPECT_THAT(found->missing, IsEmpty()) << findings_table(found->nodes, 160);
  const EnvironmentEnd& server = found->environments.at(0).server;
  EXPECT_EQ(server.interface, "ens5");
  EXPECT_EQ(server.vm_interface, "vnet127");
  EXPECT_THAT(node(*found, "vm-a").find("vm_interface")->how, HasSubstr("netdev hostnet1"));
  EXPECT_THAT(server.vhost_pids, ElementsAre("43282"));
  EXPECT_EQ(server.physical_interface, "bond-vmdata");
  EXPECT_THAT(server.physical_nic_members, ElementsAre("enp59s0f0", "enp59s0f1"));
}

TEST_F(Discover, WithoutAnyViewOnQemuTheMacAddressTellsTheTap) {
  machine("host").has_ovs("libvirt_host").has_links("libvirt_host");
  machine("vm-a").has_links("guest");
  machine("vm-b").has_links("guest");
  const auto found = run(vm_pair("192.168.76.244"));
  ASSERT_TRUE(found);
  EXPECT_EQ(node(*found, "vm-a").value("vm_interface"), "vnet126");
  EXPECT_THAT(node(*found, "vm-a").find("vm_interface")->how, HasSubstr("attached-mac"));
  EXPECT_THAT(found->missing, ElementsAre("vm-a.qemu_pid", "vm-b.qemu_pid"));
  EXPECT_EQ(node(*found, "vm-a").value("physical_interface"), "enp24s0f0np0");
}

TEST_F(Discover, AGuestThatCannotBeReachedStopsOnlyWhatDependsOnIt) {
  libvirt_host("host");
  const auto found = run(vm_pair("192.168.76.244"));
  ASSERT_TRUE(found);
  const NodeFindings& findings = node(*found, "vm-a");
  EXPECT_THAT(findings.find("interface")->why, HasSubstr("no route to host"));
  ASSERT_EQ(found->unreachable.size(), 2u);
  EXPECT_EQ(found->unreachable[0].first, "vm-a");
  EXPECT_EQ(found->unreachable[0].second.why, "no route to host");
  EXPECT_EQ(findings.value("qemu_pid"), "43272");
  EXPECT_EQ(status(findings, "vm_interface"), FindingStatus::kMissing);
  EXPECT_THAT(findings.find("vm_interface")->why, HasSubstr("several taps (vnet126, vnet127)"));
  EXPECT_THAT(found->missing, Contains("vm-a.vm_interface"));
  EXPECT_THAT(overrides_to_give(found->nodes), HasSubstr("vm-a:\n      interface: \"\""));
}

TEST_F(Discover, OverridesAreTakenAsTheyAreAndTheRestFollowsFromThem) {
  libvirt_host("host");
  MinimalInput input = vm_pair("192.168.76.244");
  input.hints.overrides["vm-a"] = {
      {"interface", "eth7"}, {"vm_interface", "vnet127"}, {"vhost_pids", "5, 6"}};
  const auto found = run(input);
  ASSERT_TRUE(found);
  const EnvironmentEnd& server = found->environments.at(0).server;
  EXPECT_EQ(server.interface, "eth7");
  EXPECT_EQ(server.vm_interface, "vnet127");
  EXPECT_THAT(server.vhost_pids, ElementsAre("5", "6"));
  EXPECT_EQ(server.physical_interface, "bond-vmdata") << "of the tap that was given";
  EXPECT_THAT(found->missing, ElementsAre("vm-b.interface", "vm-b.vm_interface", "vm-b.physical_interface"));
  input.hints.overrides["vm-a"]["vmnet"] = "x";
  EXPECT_EQ(run(input).error().kind, ErrorKind::kUsage);
}

TEST_F(Discover, WhatIsFoundBecomesAConfigurationThatLoads) {
  for (const bool vhost : {true, false}) {
    SCOPED_TRACE(vhost);
    if (vhost) libvirt_host("host");
    if (!vhost)  // QEMU works the interface itself
      libvirt_host("host").says("cat /proc/43272/cmdline",
                                "qemu" + std::string(1, '\0') + "-uuid" + std::string(1, '\0') + kVmUuid);
    machine("vm-a").has_links("guest");
    machine("vm-b").has_links("guest");
    if (!vhost) machine("host").says(kThreadsCommand, "");
    const MinimalInput input = vm_pair("192.168.76.244");
    const auto found = run(input);
    ASSERT_TRUE(found);
    EXPECT_THAT(found->missing, IsEmpty()) << findings_table(found->nodes, 160);
    ConfigTemplates templates = built_in_templates();
    auto tools = read_file(std::string(BPFTAX_SOURCE_DIR) + "/tests/data/config/origin/tools-template.yaml");
    ASSERT_TRUE(tools);
    templates.tools = *tools;
    const auto text = full_config_text(input, found->environments, templates, found->provenance());
    ASSERT_TRUE(text) << to_string(text.error());
    const auto config = parse_full_config(*text, "full.yaml");
    ASSERT_TRUE(config) << to_string(config.error());
    const ConfiguredEnvironment* vm = config->environment("vm");
    ASSERT_NE(vm, nullptr);
    EXPECT_EQ(vm->server.vm_interface, "vnet126");
    EXPECT_EQ(vm->server.vhost_pids.size(), vhost ? 4u : 0u);
    EXPECT_EQ(vm->client.physical_interface, "enp24s0f0np0");
    std::set<std::string> vhost_cases;
    for (const TestCase& each : config->cases) {
      for (const CaseParameter& parameter : each.parameters) {
        if (parameter.name == "vhost_pid") vhost_cases.insert(parameter.value);
      }
    }
    EXPECT_EQ(vhost_cases.size(), vhost ? 4u : 0u) << "a case for each thread";
    EXPECT_GT(config->cases.size(), 4u);
  }
}

TEST_F(Discover, ProvenanceHoldsEveryNodeAndItsSources) {
  libvirt_host("host");
  machine("vm-a").has_links("guest");
  machine("vm-b").has_links("guest");
  const auto found = run(vm_pair("192.168.76.244"));
  ASSERT_TRUE(found);
  const OrderedJson json = found->provenance();
  const OrderedJson& tap = json["nodes"]["vm-a"]["vm_interface"];
  EXPECT_EQ(tap["value"], "vnet126");
  EXPECT_EQ(tap["from"][0]["on"], "host");
  EXPECT_THAT(tap["from"][0]["output"].get<std::string>(), HasSubstr("52:54:00:e3:f0:a8"));
  for (const auto& [field, finding] : json["nodes"]["vm-a"].items()) {
    for (const OrderedJson& from : finding.value("from", OrderedJson::array()))
      EXPECT_LT(from.value("output", "").size(), 700u) << field;
  }
}

}  // namespace
}  // namespace bpftax
