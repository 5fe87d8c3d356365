// One packet, as packet_trace.bpf.c reports it.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "probes/flow.h"

struct PacketEvent {
  __u64 time_ns;  // bpf_ktime_get_ns(): CLOCK_MONOTONIC
  struct ProbeFlow flow;
  __u32 bytes;
  __u32 cpu;
  __u32 direction;    // ProbeDirection
  __s32 stack_bytes;  // of stack; negative: errno of the attempt. Only with stacks.
  char interface[kProbeInterfaceName];
  // Only sent with stacks: innermost first.
  __u64 stack[kProbeStackFrames];
};
