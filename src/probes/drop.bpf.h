/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The point where the kernel drops a buffer. Includer defines
 *
 *     int drop(void *ctx, struct sk_buff *skb, bool trusted, __u64 location, __u32 reason);
 *
 * and calls DROP_HOOKS. There is no fentry way: only the tracepoint (as an argument) and a kprobe (as the
 * return address) know who dropped. */
#pragma once

#include "probes/hooks.bpf.h"
#include "probes/skb.bpf.h"

#include "probes/drop_reason.h"

/* The tracepoint has its reason argument since Linux 5.17; before that the verifier would refuse to read it,
 * so the read must be dead code there. */
#define DROP_HAS_REASON bpf_core_field_exists(((struct trace_event_raw_kfree_skb*)0)->reason)

/* Where a kprobe at a function's entry returns to. */
static __always_inline __u64 return_address(struct pt_regs* ctx) {
#if defined(__TARGET_ARCH_x86)
  __u64 address = 0;

  bpf_probe_read_kernel(&address, sizeof(address), (void*)PT_REGS_SP(ctx));
  return address;
#else
  return PT_REGS_RET(ctx);
#endif
}

/* sk_skb_reason_drop() since 6.11, kfree_skb_reason() since 5.17, kfree_skb() before. */
#define DROP_HOOKS                                                           \
  SEC("tp_btf/kfree_skb")                                                    \
  int drop_btf(__u64* ctx) {                                                 \
    return drop(ctx, (struct sk_buff*)ctx[0], true, ctx[1],                  \
                DROP_HAS_REASON ? (__u32)ctx[2] : kDropReasonUnknown);       \
  }                                                                          \
  SEC("raw_tp/kfree_skb")                                                    \
  int drop_raw(__u64* ctx) {                                                 \
    return drop(ctx, (struct sk_buff*)ctx[0], false, ctx[1],                 \
                DROP_HAS_REASON ? (__u32)ctx[2] : kDropReasonUnknown);       \
  }                                                                          \
  SEC("tracepoint/skb/kfree_skb")                                            \
  int drop_tp(struct trace_event_raw_kfree_skb* ctx) {                       \
    return drop(ctx, ctx->skbaddr, false, (__u64)ctx->location,              \
                DROP_HAS_REASON ? (__u32)ctx->reason : kDropReasonUnknown);  \
  }                                                                          \
  SEC("kprobe/sk_skb_reason_drop")                                           \
  int BPF_KPROBE(drop_kprobe, void* sk, struct sk_buff* skb, __u32 reason) { \
    return drop(ctx, skb, false, return_address(ctx), reason);               \
  }                                                                          \
  SEC("kprobe/kfree_skb_reason")                                             \
  int BPF_KPROBE(drop_kprobe2, struct sk_buff* skb, __u32 reason) {          \
    return drop(ctx, skb, false, return_address(ctx), reason);               \
  }                                                                          \
  SEC("kprobe/kfree_skb")                                                    \
  int BPF_KPROBE(drop_kprobe3, struct sk_buff* skb) {                        \
    return drop(ctx, skb, false, return_address(ctx), kDropReasonUnknown);   \
  }
