/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Injected truth: loop bodies that differ by a known number of instructions. Each multiplication waits for
 * the one before it, through all iterations, so that none can be overlapped with another; the product at the
 * end tells how many there were. */
#include "bench/maps/loop.bpf.h"

#include "bench/maps/truth.h"

/* Not visible to the compiler, which would raise to a power instead. */
#define MULTIPLY asm volatile("%0 *= %1" : "+r"(product) : "r"(factor));
#define TEN(x) x x x x x x x x x x
#define HUNDRED(x) TEN(TEN(x))

static long multiply_100_step(__u32 iteration, struct Loop* loop) {
  __u64 product = loop->state.sum;
  __u64 factor = kTruthFactor;

  HUNDRED(MULTIPLY)
  loop->state.sum = product;
  loop->state.executed++;
  loop->state.succeeded++;
  return 0;
}

static long multiply_400_step(__u32 iteration, struct Loop* loop) {
  __u64 product = loop->state.sum;
  __u64 factor = kTruthFactor;

  HUNDRED(MULTIPLY) HUNDRED(MULTIPLY) HUNDRED(MULTIPLY) HUNDRED(MULTIPLY) loop->state.sum = product;
  loop->state.executed++;
  loop->state.succeeded++;
  return 0;
}

/* The product starts at what control->sum is set to, 1: a loop that did not run leaves that. */
STEP_PROGRAM(multiply_100, 1)
STEP_PROGRAM(multiply_400, 1)

char LICENSE[] SEC("license") = "Dual MIT/GPL";
