// Maps with keys: hash, array, their per-CPU and LRU variants, LPM trie.
#pragma once

#include <memory>

#include "bench/benchmark.h"
#include "bench/maps/keyed_elements.h"
#include "bench/maps/loop_instance.h"
#include "bench/maps/program_loop.h"
#include "probes/attach.h"
#include "util/fd.h"

#include "keyed_map.skel.h"

namespace bpftax::bench {

// The kernel's flags for this kind.
uint32_t keyed_map_flags(const MapShape& shape);
// Which copies of per-CPU values programs on these CPUs change.
Result<std::vector<size_t>> copies_of(const std::vector<int>& cpus);

// Loops inside BPF (side "program"), or programs that the kernel repeats (side "repeat").
class KeyedProgram : public LoopSubject {
 public:
  static Result<std::unique_ptr<KeyedProgram>> make(const MapShape& shape, const std::vector<int>& cpus,
                                                    uint64_t seed);
  std::vector<LoopWork> works() const override;
  Result<void> prepare(const LoopWork& work, uint64_t) override { return elements_->prepare(work.action); }
  Result<LoopTotal> loop(size_t thread, Action action, uint64_t first, uint64_t count) override;
  std::optional<uint64_t> expected_sum(const LoopWork& work, size_t thread,
                                       uint64_t iterations) const override;
  Result<void> check(const LoopWork& work, uint64_t iterations) override {
    return elements_->check(work.action, iterations * (work.action == Action::kIterate ? 1 : work.unit));
  }
  std::optional<double> memory_bytes() const override { return elements_->memory_bytes(); }

  // For tests of the checks.
  KeyedElements& elements() { return *elements_; }
  ProgramLoop& programs() { return programs_; }

 private:
  bpf_program* program_of(Action action) const;

  SkeletonPtr<keyed_map_bpf> skeleton_;
  ProgramLoop programs_;
  std::unique_ptr<KeyedElements> elements_;
};

// Loops of system calls.
class KeyedUser : public LoopSubject {
 public:
  static Result<std::unique_ptr<KeyedUser>> make(const MapShape& shape, uint64_t seed);
  std::vector<LoopWork> works() const override;
  Result<void> prepare(const LoopWork& work, uint64_t) override { return elements_->prepare(work.action); }
  Result<LoopTotal> loop(size_t thread, Action action, uint64_t first, uint64_t count) override;
  std::optional<uint64_t> expected_sum(const LoopWork& work, size_t thread,
                                       uint64_t iterations) const override;
  Result<void> check(const LoopWork& work, uint64_t iterations) override;
  std::optional<double> memory_bytes() const override { return elements_->memory_bytes(); }

  KeyedElements& elements() { return *elements_; }

 private:
  // Elements of one batch: all of a thread's, or the greatest divisor of them that a call may take.
  uint32_t batch() const;
  LoopWork batch_work(const char* name, Action action, bpf_cmd command) const;
  LoopWork lookup_and_delete_work() const;
  LoopWork delete_work() const;

  Fd map_;
  std::unique_ptr<KeyedElements> elements_;
};

Result<std::unique_ptr<Instance>> set_up_keyed(const Task& task, const Sampling& sampling);

}  // namespace bpftax::bench
