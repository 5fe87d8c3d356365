#include "discover/topology.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "discover/recorded.h"

namespace bpftax {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<Link> recorded_links(const std::string& folder) {
  auto links = parse_links(recorded(folder + "/ip_addr.json"));
  EXPECT_TRUE(links);
  return links ? *links : std::vector<Link>();
}

OvsPort one_port(const std::string& name, const std::string& type = "", const std::string& peer = "") {
  return {name, "", {{name, type, peer, "", std::nullopt}}};
}

Link simple_link(const std::string& name, const std::string& kind = "", const std::string& master = "",
                 const std::string& parent = "") {
  Link link;
  link.name = name;
  link.kind = kind;
  link.master = master;
  link.parent = parent;
  return link;
}

TEST(Topology, AnInternalPortLeadsOverPatchPortsToTheBondOfTheUplinkBridge) {
  const OvsState ovs = recorded_ovs("ovs_bond_host");
  const auto links = recorded_links("ovs_bond_host");
  for (const char* device : {"port-mgt", "vnet7"}) {
    const PhysicalPath path = physical_path(device, links, &ovs);
    EXPECT_EQ(path.bridge, "ovsbr-mgt");
    EXPECT_EQ(path.uplink_bridge, "ovsbr-mgt-uplink");
    EXPECT_EQ(path.physical, "bond-mgt");
    EXPECT_TRUE(path.ovs_bond);
    EXPECT_THAT(path.members, ElementsAre("eth0", "eth1"));
    EXPECT_EQ(path.why, "");
  }
}

TEST(Topology, TapsAreNoWayOutOfAnOvsBridge) {
  const OvsState ovs = recorded_ovs("libvirt_host");
  const auto links = recorded_links("libvirt_host");
  const PhysicalPath first = physical_path("vnet126", links, &ovs);
  EXPECT_EQ(first.physical, "enp24s0f0np0");
  EXPECT_EQ(first.uplink_bridge, "ovsbr-mgt-uplink");
  EXPECT_THAT(first.members, IsEmpty());
  const PhysicalPath second = physical_path("vnet127", links, &ovs);
  EXPECT_EQ(second.physical, "bond-vmdata");
  EXPECT_EQ(second.uplink_bridge, "") << "the NICs are on the bridge itself";
}

TEST(Topology, ALinuxBridgeLeadsThroughAVlanToTheBond) {
  const auto links = recorded_links("linux_bond_host");
  for (const char* device : {"br76", "vnet3", "bond2.76", "bond2", "ens19f0np0"}) {
    SCOPED_TRACE(device);
    const PhysicalPath path = physical_path(device, links, nullptr);
    EXPECT_EQ(path.physical, "bond2");
    EXPECT_THAT(path.members, ElementsAre("ens19f0np0", "ens19f1np1"));
  }
  EXPECT_EQ(physical_path("vnet3", links, nullptr).bridge, "br76");
}

TEST(Topology, WithoutHardwareAVirtualPortIsTheWayOutAndSaidToBe) {
  const auto links = recorded_links("linux_bridge_host");
  const PhysicalPath path = physical_path("vnet8", links, nullptr);
  EXPECT_EQ(path.bridge, "br0");
  EXPECT_EQ(path.physical, "e0");
  EXPECT_THAT(path.steps, Contains(HasSubstr("no hardware but a veth")));
}

TEST(Topology, TwoWaysOutAreNotGuessedBetween) {
  const std::vector<Link> links = {simple_link("br0", "bridge"), simple_link("eth0", "", "br0"),
                                   simple_link("eth1", "", "br0"), simple_link("vnet0", "tun", "br0")};
  const PhysicalPath path = physical_path("vnet0", links, nullptr);
  EXPECT_EQ(path.bridge, "br0");
  EXPECT_EQ(path.physical, "");
  EXPECT_THAT(path.why, HasSubstr("eth0, eth1"));
}

TEST(Topology, TwoVlansOfOneNicAreOneWayOut) {
  const std::vector<Link> links = {simple_link("br0", "bridge"), simple_link("eth0"),
                                   simple_link("eth0.1", "vlan", "br0", "eth0"),
                                   simple_link("eth0.2", "vlan", "br0", "eth0")};
  EXPECT_EQ(physical_path("br0", links, nullptr).physical, "eth0");
}

TEST(Topology, TheUplinkBridgeIsTakenByItsNameWhenNoPatchPortLeadsThere) {
  OvsState ovs;
  ovs.bridges = {{"br", {one_port("port-mgt", "internal"), one_port("vx", "vxlan")}},
                 {"br-uplink", {one_port("eth0")}}};
  const PhysicalPath path = physical_path("port-mgt", {simple_link("eth0")}, &ovs);
  EXPECT_EQ(path.physical, "eth0");
  EXPECT_EQ(path.uplink_bridge, "br-uplink");
  EXPECT_THAT(path.steps, Contains(HasSubstr("by its name alone")));
}

TEST(Topology, BridgesThatFormARingEndTheSearch) {
  OvsState ovs;
  ovs.bridges = {{"a", {one_port("pa", "patch", "pb"), one_port("in", "internal")}},
                 {"b", {one_port("pb", "patch", "pa"), one_port("pb2", "patch", "pa")}}};
  const PhysicalPath path = physical_path("in", {}, &ovs);
  EXPECT_EQ(path.bridge, "a");
  EXPECT_EQ(path.physical, "");
  EXPECT_THAT(path.why, HasSubstr("leads out"));
  const std::vector<Link> ring = {simple_link("v1", "vlan", "", "v2"), simple_link("v2", "vlan", "", "v1")};
  EXPECT_EQ(physical_path("v1", ring, nullptr).bridge, "");
}

TEST(Topology, ADpdkPortIsAWayOutThatTheKernelDoesNotSee) {
  OvsState ovs;
  ovs.bridges = {{"br", {one_port("port-mgt", "internal"), one_port("dpdk0", "dpdk")}}};
  EXPECT_EQ(physical_path("port-mgt", {}, &ovs).physical, "dpdk0");
}

TEST(Topology, AnInterfaceThatIsNotThereOrLeadsNowhereSaysSo) {
  EXPECT_THAT(physical_path("eth7", {}, nullptr).why, HasSubstr("no interface eth7"));
  EXPECT_THAT(physical_path("tap0", {simple_link("tap0", "tun")}, nullptr).why, HasSubstr("on no bridge"));
}

}  // namespace
}  // namespace bpftax
