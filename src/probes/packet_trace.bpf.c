/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* One event for each packet: the design whose cost grows with the packet rate. */
#include "probes/events.bpf.h"
#include "probes/hooks.bpf.h"
#include "probes/skb.bpf.h"

#include "probes/packet_trace.h"

const volatile bool with_stack = false;

EVENT_SCRATCH(struct PacketEvent, kProbeDirections);

static __always_inline int trace(void* ctx, struct sk_buff* skb, bool trusted, __u32 direction) {
  struct PacketEvent* event = bpf_map_lookup_elem(&event_scratch, &direction);

  if (!event) return 0;
  if (!skb_wanted(skb, trusted, direction == kProbeReceive ? kPointReceive : kPointStack, &event->flow))
    return 0;
  event->time_ns = bpf_ktime_get_ns();
  event->bytes = SKB_FIELD(skb, len, trusted);
  event->cpu = bpf_get_smp_processor_id();
  event->direction = direction;
  skb_read_interface(skb, trusted, event->interface);
  if (with_stack) {
    event->stack_bytes = bpf_get_stack(ctx, event->stack, sizeof(event->stack), 0);
    event_submit(ctx, event, sizeof(*event));
  } else {
    event_submit(ctx, event, __builtin_offsetof(struct PacketEvent, stack));
  }
  return 0;
}

static __always_inline int trace_receive(void* ctx, struct sk_buff* skb, bool trusted) {
  return trace(ctx, skb, trusted, kProbeReceive);
}

static __always_inline int trace_transmit(void* ctx, struct sk_buff* skb, bool trusted) {
  return trace(ctx, skb, trusted, kProbeTransmit);
}

HOOK_RECEIVE(receive, trace_receive)
HOOK_QUEUE(transmit, trace_transmit)

char LICENSE[] SEC("license") = "Dual MIT/GPL";
