/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Records that user space put into a user ring buffer, taken out and looked at. */
#include "bench/submit/submit.bpf.h"

struct {
  __uint(type, BPF_MAP_TYPE_USER_RINGBUF);
} records SEC(".maps");

struct Drain {
  __u64 next; /* no record may have a smaller first word */
  __u64 taken;
  __u64 most; /* to be taken */
  __u64 bad;
  __u64 order;
  const __u64* scratch;
};

static __always_inline void look_at(struct Drain* drain, const __u64* words) {
  if (record_difference(words))
    drain->bad++;
  else if (words[0] < drain->next)
    drain->order++;
  drain->next = words[0] + 1;
}

static long drain_step(const struct bpf_dynptr* record, struct Drain* drain) {
  const __u64* words = bpf_dynptr_data(record, 0, record_size);

  if (words)
    look_at(drain, words);
  else
    drain->bad++;
  drain->taken++;
  return drain->taken >= drain->most;
}

/* The floor: the same look at a record that lies where it always lies. */
static long read_step(__u32 index, struct Drain* drain) {
  const __u64* words = drain->scratch;

  drain->next = 0;
  if (words)
    look_at(drain, words);
  else
    drain->bad++;
  drain->taken++;
  return drain->taken >= drain->most;
}

static __always_inline void begin_drain(struct Drain* drain, const struct SubmitSlot* slot, __u64 most) {
  drain->next = slot->next;
  drain->taken = slot->taken;
  drain->most = slot->taken + most;
  drain->bad = slot->bad;
  drain->order = slot->order;
  drain->scratch = scratch[0];
}

static __always_inline void end_drain(struct SubmitSlot* slot, const struct Drain* drain, long result) {
  if (result < 0) slot->error = result;
  slot->next = drain->next;
  slot->taken = drain->taken;
  slot->bad = drain->bad;
  slot->order = drain->order;
}

/* BPF_PROG_TEST_RUN's context: {records to take at most}. */
SEC("raw_tp")
int drain(struct bpf_raw_tracepoint_args* ctx) {
  struct SubmitSlot* slot = &slots[0];
  struct Drain state;
  __u64 begin_ns;
  long result;

  begin_drain(&state, slot, ctx->args[0]);
  begin_ns = bpf_ktime_get_ns();
  result = bpf_user_ringbuf_drain(&records, drain_step, &state, wakeup_flags);
  slot->ns = bpf_ktime_get_ns() - begin_ns;
  end_drain(slot, &state, result);
  return 0;
}

SEC("raw_tp")
int read(struct bpf_raw_tracepoint_args* ctx) {
  struct SubmitSlot* slot = &slots[0];
  struct Drain state;
  __u64 begin_ns;
  long result;

  begin_drain(&state, slot, ctx->args[0]);
  begin_ns = bpf_ktime_get_ns();
  result = bpf_loop(ctx->args[0], read_step, &state, 0);
  slot->ns = bpf_ktime_get_ns() - begin_ns;
  end_drain(slot, &state, result);
  return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
