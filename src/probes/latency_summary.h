// The histogram of latency_summary.bpf.c, per CPU.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <linux/types.h>

enum { kLatencyBuckets = 40 };  // the last one holds everything from 2^39 ns (9 minutes) up

struct LatencyHistogram {
  __u64 buckets[kLatencyBuckets];  // [i]: 2^i <= ns < 2^(i+1); [0] holds 0 ns too
  __u64 sum_ns;
};
