#include "bench/submit/threads.h"

#include <fmt/format.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <cerrno>
#include <ctime>

#include "util/clock.h"

namespace bpftax::bench {
namespace {

constexpr uint64_t kWorthSleepingNs = 100'000;  // a sleep takes some 50 us to come back from
constexpr uint64_t kTurnsBeforeYield = 100'000;

uint64_t read_clock_ns(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<uint64_t>(now.tv_sec) * kNsPerS + static_cast<uint64_t>(now.tv_nsec);
}

}  // namespace

uint64_t thread_cpu_now_ns() {
  return read_clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

uint64_t thread_sleeps() {
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  return static_cast<uint64_t>(usage.ru_nvcsw);
}

void stay_busy_ns(uint64_t ns) {
  const uint64_t begin = monotonic_now_ns();
  while (monotonic_now_ns() - begin < ns) {
  }
}

void wait_until_ns(uint64_t deadline_ns) {
  const uint64_t now = monotonic_now_ns();
  if (now >= deadline_ns) return;
  if (deadline_ns - now > kWorthSleepingNs) {
    const timespec until = {static_cast<time_t>(deadline_ns / kNsPerS),
                            static_cast<long>(deadline_ns % kNsPerS)};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr) == EINTR) {
    }
  }
  while (monotonic_now_ns() < deadline_ns) {
  }
}

void make_timers_sharp() {
  prctl(PR_SET_TIMERSLACK, 1ul, 0ul, 0ul, 0ul);
}

void SpinBarrier::arrive_and_wait() {
  const uint64_t generation = generation_.load(std::memory_order_acquire);
  if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 == threads_) {
    arrived_.store(0, std::memory_order_relaxed);
    generation_.store(generation + 1, std::memory_order_release);
    return;
  }
  for (uint64_t turn = 0; generation_.load(std::memory_order_acquire) == generation; ++turn)
    if (turn > kTurnsBeforeYield) sched_yield();
}

}  // namespace bpftax::bench
