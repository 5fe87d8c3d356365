// What the BPF programs and their loaders both know of a packet: its flow, the filter, the buckets it is
// counted in.
//
// C for the BPF side and C++ for the loaders. Everything stands in the global namespace under the prefix
// Probe, because the generated skeletons name these types there. SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <linux/types.h>

// What --protocol distinguishes. kProbeIcmp is ICMP and ICMPv6; kProbeOther is all else, packets that are not
// IP too.
enum ProbeProtocol { kProbeTcp, kProbeUdp, kProbeIcmp, kProbeOther, kProbeProtocols };
enum ProbeDirection { kProbeReceive, kProbeTransmit, kProbeDirections };

enum { kProbeInterfaceName = 16, kProbeCommandName = 16, kProbeStackFrames = 32 };

struct ProbeFlow {
  __u32 source[4];  // network byte order; an IPv4 address is in [0], the others are 0
  __u32 destination[4];
  __u16 source_port;  // host byte order; 0: unknown or none (not TCP or UDP, a later fragment, header absent)
  __u16 destination_port;
  __u8 family;          // 4, 6; 0: not IP, or its header is not there
  __u8 protocol;        // IPPROTO_* behind all extension headers; meaningless when family is 0
  __u8 later_fragment;  // 1: not the first fragment of its datagram, so it has no ports
  __u8 reserved;
};

// All conditions that are set must hold. Zero everywhere: each packet matches.
struct ProbeFilter {
  __u32 address[4];                     // source or destination, in the form of ProbeFlow
  __u16 port;                           // source or destination, host byte order; 0: any
  __u8 family;                          // of address; 0: any address
  __u8 protocol;                        // ProbeProtocol + 1; 0: any
  char interface[kProbeInterfaceName];  // "": any
};
