// What both sides know of the injected truth (truth.bpf.c).
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

enum {
  kTruthFactor = 0x5851f42d,  // odd, so that no product becomes 0
  kTruthBase = 100,           // multiplications of an iteration of the floor
  kTruthExtra = 300,          // that the other one does beyond them
};
