#include "agent/tree_tracker.h"

#include <unistd.h>

#include <set>

#include "agent/ledger.h"
#include "sample/paths.h"
#include "sample/process_tree.h"

namespace bpftax {
namespace {

constexpr int64_t kNobody = 0;

bool ended(const ProcessStat& stat) {
  return stat.dead() && stat.threads <= 1;
}

}  // namespace

void TreeTracker::add(int64_t handle, const ProcessIdentity& main) {
  Tree& tree = trees_[handle];
  tree.main = main;
  tree.living.push_back(TreeMember{main, ::getpid(), ""});
}

std::vector<ProcessIdentity> TreeTracker::remove(int64_t handle) {
  std::vector<ProcessIdentity> seen;
  const auto it = trees_.find(handle);
  if (it == trees_.end()) return seen;
  seen.assign(it->second.seen.begin(), it->second.seen.end());
  trees_.erase(it);
  return seen;
}

int64_t TreeTracker::owner_of(const ProcessIdentity& process, int ppid, int session,
                              const std::map<int, int64_t>& handles) const {
  for (const auto& [handle, tree] : trees_) {
    if (tree.main == process || tree.seen.count(process) != 0) return handle;
  }
  const auto parent = handles.find(ppid);
  if (parent != handles.end()) return parent->second;
  for (const auto& [handle, tree] : trees_) {
    if (tree.main.pid == session) return handle;
  }
  const auto variable = environment_of(process.pid, kHandleVariable);
  if (!variable) return kNobody;
  for (const auto& [handle, tree] : trees_) {
    if (*variable == run_id_ + ":" + std::to_string(handle)) return handle;
  }
  return kNobody;
}

void TreeTracker::join(int64_t handle, TreeMember member) {
  Tree& tree = trees_.at(handle);
  if (member.process != tree.main && tree.seen.insert(member.process).second) on_new_(handle, member.process);
  tree.living.push_back(std::move(member));
}

void TreeTracker::look() {
  const SampleRoots roots;
  looked_ns_ = monotonic_now_ns();
  const auto pids = descendants(roots.proc, ::getpid());
  strays_.clear();
  // Members from outside our descendants (look_everywhere) stay until they end.
  std::map<int64_t, std::vector<TreeMember>> before;
  for (auto& [handle, tree] : trees_) before[handle] = std::exchange(tree.living, {});
  std::map<int, int64_t> handles;  // of the members found so far; parents come before children
  std::set<int> done;
  for (const int pid : pids ? *pids : std::vector<int>{}) {
    const auto stat = read_process_stat(roots.proc, pid);
    if (!stat || !done.insert(pid).second) continue;
    const ProcessIdentity process{pid, stat->start_ticks};
    const int64_t handle = owner_of(process, stat->ppid, stat->session, handles);
    if (handle != kNobody) handles[pid] = handle;
    if (ended(*stat)) continue;
    if (handle == kNobody) {
      strays_.push_back(process);
    } else {
      join(handle, TreeMember{process, stat->ppid, stat->comm});
    }
  }
  // Who has ended is not needed any more: pid and start time never come again.
  for (auto& [handle, tree] : trees_) {
    std::erase_if(tree.seen, [&](const ProcessIdentity& process) {
      return done.count(process.pid) == 0 && !is_alive(process);
    });
  }
  for (auto& [handle, members] : before) {
    for (TreeMember& member : members) {
      if (done.count(member.process.pid) == 0 && is_alive(member.process)) join(handle, std::move(member));
    }
  }
}

void TreeTracker::look_if_older_than_ms(int64_t age_ms) {
  if (monotonic_now_ns() - looked_ns_ >= age_ms * 1'000'000) look();
}

void TreeTracker::look_everywhere(int64_t handle) {
  look();
  if (trees_.count(handle) == 0) return;
  const SampleRoots roots;
  const std::string wanted = run_id_ + ":" + std::to_string(handle);
  std::set<int> known;
  for (const TreeMember& member : trees_.at(handle).living) known.insert(member.process.pid);
  for (const int pid : all_processes(roots.proc)) {
    if (pid == ::getpid() || known.count(pid) != 0 || environment_of(pid, kHandleVariable) != wanted)
      continue;
    const auto stat = read_process_stat(roots.proc, pid);
    if (stat && !ended(*stat)) join(handle, TreeMember{{pid, stat->start_ticks}, stat->ppid, stat->comm});
  }
}

std::vector<TreeMember> TreeTracker::members(int64_t handle) const {
  const auto it = trees_.find(handle);
  return it == trees_.end() ? std::vector<TreeMember>{} : it->second.living;
}

}  // namespace bpftax
