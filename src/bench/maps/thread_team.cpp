#include "bench/maps/thread_team.h"

#include <cerrno>

namespace bpftax::bench {
namespace {

constexpr int kSpins = 20'000;  // some tens of microseconds

int pin_this_thread(int cpu) {
  if (cpu < 0 || cpu >= CPU_SETSIZE) return EINVAL;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<size_t>(cpu), &set);
  return sched_setaffinity(0, sizeof set, &set) == 0 ? 0 : errno;
}

}  // namespace

Result<std::unique_ptr<ThreadTeam>> ThreadTeam::start(const std::vector<int>& cpus) {
  std::unique_ptr<ThreadTeam> team(new ThreadTeam(cpus));
  team->pinned_ = sched_getaffinity(0, sizeof team->before_, &team->before_) == 0;
  team->pin_errors_.assign(cpus.size(), 0);
  team->pin_errors_[0] = pin_this_thread(cpus[0]);
  for (size_t i = 1; i < cpus.size(); ++i)
    team->followers_.emplace_back([&team = *team, i] { team.follow(i); });
  team->run([](size_t) {});  // all are there and pinned
  for (size_t i = 0; i < cpus.size(); ++i)
    if (team->pin_errors_[i] != 0)
      return fail_errno(team->pin_errors_[i], "cannot pin a thread", "CPU " + std::to_string(cpus[i]));
  return team;
}

ThreadTeam::~ThreadTeam() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  for (std::thread& follower : followers_) follower.join();
  if (pinned_) sched_setaffinity(0, sizeof before_, &before_);
}

void ThreadTeam::follow(size_t thread) {
  pin_errors_[thread] = pin_this_thread(cpus_[thread]);
  uint64_t seen = 0;
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return ending_ || round_ != seen; });
    if (ending_) return;
    seen = round_;
    const auto* work = work_;
    lock.unlock();
    (*work)(thread);
    lock.lock();
    if (--busy_ == 0) changed_.notify_all();
  }
}

void ThreadTeam::run(const std::function<void(size_t)>& work) {
  if (followers_.empty()) {
    work(0);
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    work_ = &work;
    busy_ = followers_.size();
    ++round_;
  }
  changed_.notify_all();
  work(0);
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return busy_ == 0; });
}

void ThreadTeam::line_up() {
  if (size() == 1) return;
  const uint64_t turn = passed_.load(std::memory_order_acquire);
  if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 == size()) {
    arrived_.store(0, std::memory_order_relaxed);
    passed_.store(turn + 1, std::memory_order_release);
    return;
  }
  for (int spins = 0; passed_.load(std::memory_order_acquire) == turn; ++spins)
    if (spins > kSpins) sched_yield();
}

}  // namespace bpftax::bench
