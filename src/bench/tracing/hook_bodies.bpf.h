/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The bodies that every hook gets: the same code, whatever calls it.
 *
 *   empty        returns
 *   count        adds one to a per-CPU counter
 *   hash_update  counts, and writes the count into one of 1024 entries of a hash, in turn
 *   event        counts, and submits the count as an event of 16 bytes to a ring buffer, without waking
 * anybody
 *
 * Each loaded program has maps of its own, so that what it did can be checked. */
#pragma once

#include "probes/kernel_types.h"

#include <bpf/bpf_helpers.h>

#include "bench/tracing/hook_bodies.h"

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, __u64);
} hook_counters SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, kHookTableEntries);
  __type(key, __u32);
  __type(value, __u64);
} hook_table SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, kHookRingBytes);
} hook_events SEC(".maps");

static __always_inline int hook_body_empty(void) {
  return 0;
}

static __always_inline __u64 hook_count_one(void) {
  __u32 zero = 0;
  __u64* counter = bpf_map_lookup_elem(&hook_counters, &zero);

  if (!counter) return 0;
  return ++*counter;
}

static __always_inline int hook_body_count(void) {
  hook_count_one();
  return 0;
}

static __always_inline int hook_body_hash_update(void) {
  __u64 now = hook_count_one();
  __u32 key = now % kHookTableEntries;

  bpf_map_update_elem(&hook_table, &key, &now, BPF_ANY);
  return 0;
}

static __always_inline int hook_body_event(void) {
  struct HookEvent event = {.sequence = hook_count_one(), .cpu = bpf_get_smp_processor_id()};

  bpf_ringbuf_output(&hook_events, &event, sizeof event, BPF_RB_NO_WAKEUP);
  return 0;
}

/* Programs STEM_empty, STEM_count, STEM_hash_update and STEM_event of that section. */
#define HOOK_PROGRAM(stem, section, body)     \
  SEC(section) int stem##_##body(void* ctx) { \
    return hook_body_##body();                \
  }
#define HOOK_PROGRAMS(stem, section)       \
  HOOK_PROGRAM(stem, section, empty)       \
  HOOK_PROGRAM(stem, section, count)       \
  HOOK_PROGRAM(stem, section, hash_update) \
  HOOK_PROGRAM(stem, section, event)
