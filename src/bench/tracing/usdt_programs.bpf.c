/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The bodies on a USDT probe. In an object of their own because of the maps that libbpf's USDT support needs.
 */
#define BPF_USDT_MAX_SPEC_CNT 16
#include "bench/tracing/hook_bodies.bpf.h"

#include <bpf/usdt.bpf.h>

HOOK_PROGRAMS(usdt, "usdt")

char LICENSE[] SEC("license") = "Dual MIT/GPL";
