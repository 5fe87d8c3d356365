// `bpftax bench hooks`: what it costs to be called, at every hook (docs/bench_hooks.md).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/family.h"
#include "util/result.h"

namespace bpftax::bench {

Family hooks_family();

// As given on the command line; an empty list is the default.
struct HookOptions {
  std::vector<std::string> hooks;     // all
  std::vector<int64_t> programs;      // 1, 2, 4 at home, else 1; with quick: 1
  std::vector<std::string> places;    // both; with quick: home (hot for tracing, in-place for network hooks)
  std::vector<std::string> bodies;    // all
  std::vector<int64_t> packet_sizes;  // 64; of network hooks
};
// kUsage for names and numbers that do not exist.
Result<std::vector<Task>> plan_hooks(HookOptions options, const PlanOptions& plan);

}  // namespace bpftax::bench
