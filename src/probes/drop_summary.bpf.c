/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Counts drops by reason, protocol and place. */
#include "probes/drop.bpf.h"

#include "probes/drop_summary.h"

const volatile bool with_stack = false;

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, kDropKeys);
  __type(key, struct DropKey);
  __type(value, __u64);
} drops SEC(".maps");

/* Only created with stacks. */
struct {
  __uint(type, BPF_MAP_TYPE_STACK_TRACE);
  __uint(max_entries, kDropStacks);
  __uint(key_size, sizeof(__u32));
  __uint(value_size, kProbeStackFrames * sizeof(__u64));
} stacks SEC(".maps");

/* Drops that found no room in the map. */
__u64 uncounted = 0;

static __always_inline int drop(void* ctx, struct sk_buff* skb, bool trusted, __u64 location, __u32 reason) {
  struct DropKey key = {.location = location, .reason = reason, .stack_id = -1};
  struct ProbeFlow flow;
  __u64 one = 1;
  __u64* count;

  if (!skb_wanted(skb, trusted, kPointAny, &flow)) return 0;
  key.protocol = probe_protocol(&flow);
  if (with_stack) key.stack_id = bpf_get_stackid(ctx, &stacks, 0);
  count = bpf_map_lookup_elem(&drops, &key);
  if (!count) {
    if (bpf_map_update_elem(&drops, &key, &one, BPF_NOEXIST) == 0) return 0;
    /* Another CPU was faster, or the map is full. */
    count = bpf_map_lookup_elem(&drops, &key);
    if (!count) {
      __sync_fetch_and_add(&uncounted, 1);
      return 0;
    }
  }
  __sync_fetch_and_add(count, 1);
  return 0;
}

DROP_HOOKS

char LICENSE[] SEC("license") = "Dual MIT/GPL";
