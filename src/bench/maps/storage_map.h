// Storage that belongs to a task, a cgroup, a socket or an inode: one element, that of one owner.
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

#include "storage_map.skel.h"

namespace bpftax::bench {

class StorageMap : public LoopSubject {
 public:
  static Result<std::unique_ptr<StorageMap>> make(const MapShape& shape, uint64_t seed);
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
  int owner_fd() const { return owner_.get(); }

 private:
  bool is(uint32_t type) const { return shape_.kind.type == type; }
  bool of_socket() const { return is(BPF_MAP_TYPE_SK_STORAGE); }
  Result<Fd> open_owner() const;
  std::string program_name(Action action) const;
  std::optional<uint64_t> value_left() const;  // in the element, through the owner's descriptor
  LoopTotal user_loop(Action action, uint64_t first, uint64_t count) const;

  MapShape shape_;
  SkeletonPtr<storage_map_bpf> skeleton_;
  ProgramLoop programs_;
  int fd_ = -1;
  Fd owner_;
  std::vector<ThreadKeys> keys_;  // one, of no meaning: the owner is the key
  uint64_t value_ = 0;
};

Result<std::unique_ptr<Instance>> set_up_storage(const Task& task, const Sampling& sampling);

}  // namespace bpftax::bench
