// The engine of the map benchmarks: threads that run loops over a subject's elements, behind a barrier, with
// everything that must be counted. A subject (a map of some kind, used from one side) says what its loops
// are.
//
// An operation that uses up what it works on (an insert needs absent keys) is done in chunks; between two of
// them its inverse brings the elements back, and is not timed. So a sample can be as long as one likes.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bench/benchmark.h"
#include "bench/maps/thread_team.h"
#include "util/clock.h"

namespace bpftax::bench {

enum class Action {
  kEmptyLoop,
  kKeyGeneration,
  kSyscall,
  kLookup,
  kLookupMiss,
  kUpdate,
  kInsert,
  kInsertEvict,
  kDelete,
  kIterate,
  kLookupAndDelete,
  kLookupBatch,
  kUpdateBatch,
  kDeleteBatch,
  kPush,
  kPushCopy,
  kPop,
  kPeek,
  kPeekMiss,
  kInsertDelete,
  kRefill,  // no operation of its own: the inverse of those that take elements away
  kDrain,   // the inverse of those that put them in
  kMultiplyLess,
  kMultiplyMore,
};

inline constexpr uint64_t kMostLooped = 4'000'000;  // iterations of one loop

struct LoopWork {
  Operation operation;
  Action action = Action::kEmptyLoop;
  uint64_t unit = 1;                   // operations of one iteration
  uint64_t chunk = kMostLooped;        // iterations that can be done in one go
  std::optional<Action> inverse = {};  // between chunks; of as many operations, one an iteration
};

// What one thread did.
struct LoopTotal {
  uint64_t ns = 0;
  uint64_t looped = 0;     // iterations, counted by the loop itself
  uint64_t executed = 0;   // operations begun, counted beside each
  uint64_t succeeded = 0;  // of them
  uint64_t sum = 0;        // of what was read
};

// The counts of a loop with nothing in it: what it did is that it ran.
inline LoopTotal empty_loop_total(LoopTotal total) {
  total.executed = total.succeeded = total.looped;
  return total;
}

// CLOCK_MONOTONIC, the clock that bpf_ktime_get_ns() reads too.
inline uint64_t loop_clock_ns() {
  return static_cast<uint64_t>(RealClock().monotonic_ns());
}

class LoopSubject {
 public:
  virtual ~LoopSubject() = default;
  virtual std::vector<LoopWork> works() const = 0;
  // Brings the elements into the state that so many iterations of the work begin with.
  virtual Result<void> prepare(const LoopWork& work, uint64_t iterations) = 0;
  // `count` iterations by this thread (in its own context), the first of them being number `first` of the
  // run.
  virtual Result<LoopTotal> loop(size_t thread, Action action, uint64_t first, uint64_t count) = 0;
  // What `iterations` of the work must have read; nullopt: it reads nothing that is known.
  virtual std::optional<uint64_t> expected_sum(const LoopWork& work, size_t thread,
                                               uint64_t iterations) const = 0;
  // Are the contents what so many iterations by each thread must have left? Error::why says what is wrong.
  virtual Result<void> check(const LoopWork& work, uint64_t iterations) = 0;
  // Of the kernel, for all elements; nullopt: unknown.
  virtual std::optional<double> memory_bytes() const { return std::nullopt; }
  // More that one sample tells, asked right after it.
  virtual std::vector<SampleMetric> metrics(const LoopWork& /*work*/) { return {}; }
};

class LoopInstance : public Instance {
 public:
  // fixed: numbers of operations to be measured instead of calibrated ones (--ops).
  LoopInstance(std::unique_ptr<LoopSubject> subject, std::unique_ptr<ThreadTeam> team,
               const std::vector<uint64_t>& fixed);

  const std::vector<Operation>& operations() const override { return operations_; }
  Result<void> prepare(size_t operation, uint64_t n) override;
  Result<Stretch> run(size_t operation, uint64_t n) override;
  Result<void> check(size_t operation, uint64_t n) override;

  LoopSubject& subject() { return *subject_; }

 private:
  void run_thread(const LoopWork& work, uint64_t iterations, size_t thread);

  std::unique_ptr<LoopSubject> subject_;
  std::unique_ptr<ThreadTeam> team_;
  std::vector<LoopWork> works_;
  std::vector<Operation> operations_;
  std::vector<LoopTotal> totals_;  // of the last run, by thread
  std::vector<Result<void>> errors_;
};

// Wrong work: the error that makes a row invalid.
tl::unexpected<Error> wrong_work(std::string why);

// Works made in one line. A floor belongs to the same side.
LoopWork measured_work(std::string name, std::string side, Action action, std::string floor);
LoopWork floor_work(std::string name, std::string side, Action action);
LoopWork absent_work(std::string name, std::string side, std::string reason);

}  // namespace bpftax::bench
