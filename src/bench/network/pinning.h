// Binding the calling thread to a CPU.
#pragma once

#include "util/result.h"

namespace bpftax::bench::network {

Result<void> pin_to_cpu(int cpu);

}  // namespace bpftax::bench::network
