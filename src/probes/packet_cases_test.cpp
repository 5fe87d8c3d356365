#include "probes/packet_cases_test.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <cstring>

#include "probes/options.h"
#include "probes/output.h"

namespace bpftax {
namespace {

constexpr uint16_t kIpv4 = 0x0800, kIpv6 = 0x86dd, kVlan = 0x8100, kServiceVlan = 0x88a8, kArp = 0x0806;
constexpr uint8_t kTcp = 6, kUdp = 17, kIcmp = 1, kIcmp6 = 58, kGre = 47;

std::string be16(unsigned value) {
  return {static_cast<char>(value >> 8), static_cast<char>(value)};
}

std::string address(const char* text) {
  char bytes[16];
  if (inet_pton(AF_INET, text, bytes) == 1) return {bytes, 4};
  inet_pton(AF_INET6, text, bytes);
  return {bytes, 16};
}

const std::string kPorts = be16(1000) + be16(2000);
const std::string kPadding(40, '\0');

std::string ipv4(uint8_t protocol, const std::string& payload, unsigned fragment = 0,
                 unsigned option_words = 0) {
  std::string header(1, static_cast<char>(0x40 | (5 + option_words)));
  header +=
      std::string(5, '\0') + be16(fragment) + '\x40' + static_cast<char>(protocol) + std::string(2, '\0');
  header += address("192.0.2.1") + address("192.0.2.2") + std::string(option_words * 4, '\1');
  return header + payload;
}

std::string ipv6(uint8_t next, const std::string& payload) {
  std::string header("\x60\0\0\0\0\0", 6);
  header += static_cast<char>(next);
  header += '\x40';
  return header + address("2001:db8::1") + address("2001:db8::2") + payload;
}

// length: in the header's own unit
std::string extension(uint8_t next, unsigned length, size_t bytes) {
  std::string header{static_cast<char>(next), static_cast<char>(length)};
  return header + std::string(bytes - 2, '\0');
}

std::string fragment6(uint8_t next, unsigned offset_and_flags) {
  return std::string{static_cast<char>(next), '\0'} + be16(offset_and_flags) + std::string(4, '\7');
}

ProbeFlow flow_of(uint8_t family, uint8_t protocol, uint16_t source_port = 0, uint16_t destination_port = 0) {
  ProbeFlow flow{};
  flow.family = family;
  flow.protocol = protocol;
  const std::string source = address(family == 4 ? "192.0.2.1" : "2001:db8::1");
  const std::string destination = address(family == 4 ? "192.0.2.2" : "2001:db8::2");
  memcpy(flow.source, source.data(), source.size());
  memcpy(flow.destination, destination.data(), destination.size());
  flow.source_port = source_port;
  flow.destination_port = destination_port;
  return flow;
}

ProbeFlow later(ProbeFlow flow) {
  flow.later_fragment = 1;
  return flow;
}

std::vector<PacketCase> make_cases() {
  const std::string udp4 = ipv4(kUdp, kPorts + kPadding);
  const std::string tcp6 = ipv6(kTcp, kPorts + kPadding);
  std::string wrong_version = udp4;
  wrong_version[0] = '\x65';
  std::string short_header = udp4;
  short_header[0] = '\x44';
  // 0: hop-by-hop, 43: routing, 60: destination options, 51: authentication
  const std::string chain =
      extension(43, 0, 8) + extension(60, 1, 16) + extension(51, 0, 8) + extension(kUdp, 1, 12);
  std::string endless;
  for (int i = 0; i < 8; ++i) endless += extension(60, 0, 8);
  return {
      {"IPv4 UDP", kIpv4, udp4, flow_of(4, kUdp, 1000, 2000)},
      {"IPv4 TCP with options in the IP header", kIpv4, ipv4(kTcp, kPorts + kPadding, 0, 3),
       flow_of(4, kTcp, 1000, 2000)},
      {"IPv4 ICMP", kIpv4, ipv4(kIcmp, kPadding), flow_of(4, kIcmp)},
      {"IPv4 GRE", kIpv4, ipv4(kGre, kPadding), flow_of(4, kGre)},
      {"IPv4 first fragment", kIpv4, ipv4(kUdp, kPorts + kPadding, 0x2000), flow_of(4, kUdp, 1000, 2000)},
      {"IPv4 with don't-fragment", kIpv4, ipv4(kUdp, kPorts + kPadding, 0x4000),
       flow_of(4, kUdp, 1000, 2000)},
      {"IPv4 later fragment", kIpv4, ipv4(kUdp, kPorts + kPadding, 0x2001), later(flow_of(4, kUdp))},
      {"IPv4 last fragment", kIpv4, ipv4(kUdp, kPorts + kPadding, 0x00b9), later(flow_of(4, kUdp))},
      {"IPv4 cut before the ports", kIpv4, ipv4(kUdp, "ab"), flow_of(4, kUdp)},
      {"IPv4 cut inside its header", kIpv4, udp4.substr(0, 19), ProbeFlow{}},
      {"nothing behind the Ethernet header", kIpv4, "", ProbeFlow{}},
      {"IPv4 whose header says version 6", kIpv4, wrong_version, ProbeFlow{}},
      {"IPv4 whose header length is below 20", kIpv4, short_header, ProbeFlow{}},
      {"IPv6 TCP", kIpv6, tcp6, flow_of(6, kTcp, 1000, 2000)},
      {"IPv6 ICMPv6", kIpv6, ipv6(kIcmp6, kPadding), flow_of(6, kIcmp6)},
      {"IPv6 cut inside its header", kIpv6, tcp6.substr(0, 39), ProbeFlow{}},
      {"IPv6 header under an IPv4 ethertype", kIpv4, tcp6, ProbeFlow{}},
      {"IPv6 UDP behind four extension headers", kIpv6, ipv6(0, chain + kPorts + kPadding),
       flow_of(6, kUdp, 1000, 2000)},
      {"IPv6 cut inside an extension header", kIpv6, ipv6(0, std::string("\x11\0", 2)), flow_of(6, 0)},
      {"IPv6 with more extension headers than are followed", kIpv6, ipv6(60, endless + kPorts),
       flow_of(6, 60)},
      {"IPv6 first fragment", kIpv6, ipv6(44, fragment6(kUdp, 0x0001) + kPorts + kPadding),
       flow_of(6, kUdp, 1000, 2000)},
      {"IPv6 later fragment", kIpv6, ipv6(44, fragment6(kUdp, 0x0008) + kPorts + kPadding),
       later(flow_of(6, kUdp))},
      {"VLAN tag before IPv4", kVlan, be16(42) + be16(kIpv4) + udp4, flow_of(4, kUdp, 1000, 2000)},
      {"two VLAN tags before IPv6", kServiceVlan, be16(42) + be16(kVlan) + be16(43) + be16(kIpv6) + tcp6,
       flow_of(6, kTcp, 1000, 2000)},
      {"three VLAN tags", kVlan, be16(1) + be16(kVlan) + be16(2) + be16(kVlan) + be16(3) + be16(kIpv4) + udp4,
       ProbeFlow{}},
      {"cut inside a VLAN tag", kVlan, be16(42), ProbeFlow{}},
      {"ARP", kArp, kPadding, ProbeFlow{}},
  };
}

}  // namespace

const std::vector<PacketCase>& packet_cases() {
  static const std::vector<PacketCase> cases = make_cases();
  return cases;
}

ProbeFlow udp4_flow() {
  return flow_of(4, kUdp, 1000, 2000);
}

ProbeFlow tcp6_flow() {
  return flow_of(6, kTcp, 1000, 2000);
}

ProbeFilter address_filter(const char* text) {
  ProbeFilter filter{};
  if (!parse_address(text, filter)) filter.family = 255;
  return filter;
}

std::string describe(const ProbeFlow& flow) {
  return fmt::format("family {} protocol {} {}", flow.family, flow.protocol, format_flow(flow));
}

}  // namespace bpftax
