/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The bodies of all hooks (tracing/hook_bodies.bpf.h) for the network hooks. They look at nothing of the
 * hook's context, so that one program can be loaded as any type; the loader sets it. What differs from hook
 * to hook is the answer that lets the packet go its way: one copy of the bodies for each. */
#include "bench/tracing/hook_bodies.bpf.h"

#define NETWORK_PROGRAM(stem, verdict, body)    \
  SEC("network") int stem##_##body(void* ctx) { \
    hook_body_##body();                         \
    return verdict;                             \
  }
#define NETWORK_PROGRAMS(stem, verdict)       \
  NETWORK_PROGRAM(stem, verdict, empty)       \
  NETWORK_PROGRAM(stem, verdict, count)       \
  NETWORK_PROGRAM(stem, verdict, hash_update) \
  NETWORK_PROGRAM(stem, verdict, event)

NETWORK_PROGRAMS(next, -1) /* TC_ACT_UNSPEC, TCX_NEXT; of a socket filter: keep all bytes */
NETWORK_PROGRAMS(zero, 0)  /* BPF_OK */
NETWORK_PROGRAMS(one, 1)   /* of cgroups: allowed; SK_PASS, NF_ACCEPT */
NETWORK_PROGRAMS(two, 2)   /* XDP_PASS */

char LICENSE[] SEC("license") = "Dual MIT/GPL";
