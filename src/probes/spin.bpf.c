/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Burns a known time in each event: injected truth for whoever measures.
 *
 * An event costs what passes between the program's first and last reading of the clock, which it measures
 * itself, and what lies outside of them: the way into it (tracepoint, trampoline, cold caches), entry, halves
 * of the two readings, exit. That the loader has measured in place (spin_in_place.h) and taken off target_ns.
 * The clock is read once per iteration, so that an event is off by up to an iteration; the error is carried
 * over to the next event on that CPU, so that the mean is not. */
#include "probes/hooks.bpf.h"
#include "probes/skb.bpf.h"

#include "probes/spin.h"

/* Set by the loader; not constant, because it is the result of calibrating this very object. */
volatile __u64 target_ns = 0;

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, kSpinEntries);
  __type(key, __u32);
  __type(value, struct SpinState);
} spin_states SEC(".maps");

struct Burn {
  __u64 begin_ns;
  __u64 goal_ns;
  __u64 elapsed_ns;
};

static long burn_step(__u32 index, struct Burn* burn) {
  burn->elapsed_ns = bpf_ktime_get_ns() - burn->begin_ns;
  return burn->elapsed_ns >= burn->goal_ns;
}

/* looped: with bpf_loop() (Linux 5.17), else a bounded loop. */
static __always_inline void burn(__u64 begin_ns, __u32 entry, bool looped) {
  struct SpinState* state = bpf_map_lookup_elem(&spin_states, &entry);
  struct Burn burn = {.begin_ns = begin_ns};
  __s64 goal, error;
  __u32 iterations = 0;

  if (!state) return;
  goal = (__s64)target_ns - state->carry_ns;
  burn.goal_ns = goal > 0 ? goal : 0;
  if (looped) {
    iterations = bpf_loop(kSpinMaxLoop, burn_step, &burn, 0);
  } else {
#pragma clang loop unroll(disable)
    for (iterations = 1; iterations < kSpinMaxBounded; iterations++) {
      burn.elapsed_ns = bpf_ktime_get_ns() - begin_ns;
      if (burn.elapsed_ns >= burn.goal_ns) break;
    }
  }
  error = state->carry_ns + (__s64)burn.elapsed_ns - (__s64)target_ns;
  if (burn.elapsed_ns > burn.goal_ns + kSpinMaxCarryNs || error < -kSpinMaxCarryNs) {
    state->clipped++;
    error = 0;
  } else if (error > kSpinMaxCarryNs) { /* each event costs more than it should: nothing can be made up for */
    error = kSpinMaxCarryNs;
  }
  state->carry_ns = error;
  state->events++;
  state->burnt_ns += burn.elapsed_ns;
  state->iterations += iterations;
}

static __always_inline int spin(struct sk_buff* skb, bool trusted, enum ProbePoint point, bool looped) {
  __u64 begin_ns = bpf_ktime_get_ns();

  if (skb_wanted_only(skb, trusted, point)) burn(begin_ns, kSpinEvents, looped);
  return 0;
}

static __always_inline int spin_receive(void* ctx, struct sk_buff* skb, bool trusted) {
  return spin(skb, trusted, kPointReceive, true);
}

static __always_inline int spin_receive_bounded(void* ctx, struct sk_buff* skb, bool trusted) {
  return spin(skb, trusted, kPointReceive, false);
}

static __always_inline int spin_transmit(void* ctx, struct sk_buff* skb, bool trusted) {
  return spin(skb, trusted, kPointStack, true);
}

static __always_inline int spin_transmit_bounded(void* ctx, struct sk_buff* skb, bool trusted) {
  return spin(skb, trusted, kPointStack, false);
}

HOOK_RECEIVE(receive, spin_receive)
HOOK_RECEIVE(receive_bounded, spin_receive_bounded)
HOOK_QUEUE(transmit, spin_transmit)
HOOK_QUEUE(transmit_bounded, spin_transmit_bounded)

/* The same body where the kernel can run and time it many times in a row (BPF_PROG_TEST_RUN), and an empty
 * one. */
SEC("socket")
int calibrate_loop(struct __sk_buff* ctx) {
  burn(bpf_ktime_get_ns(), kSpinCalibrate, true);
  return 0;
}

SEC("socket")
int calibrate_bounded(struct __sk_buff* ctx) {
  burn(bpf_ktime_get_ns(), kSpinCalibrate, false);
  return 0;
}

SEC("socket")
int calibrate_empty(struct __sk_buff* ctx) {
  return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
