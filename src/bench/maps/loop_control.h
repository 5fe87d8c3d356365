// What a loop inside BPF is told and what it tells: one LoopControl for each thread, in the object's .bss.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
//
// Key generation stands here once, for the loops in BPF and for those in user space: both visit the same keys
// in the same order.
#pragma once

#include <linux/types.h>

enum {
  kMaxLoopThreads = 64,
  kMaxKeyBytes = 64,
  kMaxValueBytes = 4096,
  kOperationsPerStep = 16,  // of bpf_loop()
  kOperationsPerRun = 512,  // of a program that the kernel repeats
};

// Where a thread is in its keys: base + 0 ... base + live - 1, in steps that have no common factor with
// `live`, so that live steps visit each of them once.
struct KeyCursor {
  __u32 position;  // of the next key, below live
  __u32 step;      // below live, or 0 where live is 1
  __u32 live;
  __u32 base;
};

// Without a division and without a branch: either would cost more than many a lookup, and how well a branch
// is foretold depends on what else the loop does. All numbers are below 2^31.
static inline __u32 next_key_index(struct KeyCursor* cursor) {
  __u32 here = cursor->position;
  __u32 beyond = here + cursor->step - cursor->live;  // below 0, as a signed number: not beyond the end
  __u32 back = (__u32)((__s32)beyond >> 31) & cursor->live;

  cursor->position = beyond + back;
  return cursor->base + here;
}

// A bijection that spreads indices over all 32 bits (the finaliser of MurmurHash3, public domain): addresses
// for tries, which would be a list if they were counted up.
static inline __u32 scatter_key(__u32 index) {
  index ^= index >> 16;
  index *= 0x85ebca6bu;
  index ^= index >> 13;
  index *= 0xc2b2ae35u;
  index ^= index >> 16;
  return index;
}

// What the first 8 bytes of an element hold before anything is done to it.
static inline __u64 first_value(__u32 index) {
  return ((__u64)index + 1) * 0x100000001b3ull;
}

struct LoopControl {
  // Set before a run.
  __u64 count;  // operations
  __u64 value;  // operation i writes value + i
  struct KeyCursor cursor;
  // What happened.
  __u64 begin_ns, end_ns;  // of bpf_ktime_get_ns()
  __u64 looped;            // steps as bpf_loop() counted them
  __u64 per_step;          // operations of a step at most
  // Go on from what they are set to.
  __u64 executed;                // operations that were begun, counted beside each of them
  __u64 succeeded;               // of them
  __u64 sum;                     // of the first 8 bytes of all values read
  char element[kMaxValueBytes];  // what is written; its first 8 bytes are the value
};
