/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Counts packets and bytes by direction and protocol. Receive and transmit never share a counter, and neither
 * hook interrupts itself on a CPU (both run with bottom halves off), so that plain additions are exact. */
#include "probes/hooks.bpf.h"
#include "probes/skb.bpf.h"

#include "probes/packet_count.h"

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct PacketCounts);
} packet_counts SEC(".maps");

static __always_inline int count(struct sk_buff* skb, bool trusted, enum ProbeDirection direction) {
  struct PacketCounts* counts;
  struct ProbeFlow flow;
  struct PacketCount* entry;
  __u32 zero = 0;

  if (!skb_wanted(skb, trusted, direction == kProbeReceive ? kPointReceive : kPointStack, &flow)) return 0;
  counts = bpf_map_lookup_elem(&packet_counts, &zero);
  if (!counts) return 0;
  entry = &counts->of[direction][probe_protocol(&flow)];
  entry->packets++;
  entry->bytes += SKB_FIELD(skb, len, trusted);
  return 0;
}

static __always_inline int count_receive(void* ctx, struct sk_buff* skb, bool trusted) {
  return count(skb, trusted, kProbeReceive);
}

static __always_inline int count_transmit(void* ctx, struct sk_buff* skb, bool trusted) {
  return count(skb, trusted, kProbeTransmit);
}

HOOK_RECEIVE(receive, count_receive)
HOOK_QUEUE(transmit, count_transmit)

char LICENSE[] SEC("license") = "Dual MIT/GPL";
