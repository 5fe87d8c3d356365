// `bpftax bench submit`: what it costs to hand a record from a BPF program to user space, or back
// (docs/bench_submit.md).
#pragma once

#include "bench/family.h"

namespace bpftax::bench {

Family submit_family();

}  // namespace bpftax::bench
