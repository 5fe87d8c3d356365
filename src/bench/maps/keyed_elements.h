// The elements of a map with keys: what is in it before a loop, and what a loop must have left. The same for
// loops in BPF and in user space; seen through bpf(2), not timed.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "bench/maps/loop_instance.h"
#include "bench/maps/map_access.h"
#include "bench/maps/thread_keys.h"

namespace bpftax::bench {

class KeyedElements {
 public:
  // copies: of per-CPU values, the one that each thread's updates change (a program changes that of its CPU);
  // empty: all copies (user space).
  static Result<KeyedElements> make(MapAccess access, const MapShape& shape, std::vector<size_t> copies,
                                    uint64_t seed);

  MapAccess& access() { return access_; }
  const MapShape& shape() const { return shape_; }
  // What the thread visits: present keys, or absent ones for a miss, or new ones for an insert that evicts.
  const ThreadKeys& keys(size_t thread, Action action) const;
  // Keys that the loops visit, over all threads.
  uint32_t live() const;
  // Elements that an iteration over the map meets.
  uint32_t elements() const { return shape_.kind.array ? shape_.entries : live(); }
  // Of the kernel, with all elements present.
  std::optional<double> memory_bytes() const { return memory_bytes_; }
  // Iteration i of this run writes value() + i.
  uint64_t value() const { return value_; }

  Result<void> prepare(Action action);
  // n: operations by each thread.
  Result<void> check(Action action, uint64_t n);
  // Of first values, over n operations of a thread. each_copy: all copies of a value are read and added up.
  uint64_t sum_of_values(size_t thread, uint64_t n, bool each_copy) const;
  // Of all elements in the map, once.
  uint64_t sum_of_all(bool each_copy) const;

 private:
  KeyedElements(MapAccess access, const MapShape& shape, std::vector<size_t> copies)
      : access_(std::move(access)), shape_(shape), copies_(std::move(copies)) {}
  Result<std::vector<uint32_t>> keys_of_one_bucket();
  Result<void> fill(bool everything);
  Result<void> check_count(uint64_t wanted);
  Result<void> check_element(size_t thread, Action action, uint32_t j, uint64_t n);
  Result<void> check_evicted(uint64_t n);

  MapAccess access_;
  MapShape shape_;
  std::vector<size_t> copies_;
  std::vector<ThreadKeys> present_, absent_, fresh_;  // by thread
  uint64_t value_ = 0;
  bool first_values_ = false;  // all present elements hold them
  std::optional<double> memory_bytes_;
};

}  // namespace bpftax::bench
