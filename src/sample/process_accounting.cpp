#include "sample/process_accounting.h"

#include <algorithm>

namespace bpftax {
namespace {

int64_t waited_us(const ProcessStat& stat) {
  return stat.children_user_us + stat.children_system_us;
}
int64_t total_us(const ProcessStat& stat) {
  return stat.user_us + stat.system_us + waited_us(stat);
}

}  // namespace

void TreeAccount::update(const std::vector<ProcessStat>& members) {
  std::map<int, ProcessStat> now;
  for (const ProcessStat& member : members) now[member.pid] = member;
  const auto still_there = [&](const ProcessStat& before) {
    const auto it = now.find(before.pid);
    return it != now.end() && it->second.start_ticks == before.start_ticks;
  };

  // What each survivor gained by waiting for children since the last look; shared out among those who ended.
  std::map<int, int64_t> gained;
  for (const auto& [pid, before] : last_) {
    if (still_there(before)) gained[pid] = waited_us(now[pid]) - waited_us(before);
  }
  for (const auto& [pid, before] : last_) {
    if (still_there(before)) continue;
    // The nearest surviving ancestor: a parent that ended too has handed on what it had waited for.
    const ProcessStat* ancestor = &before;
    for (size_t step = 0; step < last_.size() && !gained.contains(ancestor->pid); ++step) {
      const auto parent = last_.find(ancestor->ppid);
      if (parent == last_.end()) break;
      ancestor = &parent->second;
    }
    const auto budget = gained.find(ancestor->pid);
    if (budget != gained.end() && budget->second >= total_us(before)) {
      budget->second -= total_us(before);
      continue;
    }
    ended_user_us_ += before.user_us + before.children_user_us;
    ended_system_us_ += before.system_us + before.children_system_us;
  }

  int64_t user = ended_user_us_, system = ended_system_us_;
  for (const auto& [pid, member] : now) {
    user += member.user_us + member.children_user_us;
    system += member.system_us + member.children_system_us;
  }
  user_us_ = std::max(user_us_, user);
  system_us_ = std::max(system_us_, system);
  last_ = std::move(now);
}

}  // namespace bpftax
