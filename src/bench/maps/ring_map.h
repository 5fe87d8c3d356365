// A ring buffer as a store: programs put records in, user space takes them out, not at the same time.
#pragma once

#include <memory>
#include <vector>

#include "bench/maps/loop_instance.h"
#include "bench/maps/map_access.h"
#include "bench/maps/program_loop.h"
#include "bench/maps/thread_keys.h"
#include "probes/attach.h"

#include "ring_map.skel.h"

namespace bpftax::bench {

// The two mappings of a ring buffer: the reader's position, and the writer's with the records twice in a row.
class RingReader {
 public:
  static Result<std::unique_ptr<RingReader>> open(int fd, uint32_t ring_bytes);
  ~RingReader();
  RingReader(const RingReader&) = delete;
  RingReader& operator=(const RingReader&) = delete;

  // Takes out up to `most` records; take(first 8 bytes of each) is called in order. Returns how many there
  // were.
  template <class Take>
  uint64_t take(uint64_t most, Take take) {
    uint64_t position = __atomic_load_n(reader_, __ATOMIC_ACQUIRE), taken = 0;
    while (taken < most && position < __atomic_load_n(writer_, __ATOMIC_ACQUIRE)) {
      const char* record = records_ + (position & (ring_bytes_ - 1));
      const uint32_t length = __atomic_load_n(reinterpret_cast<const uint32_t*>(record), __ATOMIC_ACQUIRE);
      if ((length & kBusy) != 0) break;
      if ((length & kDiscarded) == 0) {
        take(*reinterpret_cast<const uint64_t*>(record + kHeaderBytes));
        ++taken;
      }
      position += kHeaderBytes + ((length & ~(kBusy | kDiscarded)) + 7) / 8 * 8;
      __atomic_store_n(reader_, position, __ATOMIC_RELEASE);
    }
    return taken;
  }

  static constexpr uint32_t kHeaderBytes = 8;  // BPF_RINGBUF_HDR_SZ

 private:
  static constexpr uint32_t kBusy = 1u << 31, kDiscarded = 1u << 30;  // BPF_RINGBUF_*_BIT
  RingReader() = default;

  uint64_t* reader_ = nullptr;
  const uint64_t* writer_ = nullptr;
  const char* records_ = nullptr;
  uint32_t ring_bytes_ = 0;
  size_t page_ = 0;
};

class RingMap : public LoopSubject {
 public:
  static Result<std::unique_ptr<RingMap>> make(const MapShape& shape, uint64_t seed);
  std::vector<LoopWork> works() const override;
  Result<void> prepare(const LoopWork& work, uint64_t iterations) override;
  Result<LoopTotal> loop(size_t thread, Action action, uint64_t first, uint64_t count) override;
  std::optional<uint64_t> expected_sum(const LoopWork& work, size_t thread,
                                       uint64_t iterations) const override;
  Result<void> check(const LoopWork& work, uint64_t iterations) override;
  std::optional<double> memory_bytes() const override { return map_memory_bytes(fd_); }

  // For tests of the checks.
  ProgramLoop& programs() { return programs_; }
  RingReader& reader() { return *reader_; }

 private:
  uint32_t each() const { return keys_[0].live(); }  // records of each thread
  Result<LoopTotal> run_program(bpf_program* program, size_t thread, uint64_t first, uint64_t count);
  LoopTotal user_loop(Action action, uint64_t count);

  MapShape shape_;
  SkeletonPtr<ring_map_bpf> skeleton_;
  ProgramLoop programs_;
  std::unique_ptr<RingReader> reader_;
  int fd_ = -1;
  std::vector<ThreadKeys> keys_;
  uint64_t value_ = 0;
};

Result<std::unique_ptr<Instance>> set_up_ring(const Task& task, const Sampling& sampling);

}  // namespace bpftax::bench
