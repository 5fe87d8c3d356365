/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Records into the perf buffer of the CPU that the program runs on. */
#include "bench/submit/submit.bpf.h"

struct {
  __uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
  __uint(key_size, sizeof(__u32));
  __uint(value_size, sizeof(__u32));
} records SEC(".maps");

static long output_step(__u32 index, struct SubmitLoop* loop) {
  make_record(loop->scratch, loop->next);
  note_result(loop,
              bpf_perf_event_output(loop->ctx, &records, BPF_F_CURRENT_CPU, loop->scratch, record_size));
  loop->next++;
  return 0;
}

SEC("raw_tp")
int output(struct bpf_raw_tracepoint_args* ctx) {
  return run_loop(ctx, output_step);
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
