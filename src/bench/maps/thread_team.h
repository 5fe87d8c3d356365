// Pinned threads that do the same thing at the same time. The calling thread is the first of them.
#pragma once

#include <sched.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "util/result.h"

namespace bpftax::bench {

class ThreadTeam {
 public:
  // One thread a CPU; cpus is not empty. The caller is pinned to the first until the team ends.
  static Result<std::unique_ptr<ThreadTeam>> start(const std::vector<int>& cpus);
  ~ThreadTeam();
  ThreadTeam(const ThreadTeam&) = delete;
  ThreadTeam& operator=(const ThreadTeam&) = delete;

  size_t size() const { return cpus_.size(); }
  int cpu(size_t thread) const { return cpus_[thread]; }
  // Calls work(thread) in each thread and returns when all have ended it. Every call of work must line up
  // equally often, whatever goes wrong in it.
  void run(const std::function<void(size_t)>& work);
  // A barrier: spins, so that all leave it within a fraction of a microsecond; yields when somebody is late.
  void line_up();

 private:
  explicit ThreadTeam(std::vector<int> cpus) : cpus_(std::move(cpus)) {}
  void follow(size_t thread);

  std::vector<int> cpus_;
  cpu_set_t before_{};
  bool pinned_ = false;
  std::vector<std::thread> followers_;
  std::mutex mutex_;
  std::condition_variable changed_;
  const std::function<void(size_t)>* work_ = nullptr;
  uint64_t round_ = 0;
  size_t busy_ = 0;
  bool ending_ = false;
  std::vector<int> pin_errors_;  // errno of each follower
  std::atomic<size_t> arrived_{0};
  std::atomic<uint64_t> passed_{0};
};

}  // namespace bpftax::bench
