// One dropped packet, as drop_details.bpf.c reports it.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "probes/drop_reason.h"
#include "probes/flow.h"

struct DropEvent {
  __u64 time_ns;  // bpf_ktime_get_ns()
  __u64 location;
  struct ProbeFlow flow;
  __u32 reason;
  __u32 bytes;
  __u32 cpu;
  __u32 pid;
  char command[kProbeCommandName];
  char interface[kProbeInterfaceName];  // any bytes: see skb_read_interface()
  __s64 stack_bytes;                    // as in PacketEvent
  __u64 stack[kProbeStackFrames];
};
