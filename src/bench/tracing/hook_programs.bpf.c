/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* One program for each tracing hook and body. What they are attached to is the loader's choice; it loads one
 * at a time. */
#include "bench/tracing/hook_bodies.bpf.h"

HOOK_PROGRAMS(tracepoint, "tp")
HOOK_PROGRAMS(raw_tp, "raw_tp")
HOOK_PROGRAMS(tp_btf, "tp_btf")
HOOK_PROGRAMS(fentry, "fentry")
HOOK_PROGRAMS(fexit, "fexit")
HOOK_PROGRAMS(fmod_ret, "fmod_ret")
/* kprobe, kretprobe, uprobe, uretprobe; with an attach type that the loader sets also their .multi forms. */
HOOK_PROGRAMS(kprobe, "kprobe")
HOOK_PROGRAMS(perf_event, "perf_event")
HOOK_PROGRAMS(lsm, "lsm")

/* An iterator's program is called once more behind the last element, without one: that is no element. */
struct bpf_iter__bpf_map_elem {
  void* meta;
  void* map;
  void* key;
  void* value;
} __attribute__((preserve_access_index));

#define ITERATOR_PROGRAM(body)                          \
  SEC("iter/bpf_map_elem")                              \
  int iter_##body(struct bpf_iter__bpf_map_elem* ctx) { \
    if (!ctx->key) return 0;                            \
    return hook_body_##body();                          \
  }
ITERATOR_PROGRAM(empty)
ITERATOR_PROGRAM(count)
ITERATOR_PROGRAM(hash_update)
ITERATOR_PROGRAM(event)

char LICENSE[] SEC("license") = "Dual MIT/GPL";
