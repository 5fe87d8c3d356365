/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* One event for each drop that the filter wants. */
#include "probes/drop.bpf.h"
#include "probes/events.bpf.h"

#include "probes/drop_details.h"

const volatile bool with_stack = false;

/* The kernel does not run a program that interrupts itself (it counts that as a recursion miss), so one entry
 * per CPU is enough. */
EVENT_SCRATCH(struct DropEvent, 1);

static __always_inline int drop(void* ctx, struct sk_buff* skb, bool trusted, __u64 location, __u32 reason) {
  struct DropEvent* event;
  __u32 zero = 0;

  event = bpf_map_lookup_elem(&event_scratch, &zero);
  if (!event || !skb_wanted(skb, trusted, kPointAny, &event->flow)) return 0;
  event->time_ns = bpf_ktime_get_ns();
  event->location = location;
  event->reason = reason;
  event->bytes = SKB_FIELD(skb, len, trusted);
  event->cpu = bpf_get_smp_processor_id();
  event->pid = bpf_get_current_pid_tgid() >> 32;
  bpf_get_current_comm(event->command, sizeof(event->command));
  skb_read_interface(skb, trusted, event->interface);
  if (with_stack) {
    event->stack_bytes = bpf_get_stack(ctx, event->stack, sizeof(event->stack), 0);
    event_submit(ctx, event, sizeof(*event));
  } else {
    event_submit(ctx, event, __builtin_offsetof(struct DropEvent, stack));
  }
  return 0;
}

DROP_HOOKS

char LICENSE[] SEC("license") = "Dual MIT/GPL";
