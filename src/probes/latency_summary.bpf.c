/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* A histogram in the kernel: what goes to user space does not grow with the packet rate. */
#include "probes/latency.bpf.h"

#include "probes/latency_summary.h"

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct LatencyHistogram);
} histograms SEC(".maps");

static __always_inline __u32 log2_u64(__u64 value) {
  __u32 result = 0;
  __u32 step;

#pragma unroll
  for (step = 32; step > 0; step /= 2) {
    if (value >> step) {
      value >>= step;
      result += step;
    }
  }
  return result;
}

static __always_inline int latency_done(void* ctx, struct sk_buff* skb, bool trusted, __u64 end_ns,
                                        __u64 latency_ns) {
  __u32 zero = 0;
  struct LatencyHistogram* histogram = bpf_map_lookup_elem(&histograms, &zero);
  __u32 bucket = log2_u64(latency_ns);

  if (!histogram) return 0;
  if (bucket >= kLatencyBuckets) bucket = kLatencyBuckets - 1;
  /* The end of the receive path runs in processes, where a softirq's end of another path could interrupt it;
   * only one path is loaded at a time, so nothing does. */
  histogram->buckets[bucket]++;
  histogram->sum_ns += latency_ns;
  return 0;
}

LATENCY_HOOKS

char LICENSE[] SEC("license") = "Dual MIT/GPL";
