// For tests: the benchmark of docs/adding_a_benchmark.md.
#pragma once

#include "bench/benchmark.h"

namespace bpftax::bench {

const Benchmark& pipe_benchmark();

}  // namespace bpftax::bench
