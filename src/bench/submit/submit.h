/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What the BPF programs and the loaders of the submission benchmarks both know.
 *
 * A record is record_size bytes of 64-bit words. The first word names it: producer (8 bits), sample (16 bits)
 * and sequence (40 bits), counted up by one for each record made, submitted or not. Word i is the first one
 * XOR i times kSubmitStride, so that a record that was torn, mixed up or left over is recognised. */
#pragma once

#include <linux/types.h>

enum {
  kSubmitMaxProducers = 16,
  kSubmitMaxRecord = 4096, /* bytes */
  kSubmitMaxWords = kSubmitMaxRecord / 8,
  kSubmitSequenceBits = 40,
  kSubmitSampleBits = 16,
};

#define kSubmitStride 0x9e3779b97f4a7c15ull

/* One for each producer, in a cache line of its own. */
struct SubmitSlot {
  __u64 next;  /* first word of the next record */
  __u64 made;  /* records made, since the loader set it to 0 */
  __u64 lost;  /* of these, what the buffer had no room for */
  __s64 error; /* last answer of a helper that was neither success nor "no room" */
  __u64 ns;    /* of the last run */
  __u64 bad;   /* records read whose content was wrong */
  __u64 order; /* records read that did not come after the one before */
  __u64 taken; /* records read */
  __u64 padding[8];
};
