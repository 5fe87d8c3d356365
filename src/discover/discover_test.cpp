// Whole discoveries of hosts that answer with what was recorded.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "discover/recorded_hosts.h"
#include "util/json.h"

namespace bpftax {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST_F(Discover, AHostWithOvsUplinkBridgeAndBondIsFoundWhole) {
  for (const char* id : {"server", "client"}) {
    machine(id)
        .has_ovs("ovs_bond_host")
        .has_links("ovs_bond_host")
        .says("ovs-appctl --timeout=10 bond/show bond-mgt", recorded("ovs_bond_host/bond_show.txt"))
        .says("grep -H -s . /sys/class/net/eth0/speed /sys/class/net/eth1/speed",
              "/sys/class/net/eth0/speed:25000\n");
  }
  const auto found = run(two_hosts());
  ASSERT_TRUE(found) << to_string(found.error());
  EXPECT_THAT(found->missing, IsEmpty()) << findings_table(found->nodes, 160);
  ASSERT_EQ(found->environments.size(), 1u);
  const EnvironmentEnd& server = found->environments[0].server;
  EXPECT_EQ(found->environments[0].name, "host");
  EXPECT_EQ(server.ssh_ref, "server");
  EXPECT_EQ(server.test_ip, "192.168.70.31");
  EXPECT_EQ(server.interface, "port-mgt");
  EXPECT_EQ(server.internal_interface, "port-mgt");
  EXPECT_EQ(server.physical_interface, "bond-mgt");
  EXPECT_THAT(server.physical_nic_members, ElementsAre("eth0", "eth1"));
  EXPECT_EQ(server.physical_host_ref, "");
  const NodeFindings& findings = node(*found, "server");
  EXPECT_EQ(findings.value("bridge"), "ovsbr-mgt");
  EXPECT_EQ(findings.value("uplink_bridge"), "ovsbr-mgt-uplink");
  EXPECT_EQ(findings.value("link_speed"), "eth0=25000,eth1=10000") << "eth1's is what OVS knows";
  EXPECT_THAT(findings.find("physical_nic_members")->how, HasSubstr("active-backup"));
}

// The client's route is the one to what has been found of the server.
TEST_F(Discover, AHostWithoutOvsIsFoundByTheRouteToThePeer) {
  for (const char* id : {"server", "client"}) {
    machine(id)
        .has_links("linux_bond_host")
        .says("ip -json route get 192.168.70.32", recorded("linux_bond_host/route.json"))
        .says("ip -json route get 10.220.133.37", recorded("linux_bond_host/route.json"))
        .says("cat /proc/net/bonding/bond2", recorded("linux_bond_host/bonding.txt"))
        .says("grep -H -s . /sys/class/net/ens19f0np0/speed /sys/class/net/ens19f1np1/speed",
              recorded("linux_bond_host/speeds.txt"));
  }
  const auto found = run(two_hosts());
  ASSERT_TRUE(found);
  EXPECT_THAT(found->missing, IsEmpty());
  const EnvironmentEnd& client = found->environments.at(0).client;
  EXPECT_EQ(client.interface, "br76");
  EXPECT_EQ(client.test_ip, "10.220.133.37");
  EXPECT_EQ(client.internal_interface, "");
  EXPECT_EQ(client.physical_interface, "bond2");
  EXPECT_THAT(client.physical_nic_members, ElementsAre("ens19f0np0", "ens19f1np1"));
  const NodeFindings& findings = node(*found, "client");
  EXPECT_EQ(status(findings, "internal_interface"), FindingStatus::kNone);
  EXPECT_THAT(findings.find("physical_nic_members")->how, HasSubstr("ens19f1np1 is down"));
  EXPECT_EQ(findings.value("link_speed"), "ens19f0np0=25000");
}

TEST_F(Discover, AnIpWithoutJsonIsReadInWords) {
  for (const char* id : {"server", "client"}) {
    machine(id)
        .fails("ip -json -details address", 255, "Option \"-json\" is unknown, try \"ip -help\".")
        .says("ip -oneline -details link", recorded("linux_bridge_host/ip_link.txt"))
        .says("ip -oneline address", recorded("linux_bridge_host/ip_address.txt"));
    for (const char* peer : {"10.0.0.1", "192.168.70.32"}) {
      machine(id)
          .fails(std::string("ip -json route get ") + peer, 255, "Option \"-json\" is unknown")
          .says(std::string("ip -oneline route get ") + peer, recorded("linux_bridge_host/route.txt"));
    }
  }
  const auto found = run(two_hosts());
  ASSERT_TRUE(found);
  EXPECT_THAT(found->missing, IsEmpty()) << findings_table(found->nodes, 160);
  EXPECT_EQ(found->environments.at(0).server.interface, "br0");
  EXPECT_EQ(found->environments.at(0).server.test_ip, "10.0.0.1");
  EXPECT_EQ(found->environments.at(0).server.physical_interface, "e0");
}

TEST_F(Discover, AnSshAliasOfThePeerIsAskedForByWhatItMeans) {
  MinimalInput input = two_hosts();
  input.nodes[0].host.address = "lab-a";
  input.nodes[1].host.address = "lab-b";
  machine("server")
      .has_links("linux_bond_host")
      .says("getent ahosts b.example", "192.168.70.32   STREAM b.example\n192.168.70.32   DGRAM\n")
      .says("ip -json route get 192.168.70.32", recorded("linux_bond_host/route.json"));
  machine("client")
      .has_links("linux_bond_host")
      .says("ip -json route get 10.220.133.37", recorded("linux_bond_host/route.json"));
  DiscoverOptions options;
  options.real_address = [](const std::string& alias) {
    return alias == "lab-a" ? "192.168.70.31" : "b.example";
  };
  const auto found = discover(
      input, [&](const std::string& id) -> Result<Host*> { return &machine(id).host(); }, options);
  ASSERT_TRUE(found);
  EXPECT_THAT(found->missing, IsEmpty()) << findings_table(found->nodes, 160);
  EXPECT_THAT(run(input)->missing, Contains("server.interface")) << "the alias alone says nothing";
}

TEST_F(Discover, ThePeersTestAddressIsTheOneGivenByHandOrFoundBefore) {
  machine("server")
      .has_links("linux_bond_host")
      .says("ip -json route get 10.220.133.99", recorded("linux_bond_host/route.json"));
  machine("client")
      .has_links("linux_bond_host")
      .says("ip -json route get 10.220.133.37", recorded("linux_bond_host/route.json"));
  MinimalInput input = two_hosts();
  input.hints.overrides["client"]["test_ip"] = "10.220.133.99";
  const auto found = run(input);
  ASSERT_TRUE(found);
  EXPECT_EQ(node(*found, "server").value("interface"), "br76") << "by the route to what was given";
  EXPECT_EQ(node(*found, "server").value("test_ip"), "10.220.133.37");
  EXPECT_THAT(machine("client").asked, Not(Contains("ip -json route get 192.168.70.31")));
}

TEST_F(Discover, ThePortTypeOfTheHintDecidesAndAGivenTestIpWins) {
  machine("server").has_ovs("ovs_bond_host").has_links("ovs_bond_host");
  machine("client")
      .has_ovs("ovs_bond_host")
      .has_links("ovs_bond_host")
      .says("ip -json route get 192.168.70.31", recorded("ovs_bond_host/route.json"));
  MinimalInput input = two_hosts();
  input.hints.internal_port_type = "storage";  // OVS has no such port
  input.nodes[0].test_ip = "192.168.70.31";
  const auto found = run(input);
  ASSERT_TRUE(found);
  const NodeFindings& server = node(*found, "server");
  EXPECT_EQ(status(server, "test_ip"), FindingStatus::kGiven);
  EXPECT_EQ(server.value("interface"), "port-mgt") << "it has the address";
  EXPECT_EQ(server.value("internal_interface"), "port-mgt") << "and is internal";
  EXPECT_EQ(node(*found, "client").value("interface"), "port-mgt") << "by the route";
  EXPECT_EQ(node(*found, "client").value("physical_interface"), "bond-mgt")
      << "found though the bond's state is not";
}

TEST_F(Discover, WhatAMachineSaysNeverBecomesAPathOrAnOption) {
  const std::string evil = R"([{"ifname":"../../etc/shadow","link_type":"ether","address":"52:54:00:00:00:01",
      "addr_info":[{"family":"inet","local":"192.0.2.1","prefixlen":24,"scope":"global"}]},
      {"ifname":"-rf","link_type":"ether","addr_info":[{"family":"inet","local":"192.0.2.2","prefixlen":24,"scope":"global"}]}])";
  MinimalInput input = two_hosts();
  for (size_t i = 0; i < 2; ++i) {
    input.nodes[i].test_ip = "192.0.2." + std::to_string(i + 1);
    machine(input.nodes[i].host.id).says("ip -json -details address", evil);
  }
  const auto found = run(input);
  ASSERT_TRUE(found);
  EXPECT_THAT(found->missing, ElementsAre("server.interface", "server.physical_interface", "client.interface",
                                          "client.physical_interface"));
  EXPECT_THAT(node(*found, "server").find("interface")->why, HasSubstr("not a name that can be used"));
  for (const char* id : {"server", "client"}) {
    for (const std::string& command : machine(id).asked) {
      EXPECT_THAT(command, Not(HasSubstr("shadow")));
      EXPECT_THAT(command, Not(HasSubstr("-rf")));
    }
  }
}

TEST_F(Discover, ALostMachineIsAskedNothingMoreAndTheOthersGoOn) {
  for (const char* id : {"server", "client"}) machine(id).has_ovs("ovs_bond_host").has_links("ovs_bond_host");
  machine("server").host().lose_at_call(2);
  const auto found = run(two_hosts());
  ASSERT_TRUE(found);
  EXPECT_LE(machine("server").asked.size(), 1u);
  EXPECT_THAT(node(*found, "server").find("interface")->why, HasSubstr("cannot be asked"));
  EXPECT_EQ(node(*found, "client").value("interface"), "port-mgt");
}

TEST_F(Discover, AnInterruptEndsEverything) {
  machine("server").has_links("ovs_bond_host");
  machine("server").host().fail_at_call(1, Error{ErrorKind::kInterrupted, "interrupted"});
  const auto found = run(two_hosts());
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind, ErrorKind::kInterrupted);
}

TEST_F(Discover, AnOvsThatDoesNotAnswerIsNamedAsTheDoubtItIs) {
  for (const char* id : {"server", "client"}) {
    machine(id)
        .has_links("ovs_bond_host")
        .fails("ovs-vsctl --timeout=10 --format=json --columns=name,ports list Bridge", 1,
               "ovs-vsctl: unix:/var/run/openvswitch/db.sock: database connection failed (Permission denied)")
        .says("ip -json route get 192.168.70.32", recorded("ovs_bond_host/route.json"))
        .says("ip -json route get 192.168.70.31", recorded("ovs_bond_host/route.json"));
  }
  const auto found = run(two_hosts());
  ASSERT_TRUE(found);
  EXPECT_EQ(node(*found, "server").value("interface"), "port-mgt");
  EXPECT_THAT(node(*found, "server").find("physical_interface")->why, HasSubstr("Permission denied"));
  EXPECT_THAT(found->missing, Contains("server.physical_interface"));
}

TEST_F(Discover, AnOvsThatIsInstalledButDoesNotRunIsNone) {
  for (const char* id : {"server", "client"}) {
    machine(id)
        .has_links("linux_bond_host")
        .fails("ovs-vsctl --timeout=10 --format=json --columns=name,ports list Bridge", 1,
               "ovs-vsctl: unix:/var/run/openvswitch/db.sock: database connection failed (No such file or "
               "directory)")
        .says("ip -json route get 192.168.70.32", recorded("linux_bond_host/route.json"))
        .says("ip -json route get 10.220.133.37", recorded("linux_bond_host/route.json"));
  }
  const auto found = run(two_hosts());
  ASSERT_TRUE(found);
  EXPECT_THAT(found->missing, IsEmpty());
  EXPECT_EQ(status(node(*found, "server"), "internal_interface"), FindingStatus::kNone);
  EXPECT_THAT(node(*found, "server").find("physical_interface")->how, Not(HasSubstr("could not be asked")));
}

}  // namespace
}  // namespace bpftax
