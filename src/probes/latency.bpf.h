/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The time a socket buffer takes from one point of the stack to a later one. Includer defines
 *
 *     int latency_done(void *ctx, struct sk_buff *skb, bool trusted, __u64 end_ns, __u64 latency_ns);
 *
 * and calls LATENCY_HOOKS. The paths are
 *
 *     receive  receive_begin -> receive_end   driver to copy to user space (queueing in the socket and
 * wake-up included); receive_udp_end: the same for UDP, which copies what lies in the linear part of a buffer
 * without passing the common point, just after the copy. From Linux 6.18 on its buffers pass no tracepoint
 * there either. queue    queue_begin -> queue_end       stack to driver: the queueing discipline link
 * link_begin -> link_end         driver to the peer's stack, where both ends share the buffer (veth, lo)
 *
 * The key is the buffer's address. A buffer that ends elsewhere (dropped, forwarded, merged into another one
 * by TCP) leaves its entry behind; the address is measured anew when it comes by the next time, and the LRU
 * map throws away the oldest. */
#pragma once

#include "probes/hooks.bpf.h"
#include "probes/skb.bpf.h"

struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __uint(max_entries, 65536);
  __type(key, __u64);
  __type(value, __u64);
} begun SEC(".maps");

static __always_inline int latency_begin(struct sk_buff* skb, bool trusted, enum ProbePoint point) {
  __u64 key = (__u64)skb;
  __u64 now;

  if (!skb_wanted_only(skb, trusted, point)) {
    /* What was begun at this address was another packet. */
    bpf_map_delete_elem(&begun, &key);
    return 0;
  }
  now = bpf_ktime_get_ns();
  bpf_map_update_elem(&begun, &key, &now, BPF_ANY);
  return 0;
}

static __always_inline int latency_done(void* ctx, struct sk_buff* skb, bool trusted, __u64 end_ns,
                                        __u64 latency_ns);

static __always_inline int latency_end(void* ctx, struct sk_buff* skb, bool trusted) {
  __u64 key = (__u64)skb;
  __u64* begin = bpf_map_lookup_elem(&begun, &key);
  __u64 begin_ns, end_ns;

  if (!begin) return 0;
  end_ns = bpf_ktime_get_ns();
  begin_ns = *begin;
  bpf_map_delete_elem(&begun, &key);
  /* Buffers of other families (Unix, netlink) pass some of the points too, without having begun. They carry
   * no protocol, so an address that was a packet's before is told by that. */
  if (SKB_FIELD(skb, protocol, trusted) == 0 || end_ns < begin_ns) return 0;
  return latency_done(ctx, skb, trusted, end_ns, end_ns - begin_ns);
}

/* Whether a buffer that is being freed comes out of a UDP socket's queue, and was neither used up in the
 * kernel nor sent on. UDP keeps notes of its own in the place of the device pointer while it queues a
 * datagram (struct udp_dev_scratch, since Linux 4.11): sizes and two flags in the highest bytes, so never
 * negative as a kernel pointer is, and never 0. */
static __always_inline bool skb_is_read_datagram(struct sk_buff* skb) {
  __s64 notes = 0;

  return bpf_core_read(&notes, sizeof(notes), &skb->dev) == 0 && notes > 0;
}

static __always_inline int latency_udp_end(void* ctx, struct sk_buff* skb, bool trusted) {
  return skb_is_read_datagram(skb) ? latency_end(ctx, skb, trusted) : 0;
}

static __always_inline int latency_begin_receive(void* ctx, struct sk_buff* skb, bool trusted) {
  return latency_begin(skb, trusted, kPointReceive);
}

static __always_inline int latency_begin_stack(void* ctx, struct sk_buff* skb, bool trusted) {
  return latency_begin(skb, trusted, kPointStack);
}

#define LATENCY_HOOKS                                \
  HOOK_RECEIVE(receive_begin, latency_begin_receive) \
  HOOK_COPY(receive_end, latency_end)                \
  HOOK_UDP_CONSUME(receive_udp_end, latency_udp_end) \
  HOOK_QUEUE(queue_begin, latency_begin_stack)       \
  HOOK_XMIT(queue_end, latency_end)                  \
  HOOK_XMIT(link_begin, latency_begin_stack)         \
  HOOK_RECEIVE(link_end, latency_end)
