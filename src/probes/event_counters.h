// How events.bpf.h fared, per CPU.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <linux/types.h>

struct EventCounters {
  __u64 examined;   // packets that the filter wanted, where the probe then decides whether to report them
  __u64 submitted;  // events that user space gets
  __u64 lost;       // events that the full buffer had no room for
};
