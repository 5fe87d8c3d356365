#include "discover/links.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "discover/links_text.h"
#include "discover/recorded.h"

namespace bpftax {
namespace {

using testing::ElementsAre;

TEST(Links, KindsMastersAndAddressesAreRead) {
  const auto links = parse_links(recorded("linux_bridge_host/ip_addr.json"));
  ASSERT_TRUE(links);
  const Link* bridge = find_link(*links, "br0");
  ASSERT_NE(bridge, nullptr);
  EXPECT_EQ(bridge->kind, "bridge");
  EXPECT_EQ(find_link(*links, "vnet8")->kind, "tun");
  EXPECT_EQ(find_link(*links, "vnet8")->master, "br0");
  EXPECT_EQ(find_link(*links, "e0")->master, "br0");
  EXPECT_EQ(find_link(*links, "e0")->parent, "") << "the other end of a veth is nothing below it";
  EXPECT_TRUE(find_link(*links, "lo")->loopback);
  EXPECT_EQ(link_with_address(*links, "10.0.0.1"), bridge);
  EXPECT_EQ(link_with_address(*links, "10.0.0.2"), nullptr);
  EXPECT_EQ(find_link(*links, "none"), nullptr);
}

TEST(Links, VlansAndMembersOfBondsNameWhatTheyStandOn) {
  const auto links = parse_links(recorded("linux_bond_host/ip_addr.json"));
  ASSERT_TRUE(links);
  EXPECT_EQ(find_link(*links, "bond2.76")->parent, "bond2");
  EXPECT_EQ(find_link(*links, "bond2.76")->kind, "vlan");
  EXPECT_EQ(find_link(*links, "ens19f1np1")->master, "bond2");
  EXPECT_EQ(link_with_mac(*links, "b8:ce:f6:00:01:11"), find_link(*links, "ens19f1np1"))
      << "a member wears the bond's address; its own is the permanent one";
  EXPECT_EQ(link_with_mac(*links, ""), nullptr);
}

TEST(Links, TheAddressInThePeersNetworkComesFirstThenIpv4) {
  Link link;
  link.addresses = {
      {"fe80::1", 64, false}, {"2001:db8::1", 64, true}, {"10.0.0.1", 8, true}, {"192.0.2.1", 24, true}};
  EXPECT_EQ(address_of(link, "192.0.2.99"), "192.0.2.1");
  EXPECT_EQ(address_of(link, "2001:db8::77"), "2001:db8::1");
  EXPECT_EQ(address_of(link, "203.0.113.1"), "10.0.0.1");
  EXPECT_EQ(address_of(link, ""), "10.0.0.1");
  EXPECT_EQ(address_of(Link(), "10.0.0.2"), std::nullopt);
}

TEST(Links, AddressesAreComparedAsNumbers) {
  EXPECT_TRUE(same_address("2001:db8:0::1", "2001:db8::1"));
  EXPECT_FALSE(same_address("10.0.0.1", "10.0.0.10"));
  EXPECT_FALSE(same_address("host-a", "host-a"));
}

TEST(Links, ARouteNamesInterfaceAndSource) {
  const auto route = parse_route(recorded("ovs_bond_host/route.json"));
  ASSERT_TRUE(route);
  EXPECT_EQ(route->device, "port-mgt");
  EXPECT_EQ(route->source, "192.168.70.31");
  EXPECT_FALSE(parse_route(""));
  EXPECT_FALSE(parse_route("[]"));
  EXPECT_FALSE(parse_route(R"([{"dst":"10.0.0.1"}])"));
}

TEST(LinksText, OldIpSaysTheSameInWords) {
  const auto links = parse_links_text(recorded("linux_bridge_host/ip_link.txt"),
                                      recorded("linux_bridge_host/ip_address.txt"));
  ASSERT_TRUE(links);
  ASSERT_EQ(links->size(), 6u);
  EXPECT_TRUE(find_link(*links, "lo")->loopback);
  const Link* bridge = find_link(*links, "br0");
  EXPECT_EQ(bridge->kind, "bridge");
  EXPECT_EQ(bridge->mac, "0a:0e:b0:8e:c8:24");
  ASSERT_EQ(bridge->addresses.size(), 3u);
  EXPECT_TRUE(bridge->addresses[0].global);
  EXPECT_EQ(bridge->addresses[0].prefix, 24);
  EXPECT_FALSE(bridge->addresses[1].global) << "secondary";
  EXPECT_EQ(find_link(*links, "vnet8")->kind, "tun");
  EXPECT_EQ(find_link(*links, "vnet8")->master, "br0");
  EXPECT_EQ(find_link(*links, "e0")->kind, "veth");
  EXPECT_EQ(find_link(*links, "e0")->parent, "");
  EXPECT_EQ(find_link(*links, "mv0")->parent, "e1");
}

TEST(LinksText, BondsVlansAndFunctionsOfANic) {
  const auto links = parse_links_text(
      "2: ens1: <UP> mtu 1500 master bond0 state UP\\    link/ether AA:00:00:00:00:01 brd ff:ff:ff:ff:ff:ff "
      "promiscuity 0 "
      "\\    bond_slave state ACTIVE perm_hwaddr AA:00:00:00:00:02 queue_id 0 \\    vf 0 MAC "
      "00:00:00:00:00:00\n"
      "4: bond0: <UP> mtu 1500\\    link/ether aa:00:00:00:00:01 brd ff:ff:ff:ff:ff:ff \\    bond mode "
      "802.3ad\n"
      "5: bond0.76@bond0: <UP> mtu 1500\\    link/ether aa:00:00:00:00:01 \\    vlan protocol 802.1Q id 76\n"
      "6: e0@if7: <UP> mtu 1500\\    link/ether aa:00:00:00:00:05 link-netnsid 0 \\    macvlan mode bridge\n"
      "junk\n7:\n8: :\n",
      "5: bond0.76    inet 10.0.0.1 peer 10.0.0.2/32 scope global bond0.76\n9: none inet 1.2.3.4/8\n5: "
      "bond0.76\n");
  ASSERT_TRUE(links);
  EXPECT_EQ(find_link(*links, "ens1")->kind, "") << "a NIC with functions is hardware";
  EXPECT_EQ(find_link(*links, "ens1")->permanent_mac, "aa:00:00:00:00:02");
  EXPECT_EQ(find_link(*links, "bond0")->kind, "bond");
  EXPECT_EQ(find_link(*links, "bond0.76")->parent, "bond0");
  EXPECT_EQ(find_link(*links, "bond0.76")->addresses.size(), 1u);
  EXPECT_EQ(find_link(*links, "e0")->parent, "") << "it is in another namespace";
  EXPECT_FALSE(parse_links_text("", ""));
}

TEST(LinksText, ARouteNamesInterfaceAndSource) {
  const auto route = parse_route_text(recorded("linux_bridge_host/route.txt"));
  ASSERT_TRUE(route);
  EXPECT_EQ(route->device, "br0");
  EXPECT_EQ(route->source, "10.0.0.1");
  EXPECT_FALSE(parse_route_text("RTNETLINK answers: Network is unreachable"));
  EXPECT_FALSE(parse_route_text("10.0.0.1 dev"));
}

TEST(Links, ForeignShapesAreLeftOutNotTrusted) {
  const auto links = parse_links(
      R"([{}, 7, {"ifname": 5}, {"ifname": "a", "addr_info": [1, {"local": 2}, {"local": "10.0.0.1", "prefixlen": 99999}],
          "linkinfo": "x", "master": []}])");
  ASSERT_TRUE(links);
  ASSERT_EQ(links->size(), 1u);
  EXPECT_EQ((*links)[0].addresses.at(0).prefix, 128);
  EXPECT_FALSE(parse_links("{}"));
  EXPECT_FALSE(parse_links("Option \"-json\" is unknown, try \"ip -help\"."));
}

}  // namespace
}  // namespace bpftax
