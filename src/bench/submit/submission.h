// The benchmarks of this family, one a path, and what they have in common.
#pragma once

#include <memory>

#include "bench/benchmark.h"
#include "bench/submit/channel.h"

namespace bpftax::bench {

const Benchmark& ringbuf_submission();
const Benchmark& perf_event_array_submission();
const Benchmark& user_ringbuf_submission();

// Benchmark::needs: opens the path as the task wants it, and closes it again.
Result<void> check_submission(const Task& task, OpenChannel open);
// Benchmark::setup: the cost of submission, or a stream, as the task's parameters say.
Result<std::unique_ptr<Instance>> set_up_submission(const Task& task, const Sampling& sampling,
                                                    OpenChannel open);

}  // namespace bpftax::bench
