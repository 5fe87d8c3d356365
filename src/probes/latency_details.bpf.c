/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* An event only for a packet that took longer than the threshold: details at the price of a summary. */
#include "probes/events.bpf.h"
#include "probes/latency.bpf.h"

#include "probes/latency_details.h"

const volatile __u64 threshold_ns = 0;

EVENT_SCRATCH(struct LatencyEvent, 1);

static __always_inline int latency_done(void* ctx, struct sk_buff* skb, bool trusted, __u64 end_ns,
                                        __u64 latency_ns) {
  struct EventCounters* counts = event_counts();
  struct LatencyEvent* event;
  __u32 zero = 0;

  if (counts) counts->examined++;
  if (latency_ns < threshold_ns) return 0;
  event = bpf_map_lookup_elem(&event_scratch, &zero);
  if (!event) return 0;
  event->end_ns = end_ns;
  event->latency_ns = latency_ns;
  event->bytes = SKB_FIELD(skb, len, trusted);
  event->cpu = bpf_get_smp_processor_id();
  event->pid = bpf_get_current_pid_tgid() >> 32;
  bpf_get_current_comm(event->command, sizeof(event->command));
  /* All ends lie where network_header is set or, on the link path, still holds the sender's. */
  skb_read_flow(skb, trusted, kPointStack, &event->flow);
  event_submit(ctx, event, sizeof(*event));
  return 0;
}

LATENCY_HOOKS

char LICENSE[] SEC("license") = "Dual MIT/GPL";
