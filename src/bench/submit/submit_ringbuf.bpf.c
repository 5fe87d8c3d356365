/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Records into the ring buffer: made in place (reserve, commit), or made elsewhere and copied (output). */
#include "bench/submit/submit.bpf.h"

struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
} records SEC(".maps");

static long reserve_step(__u32 index, struct SubmitLoop* loop) {
  __u64* words = bpf_ringbuf_reserve(&records, record_size, 0);

  if (words) {
    make_record(words, loop->next);
    bpf_ringbuf_submit(words, wakeup_flags);
  } else {
    loop->lost++;
  }
  loop->next++;
  return 0;
}

static long output_step(__u32 index, struct SubmitLoop* loop) {
  make_record(loop->scratch, loop->next);
  note_result(loop, bpf_ringbuf_output(&records, loop->scratch, record_size, wakeup_flags));
  loop->next++;
  return 0;
}

SEC("raw_tp")
int reserve(struct bpf_raw_tracepoint_args* ctx) {
  return run_loop(ctx, reserve_step);
}

SEC("raw_tp")
int output(struct bpf_raw_tracepoint_args* ctx) {
  return run_loop(ctx, output_step);
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
