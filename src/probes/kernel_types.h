/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The few kernel types that the probes read. CO-RE finds each field in the running kernel by its name, so the
 * order and the nesting here say nothing. Stable kernel constants only, no generated vmlinux.h. */
#pragma once

#include <asm/ptrace.h> /* struct pt_regs: a kprobe's context, in its stable user-space form */
#include <linux/bpf.h>
#include <linux/types.h>

#ifndef NULL
#define NULL ((void*)0)
#endif

typedef _Bool bool;
enum { false, true };

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct net_device {
  char name[16];
};

struct sk_buff {
  struct net_device* dev;
  unsigned int len;
  unsigned int data_len;
  __be16 protocol;
  __u16 network_header;
  unsigned char* head;
  unsigned char* data;
};

/* Contexts of tracepoints, by the names the kernel gives them in its BTF. */
struct trace_event_raw_net_dev_template {
  void* skbaddr;
};

struct trace_event_raw_net_dev_start_xmit {
  const void* skbaddr;
};

struct trace_event_raw_skb_copy_datagram_iovec {
  const void* skbaddr;
};

struct trace_event_raw_consume_skb {
  void* skbaddr;
};

enum skb_drop_reason { SKB_NOT_DROPPED_YET };

struct trace_event_raw_kfree_skb {
  void* skbaddr;
  void* location;
  enum skb_drop_reason reason; /* since Linux 5.17 */
};

#pragma clang attribute pop
