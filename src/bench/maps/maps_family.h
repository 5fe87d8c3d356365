// `bpftax bench maps`: what operations on maps cost, in programs and from user space (docs/bench_maps.md).
#pragma once

#include "bench/family.h"

namespace bpftax::bench {

Family maps_family();

}  // namespace bpftax::bench
