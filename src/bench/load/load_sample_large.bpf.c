/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
#define EXTRA_ROUNDS 200
#include "bench/load/load_sample.bpf.h"
