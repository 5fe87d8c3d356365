/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Operations on maps with keys, in loops inside BPF. Type and sizes of the map are set before loading, so
 * that the verifier makes of each lookup what it makes of it in any program (it inlines that of arrays and
 * hashes). */
#include "bench/maps/loop.bpf.h"

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(key_size, 4);
  __uint(value_size, 8);
  __uint(max_entries, 1024);
} subject SEC(".maps");

LOOP_BODY(lookup) {
  __u64* value;

  next_element(loop, state);
  value = bpf_map_lookup_elem(&subject, loop->key);
  if (value) found(state, *value);
}
LOOP_PROGRAM(lookup)

/* The keys are absent: what succeeds is not to find them. */
LOOP_BODY(lookup_miss) {
  next_element(loop, state);
  if (!bpf_map_lookup_elem(&subject, loop->key)) found(state, 0);
}
LOOP_PROGRAM(lookup_miss)

LOOP_BODY(update) {
  next_element(loop, state);
  if (!bpf_map_update_elem(&subject, loop->key, loop->element, BPF_EXIST)) found(state, 0);
}
LOOP_PROGRAM(update)

LOOP_BODY(insert) {
  next_element(loop, state);
  if (!bpf_map_update_elem(&subject, loop->key, loop->element, BPF_NOEXIST)) found(state, 0);
}
LOOP_PROGRAM(insert)

/* `delete` is a keyword of C++, in which the skeleton is read. */
LOOP_BODY(remove) {
  next_element(loop, state);
  if (!bpf_map_delete_elem(&subject, loop->key)) found(state, 0);
}
LOOP_PROGRAM(remove)

struct bpf_map;
static long visit(struct bpf_map* map, const void* key, __u64* value, struct Loop* loop) {
  loop->state.executed++;
  found(&loop->state, *value);
  return 0;
}

/* A step visits all elements. */
static long iterate_step(__u32 iteration, struct Loop* loop) {
  bpf_for_each_map_elem(&subject, visit, loop, 0);
  return 0;
}
STEP_PROGRAM(iterate, 1)

/* ---- the same steps for the kernel to repeat and time: BPF_PROG_TEST_RUN with repeat ----
 *
 * An independent count: no bpf_loop(), no clock of ours, another type of program. Each run does
 * kOperationsPerRun of them, so that entering the program does not hide what a short one costs. */
#define REPEATED_PROGRAM(name)                                                          \
  SEC("tc")                                                                             \
  int name##_repeated(struct __sk_buff* skb) {                                          \
    struct LoopControl* control = &controls[0];                                         \
    struct Loop loop;                                                                   \
    __u32 i;                                                                            \
                                                                                        \
    begin_loop(&loop, control);                                                         \
    for (i = 0; i < kOperationsPerRun / kOperationsPerStep; i++) name##_step(i, &loop); \
    end_loop(control, &loop, control->looped + 1, kOperationsPerRun);                   \
    return 0;                                                                           \
  }

REPEATED_PROGRAM(key_generation)
REPEATED_PROGRAM(lookup)
REPEATED_PROGRAM(update)

char LICENSE[] SEC("license") = "Dual MIT/GPL";
