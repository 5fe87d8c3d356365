// Crafted packets and what they are: for the parser in memory and for the same parser in the kernel.
#pragma once

#include <string>
#include <vector>

#include "probes/flow.h"

namespace bpftax {

struct PacketCase {
  std::string name;
  uint16_t ethertype;
  std::string bytes;  // behind the Ethernet header
  ProbeFlow flow;
};

const std::vector<PacketCase>& packet_cases();

// 192.0.2.1:1000 > 192.0.2.2:2000, UDP, and the same between 2001:db8::1 and ::2, TCP.
ProbeFlow udp4_flow();
ProbeFlow tcp6_flow();
ProbeFilter address_filter(const char* address);
// "4 17 192.0.2.1:1000 > ..." all fields, for messages and comparison.
std::string describe(const ProbeFlow& flow);

}  // namespace bpftax
