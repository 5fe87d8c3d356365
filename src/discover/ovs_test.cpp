#include "discover/ovs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "discover/recorded.h"

namespace bpftax {
namespace {

using testing::ElementsAre;

std::vector<std::string> port_names(const OvsBridge& bridge) {
  std::vector<std::string> names;
  for (const OvsPort& port : bridge.ports) names.push_back(port.name);
  return names;
}

TEST(Ovs, BridgesPortsAndInterfacesOfARealDatabaseArePutTogether) {
  const OvsState ovs = recorded_ovs("ovs_bond_host");
  ASSERT_EQ(ovs.bridges.size(), 2u);
  EXPECT_THAT(port_names(ovs.bridges[0]), ElementsAre("ovsbr-mgt", "patch-to-uplink", "port-mgt", "vnet7"));
  EXPECT_THAT(port_names(ovs.bridges[1]), ElementsAre("bond-mgt", "ovsbr-mgt-uplink", "patch-to-mgt"));
  const auto port = ovs.interface("port-mgt");
  ASSERT_TRUE(port);
  EXPECT_EQ(port.bridge->name, "ovsbr-mgt");
  EXPECT_EQ(port.interface->type, "internal");
  EXPECT_FALSE(port.interface->device());
  EXPECT_EQ(ovs.interface("patch-to-uplink").interface->peer, "patch-to-mgt");
  const auto member = ovs.interface("eth1");
  ASSERT_TRUE(member);
  EXPECT_EQ(member.port->name, "bond-mgt");
  EXPECT_TRUE(member.port->bond());
  EXPECT_EQ(member.port->bond_mode, "active-backup");
  EXPECT_TRUE(member.interface->device());
  EXPECT_EQ(member.interface->link_speed_bps, 10'000'000'000);
  EXPECT_EQ(ovs.attached("52:54:00:e3:f0:a8").interface->name, "vnet7");
  EXPECT_FALSE(ovs.attached(""));
  EXPECT_FALSE(ovs.interface("eth9"));
}

TEST(Ovs, WhatIsNoTableIsAnErrorAndOddRowsAreLeftOut) {
  const std::string bridge = R"({"headings":["name","ports"],"data":[["br",["uuid","p"]],[5,6],7,["x"]]})";
  const std::string port =
      R"({"headings":["_uuid","name","interfaces","bond_mode"],"data":[[["uuid","p"],"p0",["set",[["uuid","i"],["uuid","lost"],4]],["set",[]]],[]]})";
  const std::string interface =
      R"({"headings":["_uuid","name","type","options","external_ids","link_speed"],"data":[[["uuid","i"],"eth0","",["map",5],["map",[[1]]],-3],["x"]]})";
  const auto ovs = parse_ovs(bridge, port, interface);
  ASSERT_TRUE(ovs);
  ASSERT_EQ(ovs->bridges.size(), 2u) << "a bridge whose ports cannot be read has none";
  EXPECT_EQ(ovs->interface("eth0").interface->link_speed_bps, std::nullopt);
  EXPECT_FALSE(parse_ovs("", port, interface));
  EXPECT_FALSE(parse_ovs(bridge, "[]", interface));
  EXPECT_FALSE(parse_ovs(bridge, R"({"headings":["name"],"data":[]})", interface));
}

TEST(Ovs, ABondSaysModeLacpAndMembers) {
  const auto bonds = parse_bond_show(recorded("ovs_bond_host/bond_show.txt"));
  ASSERT_EQ(bonds.size(), 1u);
  EXPECT_EQ(bonds[0].name, "bond-mgt");
  EXPECT_EQ(bonds[0].mode, "active-backup");
  EXPECT_EQ(bonds[0].lacp, "off");
  EXPECT_EQ(bonds[0].active, "eth0");
  ASSERT_EQ(bonds[0].members.size(), 2u);
  EXPECT_TRUE(bonds[0].members[1].enabled);
}

TEST(Ovs, OldReleasesCallMembersSlaves) {
  const auto bonds = parse_bond_show(recorded("bond_show_2_13.txt"));
  ASSERT_EQ(bonds.size(), 1u);
  ASSERT_EQ(bonds[0].members.size(), 2u);
  EXPECT_EQ(bonds[0].members[0].name, "enp59s0f0");
  EXPECT_FALSE(bonds[0].members[0].enabled);
  EXPECT_EQ(bonds[0].active, "enp59s0f1");
  EXPECT_TRUE(parse_bond_show("member x: enabled\n----  ----\nslave \nmember : enabled").size() <= 1);
}

}  // namespace
}  // namespace bpftax
