#include "probes/runner.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <ctime>

#include "util/clock.h"

namespace bpftax {
namespace {

constexpr size_t kEventsAtOnce = 4096;
constexpr double kSecondNs = 1e9;

volatile std::sig_atomic_t stop_asked = 0;

void on_signal(int signal) {
  stop_asked = 1;
  std::signal(signal, SIG_DFL);
}

// Our handlers. The signals are only blocked between looking at stop_asked and waiting, so that none is lost
// there.
class Signals {
 public:
  Signals() {
    stop_asked = 0;
    struct sigaction action {};
    action.sa_handler = on_signal;
    sigaction(SIGINT, &action, &old_interrupt_);
    sigaction(SIGTERM, &action, &old_terminate_);
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, &old_pipe_);
  }
  ~Signals() {
    sigaction(SIGINT, &old_interrupt_, nullptr);
    sigaction(SIGTERM, &old_terminate_, nullptr);
    sigaction(SIGPIPE, &old_pipe_, nullptr);
  }
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  // Waits until fd is readable, a signal came or the time is over.
  void wait(int fd, int64_t timeout_ns) const {
    sigset_t blocked, before;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGINT);
    sigaddset(&blocked, SIGTERM);
    sigprocmask(SIG_BLOCK, &blocked, &before);
    if (stop_asked == 0) {
      pollfd entry{fd, POLLIN, 0};
      timespec time{};
      time.tv_sec = timeout_ns / static_cast<int64_t>(kSecondNs);
      time.tv_nsec = timeout_ns % static_cast<int64_t>(kSecondNs);
      ppoll(&entry, fd >= 0 ? 1 : 0, &time, &before);
    }
    sigprocmask(SIG_SETMASK, &before, nullptr);
  }

 private:
  struct sigaction old_interrupt_ {};
  struct sigaction old_terminate_ {};
  struct sigaction old_pipe_ {};
};

Result<void> run_until_stopped(Probe& probe, const ProbeOptions& options, Output& output,
                               const Signals& signals, int64_t begin_ns) {
  const RealClock clock;
  const auto interval_ns = static_cast<int64_t>(std::llround(options.interval_s * kSecondNs));
  const int64_t end_ns = options.duration_s
                             ? begin_ns + static_cast<int64_t>(std::llround(*options.duration_s * kSecondNs))
                             : INT64_MAX;
  int64_t reported_ns = begin_ns;
  int64_t next_ns = begin_ns + interval_ns;
  while (stop_asked == 0 && !output.closed()) {
    signals.wait(probe.poll_fd(), std::max<int64_t>(0, std::min(next_ns, end_ns) - clock.monotonic_ns()));
    BPFTAX_TRY(probe.consume(output, kEventsAtOnce));
    const int64_t now_ns = clock.monotonic_ns();
    if (now_ns >= end_ns || stop_asked != 0) return output.flush(&stop_asked);
    if (now_ns >= next_ns) {
      output.at_now();
      BPFTAX_TRY(probe.report(output, static_cast<double>(now_ns - reported_ns) / kSecondNs));
      reported_ns = now_ns;
      // Intervals that passed while we did not run are one long interval, not many empty ones.
      next_ns += ((now_ns - next_ns) / interval_ns + 1) * interval_ns;
    }
    BPFTAX_TRY(output.flush(&stop_asked));
  }
  return {};
}

}  // namespace

Result<void> run_probe(const std::string& name, Probe& probe, const ProbeOptions& options, Output& output) {
  const Signals signals;
  BPFTAX_ASSIGN(const std::string attached, probe.start(options, output));
  if (probe.ends_at_once()) {
    BPFTAX_TRY(probe.finish(output, 0));
    return output.flush();
  }
  fmt::print(stderr, "bpftax-probe: {}: attached ({})\n", name, attached);
  BPFTAX_TRY(output.flush(&stop_asked));
  const RealClock clock;
  const int64_t begin_ns = clock.monotonic_ns();
  BPFTAX_TRY(run_until_stopped(probe, options, output, signals, begin_ns));
  output.at_now();
  BPFTAX_TRY(probe.finish(output, static_cast<double>(clock.monotonic_ns() - begin_ns) / kSecondNs));
  return output.flush(&stop_asked);
}

}  // namespace bpftax
