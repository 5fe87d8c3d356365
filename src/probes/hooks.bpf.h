/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Points of the network stack and every way to attach to them. One macro per point makes one program per way,
 * named STEM_WAY (loaders pick by these names: attach.h). Each calls
 *
 *     int handler(void *ctx, struct sk_buff *skb, bool trusted);
 *
 * see SKB_FIELD for trusted. The tracepoint is the same place whichever of the first three ways is used; the
 * function is the one closest to it. Functions that got another name or signature since Linux 5.8 have
 * numbered variants, the first whose function exists is used.
 */
#pragma once

#include "probes/kernel_types.h"

#include <bpf/bpf_helpers.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

#define HOOK_TRACEPOINTS(stem, group, event, context, handler) \
  SEC("tp_btf/" #event)                                        \
  int BPF_PROG(stem##_btf, struct sk_buff* skb) {              \
    return handler(ctx, skb, true);                            \
  }                                                            \
  SEC("raw_tp/" #event)                                        \
  int BPF_PROG(stem##_raw, struct sk_buff* skb) {              \
    return handler(ctx, skb, false);                           \
  }                                                            \
  SEC("tracepoint/" #group "/" #event)                         \
  int stem##_tp(struct context* ctx) {                         \
    return handler(ctx, (struct sk_buff*)ctx->skbaddr, false); \
  }

#define HOOK_FUNCTION(stem, function, handler)         \
  SEC("fentry/" #function)                             \
  int BPF_PROG(stem##_fentry, struct sk_buff* skb) {   \
    return handler(ctx, skb, true);                    \
  }                                                    \
  SEC("kprobe/" #function)                             \
  int BPF_KPROBE(stem##_kprobe, struct sk_buff* skb) { \
    return handler(ctx, skb, false);                   \
  }

/* A packet comes up from a driver, before anything of the stack has looked at it. */
#define HOOK_RECEIVE(stem, handler)                                                         \
  HOOK_TRACEPOINTS(stem, net, netif_receive_skb, trace_event_raw_net_dev_template, handler) \
  SEC("fentry/__netif_receive_skb_core")                                                    \
  int BPF_PROG(stem##_fentry, struct sk_buff** buffer) {                                    \
    struct sk_buff* skb = NULL;                                                             \
    bpf_probe_read_kernel(&skb, sizeof(skb), buffer);                                       \
    return handler(ctx, skb, false);                                                        \
  }                                                                                         \
  SEC("kprobe/__netif_receive_skb_core")                                                    \
  int BPF_KPROBE(stem##_kprobe, struct sk_buff** buffer) {                                  \
    struct sk_buff* skb = NULL;                                                             \
    bpf_probe_read_kernel(&skb, sizeof(skb), buffer);                                       \
    return handler(ctx, skb, false);                                                        \
  }

/* The stack hands a packet (or one large buffer that the device segments) to a device's queue. */
#define HOOK_QUEUE(stem, handler)                                                       \
  HOOK_TRACEPOINTS(stem, net, net_dev_queue, trace_event_raw_net_dev_template, handler) \
  HOOK_FUNCTION(stem, __dev_queue_xmit, handler)

/* The queueing discipline hands it to the driver. No function is called once for each packet there. */
#define HOOK_XMIT(stem, handler) \
  HOOK_TRACEPOINTS(stem, net, net_dev_start_xmit, trace_event_raw_net_dev_start_xmit, handler)

/* A process reads from its socket: the data is copied to user space. */
#define HOOK_COPY(stem, handler)                                                                         \
  HOOK_TRACEPOINTS(stem, skb, skb_copy_datagram_iovec, trace_event_raw_skb_copy_datagram_iovec, handler) \
  HOOK_FUNCTION(stem, skb_copy_datagram_iter, handler)

/* A UDP socket is done with a datagram that a process has read. The tracepoint is one for all buffers; the
 * handler has to tell UDP's (skb_is_read_datagram()). */
#define HOOK_UDP_CONSUME(stem, handler)                                          \
  HOOK_TRACEPOINTS(stem, skb, consume_skb, trace_event_raw_consume_skb, handler) \
  SEC("fentry/skb_consume_udp")                                                  \
  int BPF_PROG(stem##_fentry, void* sk, struct sk_buff* skb) {                   \
    return handler(ctx, skb, true);                                              \
  }                                                                              \
  SEC("kprobe/skb_consume_udp")                                                  \
  int BPF_KPROBE(stem##_kprobe, void* sk, struct sk_buff* skb) {                 \
    return handler(ctx, skb, false);                                             \
  }
