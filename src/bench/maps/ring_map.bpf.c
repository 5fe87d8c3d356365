/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* A ring buffer as a store: records are put in by loops inside BPF, without waking anybody. What it costs to
 * hand records to a reader that runs at the same time is another family of benchmarks (submit). */
#include "bench/maps/loop.bpf.h"

struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 4096);
} subject SEC(".maps");

const volatile __u32 record_bytes = 8;

LOOP_BODY(push) {
  __u64* record;

  next_element(loop, state);
  record = bpf_ringbuf_reserve(&subject, record_bytes, 0);
  if (!record) return;
  *record = *(__u64*)loop->element;
  bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
  found(state, 0);
}
LOOP_PROGRAM(push)

LOOP_BODY(push_copy) {
  next_element(loop, state);
  if (!bpf_ringbuf_output(&subject, loop->element, record_bytes, BPF_RB_NO_WAKEUP)) found(state, 0);
}
LOOP_PROGRAM(push_copy)

char LICENSE[] SEC("license") = "Dual MIT/GPL";
