// Maps without keys: queue, stack, bloom filter.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bench/maps/loop_instance.h"
#include "bench/maps/map_access.h"
#include "bench/maps/program_loop.h"
#include "bench/maps/thread_keys.h"
#include "probes/attach.h"

#include "queue_map.skel.h"

namespace bpftax::bench {

// Both sides: the object with its map is loaded in any case, and the loops run inside BPF or are system
// calls.
class QueueMap : public LoopSubject {
 public:
  static Result<std::unique_ptr<QueueMap>> make(const MapShape& shape, uint64_t seed);
  std::vector<LoopWork> works() const override;
  Result<void> prepare(const LoopWork& work, uint64_t iterations) override;
  Result<LoopTotal> loop(size_t thread, Action action, uint64_t first, uint64_t count) override;
  std::optional<uint64_t> expected_sum(const LoopWork& work, size_t thread,
                                       uint64_t iterations) const override;
  Result<void> check(const LoopWork& work, uint64_t iterations) override;
  std::optional<double> memory_bytes() const override { return map_memory_bytes(fd_); }

  // For tests of the checks.
  ProgramLoop& programs() { return programs_; }
  int map_fd() const { return fd_; }

 private:
  bool is_filter() const { return shape_.kind.type == BPF_MAP_TYPE_BLOOM_FILTER; }
  bool is_stack() const { return shape_.kind.type == BPF_MAP_TYPE_STACK; }
  uint32_t each() const { return present_[0].live(); }  // elements of each thread
  int call(bpf_cmd command, std::vector<uint64_t>& element) const;
  const ThreadKeys& keys(size_t thread, Action action) const;
  LoopTotal user_loop(size_t thread, Action action, uint64_t first, uint64_t count) const;
  Result<std::vector<uint64_t>> drain();
  uint64_t sum_of_popped(uint64_t n) const;
  Result<void> check_pushed(uint64_t n);
  Result<void> check_filter();

  MapShape shape_;
  SkeletonPtr<queue_map_bpf> skeleton_;
  ProgramLoop programs_;
  int fd_ = -1;
  std::vector<ThreadKeys> present_, absent_;
  std::vector<std::vector<bool>> mistaken_;  // absent elements that the filter takes for present, by visit
  uint64_t value_ = 0;
};

Result<std::unique_ptr<Instance>> set_up_queue(const Task& task, const Sampling& sampling);

}  // namespace bpftax::bench
