/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Operations on maps without keys (queue, stack, bloom filter), in loops inside BPF. */
#include "bench/maps/loop.bpf.h"

struct {
  __uint(type, BPF_MAP_TYPE_QUEUE);
  __uint(key_size, 0);
  __uint(value_size, 8);
  __uint(max_entries, 1024);
} subject SEC(".maps");

/* A filter is asked for elements by their contents: they are the keys. Queues hold the number of the push. */
const volatile bool element_is_key = 0;

static __always_inline void next_value(struct Loop* loop, struct LoopState* state) {
  __u32 index = next_element(loop, state);

  if (!element_is_key) return;
  *(__u64*)loop->element = first_value(index);
  asm volatile("" ::: "memory");
}

LOOP_BODY(value_generation) {
  next_value(loop, state);
  found(state, *(__u64*)loop->element);
}
LOOP_PROGRAM(value_generation)

LOOP_BODY(push) {
  next_value(loop, state);
  if (!bpf_map_push_elem(&subject, loop->element, 0)) found(state, 0);
}
LOOP_PROGRAM(push)

LOOP_BODY(pop) {
  next_value(loop, state);
  if (!bpf_map_pop_elem(&subject, loop->element)) found(state, *(__u64*)loop->element);
}
LOOP_PROGRAM(pop)

LOOP_BODY(peek) {
  next_value(loop, state);
  if (!bpf_map_peek_elem(&subject, loop->element)) found(state, *(__u64*)loop->element);
}
LOOP_PROGRAM(peek)

char LICENSE[] SEC("license") = "Dual MIT/GPL";
