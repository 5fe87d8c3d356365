// From the family's options to its tasks.
//
// Options that are given are crossed with each other. Options that are not given vary one at a time around
// the base (64-byte records, the path's usual wake-up, one producer, a consumer on another CPU, no delay, no
// pace), for each combination of those given: enough to see what each of them does, few enough to be measured
// well.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/benchmark.h"
#include "bench/submit/settings.h"

namespace bpftax::bench {

// Empty lists were not given.
struct SubmitLists {
  std::vector<uint32_t> record_sizes;
  std::vector<std::string> wakeups;
  std::vector<int> producers;
  std::vector<ConsumerPlace> consumers;
  std::vector<uint64_t> consumer_delays_ns;
  std::vector<uint64_t> rates;
  uint64_t buffer_size = 1 << 20;
  uint64_t burst = 64;
};

// kUsage when a value is impossible. A value that a path or this machine does not have makes a task all the
// same, which then is `unavailable` with its reason; but policies of a ring buffer are left away for the perf
// buffer, and the other way round, where the list holds some that fit.
Result<std::vector<Task>> plan_submission(const SubmitLists& lists, const std::vector<int>& cpus, bool quick);

}  // namespace bpftax::bench
