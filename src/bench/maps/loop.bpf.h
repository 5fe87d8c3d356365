/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Loops inside BPF: the clock is read at both ends, by bpf_ktime_get_ns(); keys are made, iterations,
 * successes and what was read are counted in the same way around each operation and in the floor below it.
 *
 * An object defines LOOP_BODY(name) { ... } for each operation and then LOOP_PROGRAM(name), a program that
 * BPF_PROG_TEST_RUN enters with the number of the thread as its argument. */
#pragma once

#include "probes/kernel_types.h"

#include <bpf/bpf_helpers.h>

#include "bench/maps/loop_control.h"

struct LoopControl controls[kMaxLoopThreads];

/* Set before loading; the verifier removes what they exclude. */
const volatile bool scattered_keys = 0; /* keys of a trie: {prefix_bits, scattered index} */
const volatile __u32 prefix_bits = 32;

/* What a loop carries from one operation to the next. A step holds it in registers. */
struct LoopState {
  struct KeyCursor cursor;
  __u64 value, executed, succeeded, sum;
};

/* On the stack of the program. */
struct Loop {
  __u32 key[kMaxKeyBytes / 4];
  struct LoopState state;
  __u64 count;
  char* element;
  void* owner; /* of storage: a socket or a cgroup */
};

/* The next key and the value that an update would write, in memory as a helper takes them: the barrier is for
 * the floor, whose stores nobody reads. */
static __always_inline __u32 next_element(struct Loop* loop, struct LoopState* state) {
  __u32 index = next_key_index(&state->cursor);

  if (scattered_keys) {
    loop->key[0] = prefix_bits;
    loop->key[1] = scatter_key(index);
  } else {
    loop->key[0] = index;
  }
  *(__u64*)loop->element = state->value + state->executed;
  state->executed++;
  asm volatile("" ::: "memory");
  return index;
}

static __always_inline void found(struct LoopState* state, __u64 value) {
  state->succeeded++;
  state->sum += value;
}

static __always_inline void begin_loop(struct Loop* loop, struct LoopControl* control) {
  __builtin_memset(loop->key, 0, sizeof(loop->key));
  loop->state.cursor = control->cursor;
  loop->state.value = control->value;
  loop->state.executed = control->executed;
  loop->state.succeeded = control->succeeded;
  loop->state.sum = control->sum;
  loop->count = control->count;
  loop->element = control->element;
  loop->owner = NULL;
}

static __always_inline void end_loop(struct LoopControl* control, const struct Loop* loop, long looped,
                                     __u32 per_step) {
  control->looped = looped < 0 ? 0 : looped;
  control->per_step = per_step;
  control->cursor = loop->state.cursor;
  control->executed = loop->state.executed;
  control->succeeded = loop->state.succeeded;
  control->sum = loop->state.sum;
}

/* One operation. */
#define LOOP_BODY(name) static __always_inline void name##_body(struct Loop* loop, struct LoopState* state)

/* A step of bpf_loop() is several operations: its call, and the way of the state through memory, would hide
 * what a short one costs. */
#define LOOP_STEP(name)                                                                                 \
  static __noinline long name##_step(__u32 iteration, struct Loop* loop) {                              \
    struct LoopState state = loop->state;                                                               \
    __u32 i;                                                                                            \
                                                                                                        \
    for (i = 0; i < kOperationsPerStep && state.executed < loop->count; i++) name##_body(loop, &state); \
    loop->state = state;                                                                                \
    return 0;                                                                                           \
  }

#define RUN_LOOP(control, loop, step, per_step)                                          \
  do {                                                                                   \
    long looped;                                                                         \
                                                                                         \
    (control)->begin_ns = bpf_ktime_get_ns();                                            \
    looped = bpf_loop(((control)->count + (per_step)-1) / (per_step), step, &(loop), 0); \
    (control)->end_ns = bpf_ktime_get_ns();                                              \
    end_loop(control, &(loop), looped, per_step);                                        \
  } while (0)

/* A program whose step does per_step operations. */
#define STEP_PROGRAM(name, per_step)                                               \
  SEC("raw_tp")                                                                    \
  int name(struct bpf_raw_tracepoint_args* ctx) {                                  \
    struct LoopControl* control = &controls[ctx->args[0] & (kMaxLoopThreads - 1)]; \
    struct Loop loop;                                                              \
                                                                                   \
    begin_loop(&loop, control);                                                    \
    RUN_LOOP(control, loop, name##_step, per_step);                                \
    return 0;                                                                      \
  }

#define LOOP_PROGRAM(name) \
  LOOP_STEP(name)          \
  STEP_PROGRAM(name, kOperationsPerStep)

/* The floors. */
static long empty_loop_step(__u32 iteration, struct Loop* loop) {
  return 0;
}
STEP_PROGRAM(empty_loop, 1)

LOOP_BODY(key_generation) {
  next_element(loop, state);
  found(state, loop->key[0]);
}
LOOP_PROGRAM(key_generation)
