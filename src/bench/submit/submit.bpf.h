/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Common to the submission programs: the loop, its clock, and how a record is made and looked at. */
#pragma once

#include "probes/kernel_types.h"

#include <bpf/bpf_helpers.h>

#include "bench/submit/submit.h"

enum { kNoRoomAgain = -11, kNoRoomSpace = -28 }; /* EAGAIN, ENOSPC: a buffer that is full */

/* Constants, so that the verifier knows the sizes that the helpers demand to be known. */
const volatile __u32 record_size = 8; /* a multiple of 8 */
const volatile __u64 wakeup_flags = 0;

struct SubmitSlot slots[kSubmitMaxProducers] __attribute__((aligned(128)));
/* Where records are made that are not made in the buffer itself. */
__u64 scratch[kSubmitMaxProducers][kSubmitMaxWords] __attribute__((aligned(128)));

struct SubmitLoop {
  __u64 next;
  __u64 lost;
  __s64 error;
  __u64* scratch;
  void* ctx;
};

static __always_inline void make_record(__u64* words, __u64 first) {
  const __u64 count = record_size / 8;

  words[0] = first;
#pragma clang loop unroll(disable)
  for (__u64 i = 1; i < count; i++) words[i] = first ^ i * kSubmitStride;
}

/* 0 when the words after the first one are what they have to be. */
static __always_inline __u64 record_difference(const __u64* words) {
  const __u64 count = record_size / 8, first = words[0];
  __u64 difference = 0;

#pragma clang loop unroll(disable)
  for (__u64 i = 1; i < count; i++) difference |= words[i] ^ first ^ i * kSubmitStride;
  return difference;
}

/* The floor: a record is made, and that is all. */
static long make_step(__u32 index, struct SubmitLoop* loop) {
  make_record(loop->scratch, loop->next);
  loop->next++;
  return 0;
}

static __always_inline void note_result(struct SubmitLoop* loop, long result) {
  if (result == kNoRoomAgain || result == kNoRoomSpace)
    loop->lost++;
  else if (result < 0)
    loop->error = result;
}

/* BPF_PROG_TEST_RUN's context: {records to make, producer}. */
static __always_inline int run_loop(struct bpf_raw_tracepoint_args* ctx, void* step) {
  const __u64 count = ctx->args[0];
  const __u32 producer = ctx->args[1] & (kSubmitMaxProducers - 1);
  struct SubmitSlot* slot = &slots[producer];
  struct SubmitLoop loop = {
      .next = slot->next, .lost = slot->lost, .error = slot->error, .scratch = scratch[producer], .ctx = ctx};
  long done;
  __u64 begin_ns;

  begin_ns = bpf_ktime_get_ns();
  done = bpf_loop(count, step, &loop, 0);
  slot->ns = bpf_ktime_get_ns() - begin_ns;
  if (done < 0)
    loop.error = done;
  else
    slot->made += done;
  slot->next = loop.next;
  slot->lost = loop.lost;
  slot->error = loop.error;
  return 0;
}

SEC("raw_tp")
int make(struct bpf_raw_tracepoint_args* ctx) {
  return run_loop(ctx, make_step);
}
