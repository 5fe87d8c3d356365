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

// Adds up numbers; a unit of work takes about unit_ns. For timers: one event is one unit.
class SpinTrigger : public Trigger {
 public:
  explicit SpinTrigger(uint64_t unit_ns);
  Result<Fired> fire(uint64_t n) override;

 private:
  uint64_t steps_ = 0;  // of a unit
};

}  // namespace bpftax::bench
