// From packet bytes to a ProbeFlow, and a flow against a filter. Bytes of a packet are foreign text: nothing
// in here trusts a length. One source for the BPF programs, for the tests and for the fuzzer, which differ in
// where the bytes come from. Whoever includes this defines beforehand
//
//     struct ProbeHeaders { ... };   // where the bytes are
//     int probe_load(const struct ProbeHeaders *headers, __u32 offset, void *to, __u32 size);  // 0, or not
//     all there
//
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "probes/flow.h"

#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif

enum {
  kEtherIpv4 = 0x0800,
  kEtherIpv6 = 0x86dd,
  kEtherVlan = 0x8100,
  kEtherVlanService = 0x88a8,
  kIpTcp = 6,
  kIpUdp = 17,
  kIpIcmp = 1,
  kIpIcmp6 = 58,
  kIpHopByHop = 0,
  kIpRouting = 43,
  kIpFragment = 44,
  kIpAuthentication = 51,
  kIpDestinationOptions = 60,
  kIpv4Header = 20,
  kIpv6Header = 40,
  kVlanTags = 2,             // nested tags that are looked through
  kIpv6ExtensionHeaders = 6  // extension headers that are looked through; behind them the protocol is "other"
};

static __always_inline __u16 probe_be16(const __u8* bytes) {
  return (__u16)((bytes[0] << 8) | bytes[1]);
}

static __always_inline void probe_parse_ports(const struct ProbeHeaders* headers, __u32 offset,
                                              struct ProbeFlow* flow) {
  __u8 ports[4];
  if (flow->later_fragment || (flow->protocol != kIpTcp && flow->protocol != kIpUdp)) return;
  if (probe_load(headers, offset, ports, sizeof(ports)) != 0) return;
  flow->source_port = probe_be16(ports);
  flow->destination_port = probe_be16(ports + 2);
}

static __always_inline void probe_parse_ipv4(const struct ProbeHeaders* headers, __u32 offset,
                                             struct ProbeFlow* flow) {
  __u8 ip[kIpv4Header];
  __u32 header_bytes;
  if (probe_load(headers, offset, ip, sizeof(ip)) != 0) return;
  header_bytes = (ip[0] & 0x0fu) * 4u;
  if ((ip[0] >> 4) != 4 || header_bytes < kIpv4Header) return;
  flow->family = 4;
  flow->protocol = ip[9];
  __builtin_memcpy(&flow->source[0], ip + 12, 4);
  __builtin_memcpy(&flow->destination[0], ip + 16, 4);
  flow->later_fragment = (probe_be16(ip + 6) & 0x1fff) != 0;
  probe_parse_ports(headers, offset + header_bytes, flow);
}

static __always_inline void probe_parse_ipv6(const struct ProbeHeaders* headers, __u32 offset,
                                             struct ProbeFlow* flow) {
  __u8 ip[kIpv6Header];
  __u8 next;
  int i;
  if (probe_load(headers, offset, ip, sizeof(ip)) != 0) return;
  if ((ip[0] >> 4) != 6) return;
  flow->family = 6;
  __builtin_memcpy(flow->source, ip + 8, 16);
  __builtin_memcpy(flow->destination, ip + 24, 16);
  next = ip[6];
  offset += kIpv6Header;
  for (i = 0; i < kIpv6ExtensionHeaders; i++) {
    __u8 extension[4];
    if (next != kIpHopByHop && next != kIpRouting && next != kIpFragment && next != kIpAuthentication &&
        next != kIpDestinationOptions)
      break;
    if (probe_load(headers, offset, extension, sizeof(extension)) != 0) break;
    if (next == kIpFragment) {
      flow->later_fragment = (probe_be16(extension + 2) & 0xfff8) != 0;
      offset += 8;
    } else if (next == kIpAuthentication) {
      offset += (extension[1] + 2u) * 4u;
    } else {
      offset += (extension[1] + 1u) * 8u;
    }
    next = extension[0];
    if (flow->later_fragment) break;
  }
  flow->protocol = next;
  probe_parse_ports(headers, offset, flow);
}

// offset: where the header named by ethertype (host byte order) begins; with a VLAN ethertype, behind the
// ethertype itself, as in skb->data after eth_type_trans(). A packet that is cut short leaves unknown what
// could not be read.
static __always_inline void probe_parse(const struct ProbeHeaders* headers, __u32 offset, __u16 ethertype,
                                        struct ProbeFlow* flow) {
  int i;
  __builtin_memset(flow, 0, sizeof(*flow));
  for (i = 0; i < kVlanTags; i++) {
    __u8 tag[4];
    if (ethertype != kEtherVlan && ethertype != kEtherVlanService) break;
    if (probe_load(headers, offset, tag, sizeof(tag)) != 0) return;
    ethertype = probe_be16(tag + 2);
    offset += sizeof(tag);
  }
  if (ethertype == kEtherIpv4)
    probe_parse_ipv4(headers, offset, flow);
  else if (ethertype == kEtherIpv6)
    probe_parse_ipv6(headers, offset, flow);
}

static __always_inline enum ProbeProtocol probe_protocol(const struct ProbeFlow* flow) {
  if (flow->family == 0) return kProbeOther;
  if (flow->protocol == kIpTcp) return kProbeTcp;
  if (flow->protocol == kIpUdp) return kProbeUdp;
  if (flow->protocol == (flow->family == 4 ? kIpIcmp : kIpIcmp6)) return kProbeIcmp;
  return kProbeOther;
}

static __always_inline int probe_same_address(const __u32* a, const volatile __u32* b) {
  return a[0] == b[0] && a[1] == b[1] && a[2] == b[2] && a[3] == b[3];
}

// Whether the filter asks for anything that stands in the packet's headers.
static __always_inline int probe_filter_needs_flow(const volatile struct ProbeFilter* filter) {
  return filter->protocol != 0 || filter->family != 0 || filter->port != 0;
}

// All conditions but the interface.
static __always_inline int probe_flow_matches(const struct ProbeFlow* flow,
                                              const volatile struct ProbeFilter* filter) {
  if (filter->protocol != 0 && filter->protocol != probe_protocol(flow) + 1) return 0;
  if (filter->family != 0) {
    if (flow->family != filter->family) return 0;
    if (!probe_same_address(flow->source, filter->address) &&
        !probe_same_address(flow->destination, filter->address))
      return 0;
  }
  if (filter->port != 0 && flow->source_port != filter->port && flow->destination_port != filter->port)
    return 0;
  return 1;
}

static __always_inline int probe_interface_matches(const char* name,
                                                   const volatile struct ProbeFilter* filter) {
  int i;
  for (i = 0; i < kProbeInterfaceName; i++) {
    if (name[i] != filter->interface[i]) return 0;
    if (name[i] == '\0') break;  // what stands behind the end of a renamed interface's name is its old name
  }
  return 1;
}
