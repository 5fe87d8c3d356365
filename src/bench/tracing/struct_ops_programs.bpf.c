/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* TCP congestion control in BPF (struct_ops). What is measured is the call of `init`, which the kernel makes
 * each time a socket is given that algorithm: two algorithms that are alike but for their name, for the
 * trigger to change between. The pair without `init` is the floor. The rest is what the kernel demands;
 * nothing is ever sent over these sockets. */
#include "bench/tracing/hook_bodies.bpf.h"

struct sock;

struct tcp_congestion_ops {
  void (*init)(struct sock* sk);
  __u32 (*ssthresh)(struct sock* sk);
  void (*cong_avoid)(struct sock* sk, __u32 ack, __u32 acked);
  __u32 (*undo_cwnd)(struct sock* sk);
  char name[16];
};

SEC("struct_ops/ssthresh") int tcp_ssthresh(void* ctx) {
  return 10;
}
SEC("struct_ops/cong_avoid") int tcp_cong_avoid(void* ctx) {
  return 0;
}
SEC("struct_ops/undo_cwnd") int tcp_undo_cwnd(void* ctx) {
  return 10;
}

HOOK_PROGRAMS(init, "struct_ops/init")

#define CONGESTION_CONTROL(map, call, text) \
  SEC(".struct_ops")                        \
  struct tcp_congestion_ops map = {         \
      .init = (void*)(call),                \
      .ssthresh = (void*)tcp_ssthresh,      \
      .cong_avoid = (void*)tcp_cong_avoid,  \
      .undo_cwnd = (void*)tcp_undo_cwnd,    \
      .name = text,                         \
  }
#define CONGESTION_CONTROLS(body)                              \
  CONGESTION_CONTROL(body##_a, init_##body, "bpftax_bench_a"); \
  CONGESTION_CONTROL(body##_b, init_##body, "bpftax_bench_b")

CONGESTION_CONTROLS(empty);
CONGESTION_CONTROLS(count);
CONGESTION_CONTROLS(hash_update);
CONGESTION_CONTROLS(event);
CONGESTION_CONTROL(floor_a, 0, "bpftax_bench_a");
CONGESTION_CONTROL(floor_b, 0, "bpftax_bench_b");

char LICENSE[] SEC("license") = "Dual MIT/GPL";
