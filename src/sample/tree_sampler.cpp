#include "sample/tree_sampler.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "util/files.h"

namespace bpftax {
namespace {

// More threads than this in one tree are not asked one by one how long they waited: it would cost more than
// it tells.
constexpr size_t kMostThreads = 128;

}  // namespace

void TreeSampler::close(Thread& thread, FdBudget& budget) {
  ended_wait_ns_ += thread.last.wait_ns;
  if (thread.children) thread.children->close(budget);
  if (thread.schedstat) thread.schedstat->close(budget);
}

TreeSampler::Member* TreeSampler::known_or_opened(int pid, FdBudget& budget) {
  const auto known = members_.find(pid);
  if (known != members_.end()) return &known->second;
  auto stat = SourceFile::open(roots_.proc + "/" + std::to_string(pid) + "/stat", Records::kOne, budget);
  if (!stat) return nullptr;  // ended before we could look
  Member& member = members_[pid];
  member.stat = std::move(*stat);
  return &member;
}

void TreeSampler::open_threads(int pid, Member& member, FdBudget& budget) {
  // The thread of a process that has only one is known; listing the folder is the dear part of a walk.
  if (member.thread_count == 1 && member.threads.size() == 1) return;
  const std::string process = roots_.proc + "/" + std::to_string(pid);
  for (const int tid : thread_ids(roots_.proc, pid)) {
    if (member.threads.contains(tid)) continue;
    if (member.threads.size() >= kMostThreads) {
      run_delay_missing_ = "more than " + std::to_string(kMostThreads) + " threads";
      return;
    }
    Thread thread;
    const std::string task = process + "/task/" + std::to_string(tid);
    const auto open = [&](const char* file) -> std::optional<SourceFile> {
      auto opened = SourceFile::open(task + file, Records::kOne, budget);
      if (!opened) return std::nullopt;
      return std::move(*opened);
    };
    thread.children = open("/children");
    thread.schedstat = open("/schedstat");
    // The process is there but has no such file: a kernel without CONFIG_PROC_CHILDREN, CONFIG_SCHED_INFO.
    if (tid == pid && (!thread.children || !thread.schedstat) && path_exists(process + "/stat")) {
      no_children_files_ = no_children_files_ || !thread.children;
      if (!thread.schedstat && run_delay_missing_.empty())
        run_delay_missing_ = task + "/schedstat: the kernel does not have it";
    }
    member.threads.emplace(tid, std::move(thread));
  }
}

std::vector<int> TreeSampler::children_of(Member& member, std::string& buffer) {
  std::vector<int> children;
  for (const auto& [tid, thread] : member.threads) {
    if (!thread.children) continue;
    const auto text = thread.children->read(buffer);
    if (!text) continue;  // the thread has ended
    const auto parsed = parse_children(*text);
    if (parsed) children.insert(children.end(), parsed->begin(), parsed->end());
  }
  return children;
}

void TreeSampler::walk(std::string& buffer, FdBudget& budget) {
  // From the known members too: their parent may have ended, which cuts their branch off.
  std::vector<int> queue = tree_.members ? tree_.members() : std::vector<int>{tree_.root_pid};
  for (const auto& [pid, member] : members_) queue.push_back(pid);
  std::set<int> seen;
  for (size_t next = 0; next < queue.size(); ++next) {
    const int pid = queue[next];
    if (!seen.insert(pid).second) continue;
    Member* member = known_or_opened(pid, budget);
    if (member == nullptr) continue;
    open_threads(pid, *member, budget);
    if (tree_.members) continue;  // the caller knows best
    const std::vector<int> children = no_children_files_
                                          ? descendants(roots_.proc, pid).value_or(std::vector<int>{})
                                          : children_of(*member, buffer);
    queue.insert(queue.end(), children.begin(), children.end());
  }
}

bool TreeSampler::has_rested(Member& member, std::string& buffer, FdBudget& budget) {
  bool rested = !member.threads.empty() && member.threads.size() == static_cast<size_t>(member.thread_count);
  for (auto it = member.threads.begin(); it != member.threads.end();) {
    Thread& thread = it->second;
    const auto text = thread.schedstat ? thread.schedstat->read(buffer) : Result<std::string_view>("0 0 0");
    const auto parsed = text ? parse_schedstat(*text) : Result<SchedStat>(tl::unexpected(text.error()));
    if (parsed) {
      rested = rested && parsed->turns > 0 && *parsed == thread.last;
      thread.last = *parsed;
      ++it;
    } else {
      rested = false;
      close(thread, budget);
      it = member.threads.erase(it);
    }
  }
  return rested;
}

// nullopt: it has ended and been waited for (ESRCH). Its number may belong to another process by now; our
// descriptors never do.
std::optional<ProcessStat> TreeSampler::read_member(Member& member, bool walked, std::string& buffer,
                                                    FdBudget& budget) {
  const bool rested = has_rested(member, buffer, budget);
  if (rested && !walked && member.known) return member.known;
  const auto text = member.stat.read(buffer);
  if (!text) return std::nullopt;
  auto stat = parse_process_stat(*text, clock_tick_us());
  if (!stat) return std::nullopt;
  member.thread_count = stat->threads;
  member.known = std::move(*stat);
  return member.known;
}

ProcessTree TreeSampler::read(int64_t now_ns, std::string& buffer, FdBudget& budget) {
  constexpr int64_t kWalkPeriodNs = 1'000'000'000;
  const bool walks = !walked_at_ns_ || now_ns - *walked_at_ns_ >= kWalkPeriodNs;
  if (walks) {
    walked_at_ns_ = now_ns;
    walk(buffer, budget);
  }

  ProcessTree tree;
  tree.handle = tree_.handle;
  static const int64_t kPageKb = std::max<int64_t>(1, ::sysconf(_SC_PAGESIZE) / 1024);
  stats_.clear();
  int64_t wait_ns = 0;
  for (auto it = members_.begin(); it != members_.end();) {
    Member& member = it->second;
    auto stat = read_member(member, walks, buffer, budget);
    if (!stat) {
      for (auto& [tid, thread] : member.threads) close(thread, budget);
      member.stat.close(budget);
      it = members_.erase(it);
      continue;
    }
    for (const auto& [tid, thread] : member.threads) wait_ns += thread.last.wait_ns;
    if (!stat->dead()) {
      ++tree.processes;
      tree.threads += stat->threads;
      tree.rss_kb += stat->rss_pages * kPageKb;
      tree.vsz_kb += stat->vsz_bytes / 1024;
    }
    stats_.push_back(std::move(*stat));
    ++it;
  }
  account_.update(stats_);
  tree.user_us = account_.user_us();
  tree.system_us = account_.system_us();
  if (run_delay_missing_.empty()) tree.run_delay_us = (wait_ns + ended_wait_ns_) / 1000;

  for (const int fd : tree_.output_fds) {
    struct ::stat file {};
    if (::fstat(fd, &file) == 0) tree.output_bytes += file.st_size;
  }
  if (tree_.removed_output_bytes) tree.output_bytes += tree_.removed_output_bytes();
  return tree;
}

}  // namespace bpftax
