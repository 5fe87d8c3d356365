// From the options of `bpftax bench maps` to tasks.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/family.h"

namespace bpftax::bench {

// As given on the command line; what is empty has a default. Lists are crossed: each combination is a task.
struct MapsOptions {
  std::vector<std::string> types;  // names of benchmarks; "all": map_subjects(), beside others
  std::vector<std::string> sides;  // "program", "user", "repeat"
  std::vector<std::string> contentions;
  std::vector<uint64_t> entries, key_sizes, value_sizes, fills, threads, ops;
};

// kUsage: unknown names (with the nearest one), sizes that no map can have, more threads than CPUs, and when
// check_side() refuses all tasks.
Result<std::vector<Task>> plan_maps(const MapsOptions& given, const PlanOptions& plan);

// Whether anything can be measured of the type from this side, by so many threads. What cannot is planned all
// the same, and `unavailable`: Error::why says why (kEnvironment).
Result<void> check_side(const Task& task);

// All subjects in the order of the table, those of --quick, and "truth".
const std::vector<std::string>& map_subjects();

}  // namespace bpftax::bench
