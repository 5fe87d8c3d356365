// What parse_check.bpf.c found, for the test of the parser in the kernel.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "probes/flow.h"

struct ParseCheck {
  struct ProbeFlow flow;
  __u32 protocol;  // ProbeProtocol
  __u32 matches;
};
