#include "host/interrupt.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>

namespace bpftax {

namespace {

// Written by the signal handler: lock-free atomics and a file descriptor only.
std::atomic<int> count{0};
std::atomic<int> first_signal{0};
std::atomic<int> event_fd{-1};
static_assert(std::atomic<int>::is_always_lock_free);

thread_local int shields = 0;

void note_signal(int signal_number) {
  const int saved_errno = errno;
  int none = 0;
  first_signal.compare_exchange_strong(none, signal_number);
  count.fetch_add(1);
  const int fd = event_fd.load();
  if (fd >= 0) {
    const uint64_t one = 1;
    // Nothing can be done about a failure, and the count has been raised already.
    [[maybe_unused]] const ssize_t written = ::write(fd, &one, sizeof one);
  }
  errno = saved_errno;
}

Result<void> make_event_fd() {
  if (event_fd.load() >= 0) return {};
  const int fd = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (fd < 0) return fail_errno(errno, "cannot create an event descriptor for interrupts");
  int none = -1;
  if (!event_fd.compare_exchange_strong(none, fd)) ::close(fd);
  return {};
}

}  // namespace

Result<void> install_interrupt_handlers() {
  BPFTAX_TRY(make_event_fd());
  for (const int signal_number : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction current {};
    if (::sigaction(signal_number, nullptr, &current) != 0) {
      return fail_errno(errno, "cannot read the disposition of a signal", ::strsignal(signal_number));
    }
    if (current.sa_handler == SIG_IGN) continue;
    struct sigaction action {};
    action.sa_handler = note_signal;
    action.sa_flags = SA_RESTART;
    ::sigemptyset(&action.sa_mask);
    if (::sigaction(signal_number, &action, nullptr) != 0) {
      return fail_errno(errno, "cannot handle a signal", ::strsignal(signal_number));
    }
  }
  return {};
}

bool interrupted() {
  return count.load() > 0;
}
int interrupt_count() {
  return count.load();
}
int interrupt_signal() {
  return first_signal.load();
}
int interrupt_fd() {
  return event_fd.load();
}

void request_interrupt(int signal_number) {
  // Without a descriptor the count alone still stops the next call.
  [[maybe_unused]] const Result<void> made = make_event_fd();
  note_signal(signal_number);
}

void reset_interrupts() {
  count.store(0);
  first_signal.store(0);
  const int fd = event_fd.load();
  if (fd < 0) return;
  uint64_t value = 0;
  [[maybe_unused]] const ssize_t bytes = ::read(fd, &value, sizeof value);
}

tl::unexpected<Error> fail_interrupted(std::string what) {
  const int signal_number = interrupt_signal();
  const char* abbreviation = signal_number > 0 ? ::sigabbrev_np(signal_number) : nullptr;
  return fail(ErrorKind::kInterrupted, std::move(what), {},
              abbreviation != nullptr ? fmt::format("interrupted by SIG{}", abbreviation) : "interrupted");
}

InterruptShield::InterruptShield() {
  ++shields;
}
InterruptShield::~InterruptShield() {
  --shields;
}
bool InterruptShield::active() {
  return shields > 0;
}

bool interrupt_pending() {
  return interrupted() && !InterruptShield::active();
}

}  // namespace bpftax
