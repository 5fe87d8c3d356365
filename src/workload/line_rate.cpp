#include "workload/line_rate.h"

#include <algorithm>

namespace bpftax {
namespace {

// IEEE 802.3: header 14 and FCS 4; around the frame the preamble with its delimiter, 8, and the gap, 12.
constexpr int kFrameBytes = 14 + 4;
constexpr int kAroundFrameBytes = 8 + 12;
constexpr int kShortestFrameBytes = 64;
constexpr int kUdpHeader = 8;
constexpr int kTcpHeader = 20 + 12;  // with time stamps, as Linux sends them

int ip_header(bool ipv6) {
  return ipv6 ? 40 : 20;
}

int on_the_wire(int ip_bytes) {
  return std::max(ip_bytes + kFrameBytes, kShortestFrameBytes) + kAroundFrameBytes;
}

double goodput_bps(const LineRate& line, int headers) {
  return line.bps * std::max(0, line.mtu - headers) / on_the_wire(line.mtu);
}

}  // namespace

double tcp_goodput_bps(const LineRate& line, bool ipv6) {
  return goodput_bps(line, ip_header(ipv6) + kTcpHeader);
}

double udp_goodput_bps(const LineRate& line, bool ipv6) {
  return goodput_bps(line, ip_header(ipv6) + kUdpHeader);
}

double datagrams_per_s(const LineRate& line, bool ipv6, int payload_bytes) {
  return line.bps / 8 / on_the_wire(ip_header(ipv6) + kUdpHeader + payload_bytes);
}

}  // namespace bpftax
