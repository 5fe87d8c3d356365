#include "sample/tree_sampler.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>

#include "util/files.h"

namespace bpftax {
namespace {

// More threads than this are not asked one by one how long they waited: it would cost more than it tells.
constexpr size_t kMostThreads = 128;

}  // namespace

void TreeSampler::open_member(int pid, FdBudget& budget) {
  const std::string directory = roots_.proc + "/" + std::to_string(pid);
  auto stat = SourceFile::open(directory + "/stat", Records::kOne, budget);
  if (!stat) return;  // ended before we could look
  members_[pid].stat = std::move(*stat);
}

void TreeSampler::walk(FdBudget& budget) {
  std::set<int> pids;
  if (tree_.members) {
    for (const int pid : tree_.members()) pids.insert(pid);
  } else {
    // Known members too: their parent may have ended, which cuts their branch off.
    std::vector<int> roots = {tree_.root_pid};
    for (const auto& [pid, member] : members_) roots.push_back(pid);
    for (const int root : roots) {
      if (pids.contains(root)) continue;
      const auto below = descendants(roots_.proc, root);
      if (!below) continue;
      pids.insert(root);
      pids.insert(below->begin(), below->end());
    }
  }
  size_t threads = 0;
  for (const int pid : pids) {
    if (!members_.contains(pid)) open_member(pid, budget);
    const auto member = members_.find(pid);
    if (member == members_.end() || !run_delay_missing_.empty()) continue;
    for (const int tid : thread_ids(roots_.proc, pid)) {
      if (++threads > kMostThreads) {
        run_delay_missing_ = "more than " + std::to_string(kMostThreads) + " threads";
        break;
      }
      if (member->second.schedstats.contains(tid)) continue;
      const std::string path =
          roots_.proc + "/" + std::to_string(pid) + "/task/" + std::to_string(tid) + "/schedstat";
      auto file = SourceFile::open(path, Records::kOne, budget);
      if (file) {
        member->second.schedstats.emplace(tid, std::move(*file));
      } else if (file.error().errno_value == ENOENT &&
                 path_exists(roots_.proc + "/" + std::to_string(pid) + "/stat") && tid == pid) {
        // The process is there but has no such file: a kernel without CONFIG_SCHED_INFO.
        run_delay_missing_ = file.error().where + ": " + file.error().why;
      }
    }
  }
}

void TreeSampler::read_waits(Member& member, std::string& buffer, FdBudget& budget) {
  for (auto it = member.schedstats.begin(); it != member.schedstats.end();) {
    const auto text = it->second.read(buffer);
    const auto parsed =
        text ? parse_schedstat(*text) : Result<SchedStat>(propagate(Result<std::string_view>(text)));
    if (parsed) {
      member.waits_ns[it->first] = parsed->wait_ns;
      ++it;
    } else {
      ended_wait_ns_ += member.waits_ns[it->first];
      member.waits_ns.erase(it->first);
      it->second.close(budget);
      it = member.schedstats.erase(it);
    }
  }
}

ProcessTree TreeSampler::read(int64_t now_ns, std::string& buffer, FdBudget& budget) {
  constexpr int64_t kWalkPeriodNs = 500'000'000;
  if (walked_at_ns_ == INT64_MIN || now_ns - walked_at_ns_ >= kWalkPeriodNs) {
    walked_at_ns_ = now_ns;
    walk(budget);
  }

  ProcessTree tree;
  tree.handle = tree_.handle;
  static const int64_t kPageKb = std::max<int64_t>(1, ::sysconf(_SC_PAGESIZE) / 1024);
  stats_.clear();
  int64_t wait_ns = 0;
  for (auto it = members_.begin(); it != members_.end();) {
    read_waits(it->second, buffer, budget);
    const auto text = it->second.stat.read(buffer);
    auto stat = text ? parse_process_stat(*text, clock_tick_us())
                     : Result<ProcessStat>(propagate(Result<std::string_view>(text)));
    if (!stat) {
      // Ended and waited for (ESRCH). Its number may belong to another process by now; our descriptor never
      // does.
      for (const auto& [tid, ns] : it->second.waits_ns) ended_wait_ns_ += ns;
      for (auto& [tid, file] : it->second.schedstats) file.close(budget);
      it->second.stat.close(budget);
      it = members_.erase(it);
      continue;
    }
    for (const auto& [tid, ns] : it->second.waits_ns) wait_ns += ns;
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
