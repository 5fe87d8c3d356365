// How much memory a load may take.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sample/paths.h"
#include "sample/types.h"
#include "util/result.h"

namespace bpftax::bench {

// Left for everything else, on the machine and in our control group: a load never causes an OOM kill.
inline constexpr int64_t kHeadroomBytes = int64_t{512} << 20;
// Between asked and measured use, in points.
inline constexpr double kMemoryTolerance = 5;

// (MemTotal - MemAvailable) / MemTotal, in percent: page cache that can be given back is not in use.
double memory_percent(const MemoryState& state);

// What the memory limits of our control groups leave, the tightest of the group and its parents (v1 and v2).
// Page cache that the kernel would drop (inactive_file) counts as free.
struct CgroupRoom {
  std::string path;  // of the limit
  int64_t left_bytes = 0;
};
std::optional<CgroupRoom> cgroup_room(const SampleRoots& roots = {});

// Bytes to allocate so that target_percent of the memory is in use; 0: it is already (within the tolerance).
// kEnvironment: more is in use already, or less than kHeadroomBytes would be left.
Result<int64_t> bytes_to_take(double target_percent, const MemoryState& now,
                              const std::optional<CgroupRoom>& room);

}  // namespace bpftax::bench
