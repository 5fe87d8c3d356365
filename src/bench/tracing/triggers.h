// What makes hooks fire. Each trigger counts what it did and reads the clock around it.
#pragma once

#include <cstdint>
#include <memory>

#include "bench/this_thread.h"
#include "bench/tracing/hook.h"
#include "util/result.h"

namespace bpftax::bench {

// The kernel function that a program calls in a loop, started by BPF_PROG_TEST_RUN: no system call in
// between.
enum class DrivenFunction {
  kKfunc,   // bpf_modify_return_test_tp (Linux 6.10): it passes the tracepoint bpf_trigger_tp and may be
            // traced in every way
  kHelper,  // bpf_get_numa_node_id: functions only (bpf_loop: Linux 5.17)
};
Result<std::unique_ptr<Trigger>> drive(DrivenFunction function);
// The best that this kernel has for functions.
DrivenFunction driven_function();
const char* name_of(DrivenFunction function);

// getpgid(of ourselves): a short system call that asks the LSMs.
std::unique_ptr<Trigger> call_getpgid();
// Calls a function of our own, with a piece of work before each call (0: none): so many bytes are added up.
std::unique_ptr<Trigger> call_function(void (*function)(), uint64_t work_bytes);
// Touches pages that are not there; they are given back after each round. One minor fault an event. A process
// that is young has some of its own, and one whose memory is reclaimed has more: up to a tenth and
// kStrayFaults in one call are counted as events too.
inline constexpr uint64_t kStrayFaults = 64;
Result<std::unique_ptr<Trigger>> fault_pages();
// Two threads that wake each other through pipes: each message is a write, a context switch and a read. The
// caller is pinned to one CPU. events_per_message: how often the hook fires for one.
Result<std::unique_ptr<Trigger>> ping_pong(uint64_t events_per_message);

// For timers that interrupt a computation: one event is one period of the clock, whatever is left of it for
// the computation. How long the same work takes alone is learnt at the beginning; Fired::ns is the time that
// passed, and once more that part of it which the work does not account for. So above a floor without a timer
// an event is what one interrupt takes, also where that is no small part of a period: a fixed amount of work
// would take longer, and be interrupted the more often.
class SpinTrigger : public Trigger {
 public:
  explicit SpinTrigger(uint64_t period_ns);
  Result<Fired> fire(uint64_t n) override;

 private:
  struct Spun {
    uint64_t ns = 0, pieces = 0;
  };
  // Pieces of work until at least so much time has passed.
  Spun spin_for(uint64_t ns) const;

  uint64_t period_ns_;
  uint64_t steps_ = 0;  // of a piece
  double piece_ns_ = 0;
};

}  // namespace bpftax::bench
