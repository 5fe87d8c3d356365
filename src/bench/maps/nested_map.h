// Maps of maps: hash_of_maps, array_of_maps. A lookup in a program goes on to the inner map's only element;
// user space sees the inner map's number, and its updates wait until no program can use the old map any more.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bench/maps/loop_instance.h"
#include "bench/maps/map_access.h"
#include "bench/maps/program_loop.h"
#include "bench/maps/thread_keys.h"
#include "probes/attach.h"
#include "util/fd.h"

#include "nested_map.skel.h"

namespace bpftax::bench {

class NestedMap : public LoopSubject {
 public:
  static Result<std::unique_ptr<NestedMap>> make(const MapShape& shape, uint64_t seed);
  std::vector<LoopWork> works() const override;
  Result<void> prepare(const LoopWork& work, uint64_t iterations) override;
  Result<LoopTotal> loop(size_t thread, Action action, uint64_t first, uint64_t count) override;
  std::optional<uint64_t> expected_sum(const LoopWork& work, size_t thread,
                                       uint64_t iterations) const override;
  Result<void> check(const LoopWork& work, uint64_t iterations) override;
  // Outer and inner maps together.
  std::optional<double> memory_bytes() const override;

  // For tests of the checks.
  ProgramLoop& programs() { return programs_; }
  int map_fd() const { return fd_; }

 private:
  struct Inner {
    Fd fd;
    uint32_t id = 0;
  };
  Result<void> make_inner_maps();
  const Inner& inner_of(uint32_t index) const { return inner_[index % inner_.size()]; }
  const ThreadKeys& keys(size_t thread, Action action) const;
  Result<void> put_all();
  std::optional<uint32_t> id_at(uint32_t index) const;
  LoopTotal user_loop(size_t thread, Action action, uint64_t first, uint64_t count) const;

  MapShape shape_;
  SkeletonPtr<nested_map_bpf> skeleton_;
  ProgramLoop programs_;
  int fd_ = -1;
  std::vector<Inner> inner_;
  std::vector<ThreadKeys> present_, absent_;
  bool complete_ = false;  // all elements are there
};

Result<std::unique_ptr<Instance>> set_up_nested(const Task& task, const Sampling& sampling);

}  // namespace bpftax::bench
