#include "probes/packet.h"

#include <gtest/gtest.h>

#include <cstring>

#include "probes/packet_cases_test.h"

namespace bpftax {
namespace {

TEST(Packet, EachCraftedPacketIsWhatItIs) {
  for (const PacketCase& packet : packet_cases())
    EXPECT_EQ(describe(parse_packet(packet.bytes, packet.ethertype)), describe(packet.flow)) << packet.name;
}

TEST(Packet, CuttingAnyPacketAnywhereNeverInventsAddresses) {
  for (const PacketCase& packet : packet_cases()) {
    for (size_t size = 0; size < packet.bytes.size(); ++size) {
      // A copy of that size, so that a sanitizer sees a read behind it.
      const std::string cut(packet.bytes.data(), size);
      const ProbeFlow flow = parse_packet(cut, packet.ethertype);
      if (flow.family == 0) continue;
      EXPECT_EQ(memcmp(flow.source, packet.flow.source, sizeof flow.source), 0)
          << packet.name << " at " << size;
      EXPECT_TRUE(flow.source_port == 0 || flow.source_port == packet.flow.source_port) << packet.name;
    }
  }
}

TEST(Packet, ProtocolsFallIntoTheirBuckets) {
  EXPECT_EQ(packet_protocol(udp4_flow()), kProbeUdp);
  EXPECT_EQ(packet_protocol(tcp6_flow()), kProbeTcp);
  ProbeFlow flow = udp4_flow();
  flow.protocol = 1;
  EXPECT_EQ(packet_protocol(flow), kProbeIcmp);
  flow.protocol = 58;  // ICMPv6 over IPv4 is no ICMP
  EXPECT_EQ(packet_protocol(flow), kProbeOther);
  flow = tcp6_flow();
  flow.protocol = 58;
  EXPECT_EQ(packet_protocol(flow), kProbeIcmp);
  EXPECT_EQ(packet_protocol(ProbeFlow{}), kProbeOther);
}

TEST(Filter, AnEmptyOneWantsEverything) {
  EXPECT_TRUE(packet_matches(udp4_flow(), ProbeFilter{}));
  EXPECT_TRUE(packet_matches(ProbeFlow{}, ProbeFilter{}));
}

TEST(Filter, AnAddressMatchesAsSourceAndAsDestinationAndNothingElse) {
  EXPECT_TRUE(packet_matches(udp4_flow(), address_filter("192.0.2.1")));
  EXPECT_TRUE(packet_matches(udp4_flow(), address_filter("192.0.2.2")));
  EXPECT_FALSE(packet_matches(udp4_flow(), address_filter("192.0.2.3")));
  EXPECT_TRUE(packet_matches(tcp6_flow(), address_filter("2001:db8::2")));
  EXPECT_FALSE(packet_matches(tcp6_flow(), address_filter("2001:db8::3")));
  // The same leading bytes in another family.
  EXPECT_FALSE(packet_matches(udp4_flow(), address_filter("c000:201::")));
  EXPECT_FALSE(packet_matches(ProbeFlow{}, address_filter("0.0.0.0")));
}

TEST(Filter, ProtocolAndPortMustHoldToo) {
  ProbeFilter filter{};
  filter.protocol = kProbeUdp + 1;
  EXPECT_TRUE(packet_matches(udp4_flow(), filter));
  EXPECT_FALSE(packet_matches(tcp6_flow(), filter));
  filter.port = 2000;
  EXPECT_TRUE(packet_matches(udp4_flow(), filter));
  filter.port = 2001;
  EXPECT_FALSE(packet_matches(udp4_flow(), filter));
  filter.port = 1000;
  EXPECT_TRUE(packet_matches(udp4_flow(), filter));
  filter.family = 4;
  EXPECT_FALSE(packet_matches(udp4_flow(), filter)) << "address 0.0.0.0";
}

TEST(Filter, ALaterFragmentHasNoPorts) {
  ProbeFlow flow = udp4_flow();
  flow.later_fragment = 1;
  flow.source_port = flow.destination_port = 0;
  ProbeFilter filter{};
  filter.protocol = kProbeUdp + 1;
  EXPECT_TRUE(packet_matches(flow, filter));
  filter.port = 2000;
  EXPECT_FALSE(packet_matches(flow, filter));
}

TEST(Filter, AnInterfaceIsComparedToItsEndAndNotBehindIt) {
  ProbeFilter filter{};
  strcpy(filter.interface, "veth0");
  const char renamed[kProbeInterfaceName] = "veth0\0oldname";
  EXPECT_TRUE(interface_matches(renamed, filter));
  const char longer[kProbeInterfaceName] = "veth01";
  EXPECT_FALSE(interface_matches(longer, filter));
  const char shorter[kProbeInterfaceName] = "veth";
  EXPECT_FALSE(interface_matches(shorter, filter));
  const char longest[kProbeInterfaceName] = "fifteen-letters";
  strcpy(filter.interface, "fifteen-letters");
  EXPECT_TRUE(interface_matches(longest, filter));
}

}  // namespace
}  // namespace bpftax
