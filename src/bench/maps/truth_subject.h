// A benchmark of the benchmark: a known number of instructions more, to be found again.
#pragma once

#include <memory>

#include "bench/benchmark.h"
#include "util/result.h"

namespace bpftax::bench {

Result<std::unique_ptr<Instance>> set_up_truth(const Task& task, const Sampling& sampling);

}  // namespace bpftax::bench
