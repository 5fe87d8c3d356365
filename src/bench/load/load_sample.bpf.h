/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The object file that the tests load, in two builds: EXTRA_ROUNDS more instructions in one program. */
#include "probes/kernel_types.h"

#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "Dual MIT/GPL";

const volatile __u32 step = 3;

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, __u64);
  __uint(pinning, LIBBPF_PIN_BY_NAME); /* a benchmark must not do that */
} bpftax_bench_never_pinned SEC(".maps");

/* A relocation: where `data` is in the running kernel's struct sk_buff. */
SEC("raw_tp/netif_receive_skb")
int count_heads(__u64* context) {
  const struct sk_buff* skb = (const struct sk_buff*)context[0];
  const void* data = 0;
  __u32 key = 0;
  __u64* count = bpf_map_lookup_elem(&bpftax_bench_never_pinned, &key);
  bpf_probe_read_kernel(&data, sizeof data, &skb->data);
  if (count && data) __sync_fetch_and_add(count, step);
  return 0;
}

SEC("xdp")
int sum_bytes(struct xdp_md* context) {
  const __u8* data = (const __u8*)(long)context->data;
  const __u8* end = (const __u8*)(long)context->data_end;
  __u32 sum = step;
  if (data + 8 > end) return 0;
#pragma clang loop unroll(full)
  for (int i = 0; i < EXTRA_ROUNDS; ++i) {
    sum += data[i % 8];
    asm volatile("%0 ^= 1" : "+r"(sum));
  }
  return sum & 0xff;
}

/* Refused: it reads behind the packet. */
SEC("xdp")
int reads_behind(struct xdp_md* context) {
  return *((const __u8*)(long)context->data_end + 1);
}
