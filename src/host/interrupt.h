// The user's wish to stop: SIGINT, SIGTERM and SIGHUP of this process, turned into something that poll()
// sees.
//
// After the first such signal interrupted() is true for good, and every Host call that could start or wait
// for something returns an Error of kind kInterrupted. Cleaning up goes on: calls that only end or undo
// things (stop, stop_sampling, disown, remove_tree) are never interrupted, and everything inside an
// InterruptShield is not either. Further signals are counted and otherwise ignored, so an impatient second ^C
// cannot cut a clean-up short.
#pragma once

#include "util/result.h"

namespace bpftax {

// Installs the handlers; once per process, before other threads start. Signals that were ignored when the
// process started (nohup, shell background jobs) stay ignored. Idempotent.
Result<void> install_interrupt_handlers();

bool interrupted();
// How many signals came, and the number of the first (0: none).
int interrupt_count();
int interrupt_signal();

// Readable from the first signal on; -1 when there are neither handlers nor a request. Not to be read or
// closed.
int interrupt_fd();

// The same effect as a signal: for tests and for callers that have their own reason to stop.
void request_interrupt(int signal_number);
// Forgets all interrupts: for tests.
void reset_interrupts();

// Error of kind kInterrupted: "WHAT: interrupted by SIGINT".
tl::unexpected<Error> fail_interrupted(std::string what);

// While one lives, Host calls of this thread are not interrupted. Held by code that cleans up. May be nested.
class InterruptShield {
 public:
  InterruptShield();
  ~InterruptShield();
  InterruptShield(const InterruptShield&) = delete;
  InterruptShield& operator=(const InterruptShield&) = delete;
  static bool active();
};

// interrupted() and not shielded: whether a call must give up now.
bool interrupt_pending();

}  // namespace bpftax
