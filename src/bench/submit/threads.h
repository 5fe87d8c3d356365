// Threads on their CPUs, a barrier that does not sleep, and busy time.
#pragma once

#include <atomic>
#include <cstdint>

#include "bench/this_thread.h"
#include "util/result.h"

namespace bpftax::bench {

uint64_t thread_cpu_now_ns();    // CPU time of the calling thread
uint64_t thread_sleeps();        // voluntary context switches of the calling thread
void stay_busy_ns(uint64_t ns);  // on the CPU
// Sleeps when there is time for it, else stays busy. The thread's timer slack should be small.
void wait_until_ns(uint64_t deadline_ns);
void make_timers_sharp();  // timer slack of the calling thread: 1 ns

// All threads go on within a microsecond of each other, provided that each has a CPU of its own.
class SpinBarrier {
 public:
  explicit SpinBarrier(int threads) : threads_(threads) {}
  void arrive_and_wait();

 private:
  const int threads_;
  std::atomic<int> arrived_{0};
  std::atomic<uint64_t> generation_{0};
};

}  // namespace bpftax::bench
