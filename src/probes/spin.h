// What spin.bpf.c is told and what it accounts for.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <linux/types.h>

enum {
  kSpinEvents,     // entry of the hooks
  kSpinCalibrate,  // entry of the calibration programs
  kSpinEntries
};

// Per CPU.
struct SpinState {
  __u64 events;
  __u64 burnt_ns;    // between the first and the last reading of the clock
  __u64 iterations;  // of the loop
  __u64 clipped;     // events that were far off (an interrupt in the loop): their error is not carried over
  __s64 carry_ns;    // burnt too much so far; taken off the next event
};

enum {
  kSpinMaxLoop = 8 << 20,  // the kernel's own limit for bpf_loop()
  kSpinMaxBounded = 4096,  // the verifier follows each iteration of a bounded loop
  kSpinMaxCarryNs = 256
};
