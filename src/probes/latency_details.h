// One slow packet, as latency_details.bpf.c reports it.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "probes/flow.h"

struct LatencyEvent {
  __u64 end_ns;  // bpf_ktime_get_ns()
  __u64 latency_ns;
  struct ProbeFlow flow;
  __u32 bytes;
  __u32 cpu;
  __u32 pid;  // who runs on the CPU: on the receive path the process that reads
  char command[kProbeCommandName];
};
