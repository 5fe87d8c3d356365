// What a link can carry of what the workloads count: its line rate less what Ethernet and IP take of it.
#pragma once

namespace bpftax {

// Of the slower end of a wire.
struct LineRate {
  double bps = 0;
  int mtu = 1500;
};

// Payload of TCP with time stamps in full segments: 1448 of 1538 bytes at an MTU of 1500 over IPv4.
double tcp_goodput_bps(const LineRate& line, bool ipv6);
// Payload of UDP in the largest datagrams that are not fragmented: 1472 of 1538.
double udp_goodput_bps(const LineRate& line, bool ipv6);
// Of datagrams with so many bytes of payload, each in a frame of its own.
double datagrams_per_s(const LineRate& line, bool ipv6, int payload_bytes);

}  // namespace bpftax
