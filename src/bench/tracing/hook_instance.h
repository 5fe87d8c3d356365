// A tracing hook as a benchmark: the trigger alone is the floor, then the trigger with programs of each body,
// and what it takes to attach and to detach one.
//
// How it is known that the programs ran: `count`, `hash_update` and `event` leave counts, entries and events
// that must be those of the trigger's own count. `empty` leaves nothing: after each run the hook is fired up
// to 1000 times more, with the kernel's run-time statistics on, and they must have seen each of these runs.
// The kernel's count of runs that it skipped (recursion) must stand still for all of them.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bench/benchmark.h"
#include "bench/tracing/hook_kinds.h"

namespace bpftax::bench {

struct HookTask {
  HookWish wish;
  int programs = 1;
  int cpu = 0;
};
// kUsage for parameters that no plan of ours makes.
Result<HookTask> hook_task(const Task& task);

class HookInstance : public Instance {
 public:
  // Pins this thread. With attaching: attach and detach are operations too. A body that the kernel refuses is
  // an operation that is absent.
  static Result<std::unique_ptr<HookInstance>> make(const HookTask& task, const std::vector<BodyKind>& kinds,
                                                    bool attaching);
  // The same on a hook that is made already, in a thread that is pinned already.
  static Result<std::unique_ptr<HookInstance>> make(const HookTask& task, std::unique_ptr<Hook> hook,
                                                    const std::vector<BodyKind>& kinds, bool attaching);

  const std::vector<Operation>& operations() const override { return operations_; }
  Result<void> prepare(size_t operation, uint64_t n) override;
  Result<Stretch> run(size_t operation, uint64_t n) override;
  Result<void> check(size_t operation, uint64_t n) override;
  uint64_t most(size_t operation) const override;

  // The loaded programs of that body, `programs` of them; for tests.
  const std::vector<std::unique_ptr<Body>>& bodies(BodyKind kind) const;
  bool is_timer() const { return hook_->slack().missing > 0; }
  // Did any program run in the last run?
  bool ran_last() const;

 private:
  enum class Work { kFloor, kBody, kAttach, kDetach };
  struct Step {
    Work work;
    BodyKind kind = BodyKind::kEmpty;
  };
  // What the programs had done before the run and after it.
  struct Seen {
    std::vector<uint64_t> counted, missed;  // by program
  };

  HookInstance(std::unique_ptr<Hook> hook, int cpu) : hook_(std::move(hook)), cpu_(cpu) {}
  // The reason where the kernel refuses the body, and "" where it does not; errors are of other kinds.
  Result<std::string> load(BodyKind kind, int programs);
  void detach_all();
  void add(Step step, Operation operation);
  Result<Seen> look(BodyKind kind) const;
  Result<uint64_t> counted(const Body& body) const;
  Result<void> check_body(BodyKind kind);
  Result<void> check_results(Body& body, uint64_t now, uint64_t ran) const;
  Result<void> check_empty();
  Result<Stretch> attach_and_detach(Work work, uint64_t n);
  Result<void> check_fires(const Body& body, bool attached);

  std::unique_ptr<Hook> hook_;
  int cpu_;
  std::vector<std::vector<std::unique_ptr<Body>>> bodies_{kBodyKinds.size()};  // by kind
  std::vector<Step> steps_;
  std::vector<Operation> operations_;
  std::optional<size_t> attached_;  // the operation whose programs are attached
  std::vector<HookLink> links_;     // destroyed before the bodies
  Seen before_, after_;
  Fired fired_;
};

// Does the hook work here? Attaches a counting program and fires it: where that body is refused, nothing can
// tell, and the hook is not there.
Result<void> try_hook(const HookTask& task);

}  // namespace bpftax::bench
