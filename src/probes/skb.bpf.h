/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* From a socket buffer to a flow, and whether the user's filter wants it. */
#pragma once

#include "probes/kernel_types.h"

#include <bpf/bpf_helpers.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>

/* limit: end of the buffer's linear part, from head. What lies behind it is in pages or not there. */
struct ProbeHeaders {
  const unsigned char* head;
  __u32 limit;
};

static __always_inline int probe_load(const struct ProbeHeaders* headers, __u32 offset, void* to,
                                      __u32 size) {
  if (offset + size > headers->limit) return -1;
  return bpf_probe_read_kernel(to, size, headers->head + offset) ? -1 : 0;
}

#include "probes/packet_parse.h"

const volatile struct ProbeFilter filter = {};

/* Where in the stack a hook lies decides where the network header is. */
enum ProbePoint {
  /* Before the stack has set network_header: the header begins at data, as in __netif_receive_skb_core(). */
  kPointReceive,
  /* Behind that: network_header holds. */
  kPointStack,
  /* Anywhere: network_header where it is set, else data. */
  kPointAny,
};

/* trusted: the verifier knows the pointer as a struct sk_buff (tp_btf), so that fields are plain loads. In
 * all other hooks it is a number, and reading takes a helper call. Must be a compile-time constant. */
#define SKB_FIELD(skb, field, trusted) ((trusted) ? (skb)->field : BPF_CORE_READ(skb, field))

static __always_inline void skb_read_flow(struct sk_buff* skb, bool trusted, enum ProbePoint point,
                                          struct ProbeFlow* flow) {
  unsigned char* head = SKB_FIELD(skb, head, trusted);
  __u32 data = SKB_FIELD(skb, data, trusted) - head;
  struct ProbeHeaders headers = {
      .head = head,
      .limit = data + SKB_FIELD(skb, len, trusted) - SKB_FIELD(skb, data_len, trusted),
  };
  __u32 offset = data;

  if (point != kPointReceive) {
    __u16 network_header = SKB_FIELD(skb, network_header, trusted);

    if (point == kPointStack || (network_header != 0 && network_header != (__u16)~0)) offset = network_header;
  }
  probe_parse(&headers, offset, bpf_ntohs(SKB_FIELD(skb, protocol, trusted)), flow);
}

/* "" where the buffer has no device. The field shares its place with other things in buffers that a protocol
 * has queued, so the text may be anything there: the reader checks it. */
static __always_inline void skb_read_interface(struct sk_buff* skb, bool trusted,
                                               char name[kProbeInterfaceName]) {
  struct net_device* dev = SKB_FIELD(skb, dev, trusted);

  if (bpf_core_read(name, kProbeInterfaceName, &dev->name) != 0)
    __builtin_memset(name, 0, kProbeInterfaceName);
}

static __always_inline bool skb_interface_wanted(struct sk_buff* skb, bool trusted) {
  char name[kProbeInterfaceName];

  if (filter.interface[0] == '\0') return true;
  skb_read_interface(skb, trusted, name);
  return probe_interface_matches(name, &filter);
}

/* Whether the filter wants this buffer; flow is filled in any case but when its interface is not wanted. */
static __always_inline bool skb_wanted(struct sk_buff* skb, bool trusted, enum ProbePoint point,
                                       struct ProbeFlow* flow) {
  if (!skb_interface_wanted(skb, trusted)) return false;
  skb_read_flow(skb, trusted, point, flow);
  return probe_flow_matches(flow, &filter);
}

/* The same for who does not need the flow: headers are only read when the filter asks for something in them.
 */
static __always_inline bool skb_wanted_only(struct sk_buff* skb, bool trusted, enum ProbePoint point) {
  struct ProbeFlow flow;

  if (!skb_interface_wanted(skb, trusted)) return false;
  if (!probe_filter_needs_flow(&filter)) return true;
  skb_read_flow(skb, trusted, point, &flow);
  return probe_flow_matches(&flow, &filter);
}
