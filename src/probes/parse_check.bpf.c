/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Test only: the packet parser and the filter, compiled for the kernel as the probes have them, on packets
 * that the test makes (BPF_PROG_TEST_RUN). */
#include "probes/kernel_types.h"

#include <bpf/bpf_helpers.h>

#include "probes/parse_check.h"

struct ProbeHeaders {
  struct __sk_buff* skb;
};

static __always_inline int probe_load(const struct ProbeHeaders* headers, __u32 offset, void* to,
                                      __u32 size) {
  return bpf_skb_load_bytes(headers->skb, offset, to, size) ? -1 : 0;
}

#include "probes/packet_parse.h"

volatile struct ProbeFilter filter = {};
struct ParseCheck result = {};

SEC("tc")
int parse_check(struct __sk_buff* skb) {
  struct ProbeHeaders headers = {.skb = skb};
  struct ProbeFlow flow;
  __u8 ethertype[2];

  if (bpf_skb_load_bytes(skb, 12, ethertype, sizeof(ethertype))) return 1;
  probe_parse(&headers, 14, probe_be16(ethertype), &flow);
  result.flow = flow;
  result.protocol = probe_protocol(&flow);
  result.matches = probe_flow_matches(&flow, &filter);
  return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
