// What drop_summary.bpf.c counts.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "probes/drop_reason.h"
#include "probes/flow.h"

struct DropKey {
  __u64 location;  // address behind the call that dropped
  __u32 reason;    // enum skb_drop_reason of the running kernel, or kDropReasonUnknown
  __u32 protocol;  // ProbeProtocol
  __s64 stack_id;  // key of the map stacks; negative: none
};

enum { kDropKeys = 16384, kDropStacks = 4096 };
