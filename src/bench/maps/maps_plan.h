// From the options of `bpftax bench maps` to tasks.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/family.h"

namespace bpftax::bench {

// As given on the command line; what is empty has a default. Lists are crossed: each combination is a task.
struct MapsOptions {
  std::vector<std::string> types;  // names of benchmarks; "all"
  std::vector<std::string> sides;  // "program", "user", "repeat"
  std::vector<std::string> contentions;
  std::vector<uint64_t> entries, key_sizes, value_sizes, fills, threads, ops;
};

// kUsage: unknown names (with the nearest one), sizes that no map can have, more threads than CPUs.
Result<std::vector<Task>> plan_maps(const MapsOptions& given, const PlanOptions& plan);

// All subjects in the order of the table, those of --quick, and "truth".
const std::vector<std::string>& map_subjects();

}  // namespace bpftax::bench
