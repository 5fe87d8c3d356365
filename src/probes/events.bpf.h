/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* One event a packet, to user space: through the ring buffer (Linux 5.8) or the older per-CPU perf buffers.
 * The loader creates only the map of the way that is used. */
#pragma once

#include "probes/kernel_types.h"

#include <bpf/bpf_helpers.h>

#include "probes/event_counters.h"

const volatile bool use_perf_buffer = false;

struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 1 << 20);
} ring_events SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
  __uint(key_size, sizeof(__u32));
  __uint(value_size, sizeof(__u32));
} perf_events SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct EventCounters);
} event_counters SEC(".maps");

/* Events are put together here, not on the 512 bytes of stack. One entry for each program that can interrupt
 * the others on its CPU. */
#define EVENT_SCRATCH(type_, entries)        \
  struct {                                   \
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY); \
    __uint(max_entries, entries);            \
    __type(key, __u32);                      \
    __type(value, type_);                    \
  } event_scratch SEC(".maps")

static __always_inline struct EventCounters* event_counts(void) {
  __u32 zero = 0;

  return bpf_map_lookup_elem(&event_counters, &zero);
}

/* size must be a constant on each path. */
static __always_inline void event_submit(void* ctx, void* event, __u64 size) {
  struct EventCounters* counts = event_counts();
  long error;

  if (use_perf_buffer)
    error = bpf_perf_event_output(ctx, &perf_events, BPF_F_CURRENT_CPU, event, size);
  else
    error = bpf_ringbuf_output(&ring_events, event, size, 0);
  if (!counts) return;
  if (error)
    counts->lost++;
  else
    counts->submitted++;
}
