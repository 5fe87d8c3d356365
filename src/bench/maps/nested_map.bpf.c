/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Lookups through a map of maps, in loops inside BPF: the inner map by key, then its only element. */
#include "bench/maps/loop.bpf.h"

struct inner_map {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(key_size, 4);
  __uint(value_size, 8);
  __uint(max_entries, 1);
};

struct {
  __uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
  __uint(key_size, 4);
  __uint(value_size, 4);
  __uint(max_entries, 1024);
  __array(values, struct inner_map);
} subject SEC(".maps");

LOOP_BODY(lookup) {
  __u32 first = 0;
  __u64* value;
  void* inner;

  next_element(loop, state);
  inner = bpf_map_lookup_elem(&subject, loop->key);
  if (!inner) return;
  value = bpf_map_lookup_elem(inner, &first);
  if (value) found(state, *value);
}
LOOP_PROGRAM(lookup)

LOOP_BODY(lookup_miss) {
  next_element(loop, state);
  if (!bpf_map_lookup_elem(&subject, loop->key)) found(state, 0);
}
LOOP_PROGRAM(lookup_miss)

char LICENSE[] SEC("license") = "Dual MIT/GPL";
