/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What the bodies of the hook benchmarks (hook_bodies.bpf.h) and their loader agree on. */
#pragma once

#include <linux/types.h>

enum HookBodyLimits {
  kHookTableEntries = 1024, /* of the hash that hash_update writes into; a power of two */
  kHookWalk = 4096,         /* elements of the array that iterators walk */
  kHookRingBytes = 4 * 1024 * 1024,
  kHookEventRoom = 24, /* a HookEvent with the header that the ring buffer puts before it */
};

/* What the body `event` submits. */
struct HookEvent {
  __u64 sequence; /* the how many-th on this CPU, from 1 */
  __u64 cpu;
};
