// What kinds of maps there are, and what a task says of the one to be measured.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bench/benchmark.h"
#include "util/result.h"

namespace bpftax::bench {

struct MapKind {
  const char* name;      // the kernel's, in lower case
  uint32_t type;         // BPF_MAP_TYPE_*; own constants where the system's header is too old
  bool array = false;    // elements exist from the start; keys are indices
  bool per_cpu = false;  // a copy for each possible CPU
  bool lru = false;
  bool trie = false;
};
const MapKind& map_kind(std::string_view name);  // of a known name

// Which keys several threads use.
enum class Contention {
  kOwn,     // each thread its own
  kBucket,  // each thread one of its own, and all of these under one lock (hashes) or in one cache line
            // (array)
  kSame,    // all threads the same one
};
std::string_view to_string(Contention contention);

struct MapShape {
  MapKind kind{};
  uint32_t entries = 1024;
  uint32_t key_bytes = 4;  // of a trie: of the address, without the length before it
  uint32_t value_bytes = 8;
  uint32_t fill_percent = 50;
  size_t threads = 1;
  Contention contention = Contention::kOwn;
  // Task::options.
  std::string side;             // "program", "user", "repeat"
  bool quick = false;           // only what document 004 measured
  std::vector<uint64_t> fixed;  // --ops

  // Elements that are there, and visited, over all threads. At least one for each thread.
  uint32_t live() const;
  uint32_t map_key_bytes() const { return kind.trie ? key_bytes + 4 : key_bytes; }
};

// From a task of the family's own making: missing or impossible fields are kInternal.
Result<MapShape> shape_of(const Task& task);

}  // namespace bpftax::bench
