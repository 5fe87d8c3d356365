// The family "load": what it costs to bring a program into the kernel, from the object file to its first run.
#pragma once

#include "bench/family.h"

namespace bpftax::bench {

Family load_family();

}  // namespace bpftax::bench
