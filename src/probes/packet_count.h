// What packet_count.bpf.c counts, per CPU.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "probes/flow.h"

struct PacketCount {
  __u64 packets;
  __u64 bytes;
};

struct PacketCounts {
  struct PacketCount of[kProbeDirections][kProbeProtocols];
};
