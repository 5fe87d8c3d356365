// undo_all(): the part of the ledger that changes the system.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>

#include "agent/confined_files.h"
#include "agent/ledger.h"
#include "sample/paths.h"
#include "sample/process_tree.h"
#include "util/files.h"

namespace bpftax {
namespace {

// Ourselves and whoever started us: a `bpftax clean` called from inside a tool must not end itself.
std::set<int> self_and_ancestors() {
  const SampleRoots roots;
  std::set<int> found;
  for (int pid = ::getpid(); pid > 0 && found.insert(pid).second;) {
    const auto stat = read_process_stat(roots.proc, pid);
    pid = stat ? stat->ppid : 0;
  }
  return found;
}

// Living processes of the run: recorded ones, those with its id in their environment, and descendants of
// both.
std::vector<ProcessIdentity> find_members(const LedgerContent& content, const std::set<int>& spared) {
  const SampleRoots roots;
  std::set<ProcessIdentity> recorded;
  for (const auto& [process, handle] : content.processes) recorded.insert(process);
  std::map<int, ProcessStat> stats;
  for (const int pid : all_processes(roots.proc)) {
    auto stat = read_process_stat(roots.proc, pid);
    if (stat) stats.emplace(pid, std::move(*stat));
  }
  std::set<int> members;
  for (const auto& [pid, stat] : stats) {
    if (spared.count(pid) != 0) continue;
    if (recorded.count({pid, stat.start_ticks}) != 0 || environment_of(pid, kRunVariable) == content.run_id)
      members.insert(pid);
  }
  for (bool grew = true; grew;) {
    grew = false;
    for (const auto& [pid, stat] : stats) {
      if (members.count(stat.ppid) != 0 && spared.count(pid) == 0) grew |= members.insert(pid).second;
    }
  }
  std::vector<ProcessIdentity> living;
  for (const int pid : members) {
    if (const auto process = identify(pid); process && process->start_ticks == stats.at(pid).start_ticks)
      living.push_back(*process);
  }
  return living;
}

void undo_processes(const LedgerContent& content, const UndoOptions& options, UndoReport& report) {
  const std::set<int> spared = self_and_ancestors();
  std::set<int> ended;
  const auto find = [&] {
    auto found = find_members(content, spared);
    for (const ProcessIdentity& process : found) ended.insert(process.pid);
    return found;
  };
  const auto reap = [&] {
    // Only those we ended ourselves, and only when they are our children: other children are the caller's.
    for (const int pid : ended) ::waitpid(pid, nullptr, WNOHANG);
  };
  const auto left = end_all(find, reap, options.term_grace_ms, options.limit_ms);
  for (const ProcessIdentity& process : left) {
    ended.erase(process.pid);
    report.problems.push_back(fail(ErrorKind::kEnvironment, "cannot end the process",
                                   std::to_string(process.pid), "it did not end after SIGKILL")
                                  .value());
  }
  report.processes.assign(ended.begin(), ended.end());
}

void undo_netns(const std::string& name, const LedgerContent& content, const UndoOptions& options,
                UndoReport& report) {
  const std::string path = options.netns_directory + "/" + name;
  if (!owned_netns_name(name, content.run_id)) {
    report.problems.push_back(fail(ErrorKind::kInternal, "refusing to remove the network namespace", path,
                                   "its name is not one of this run")
                                  .value());
    return;
  }
  // EINVAL: a plain file, not a mount point (any more); ENOENT: never made, or removed before.
  if (::umount2(path.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) != 0 && errno != EINVAL && errno != ENOENT) {
    report.problems.push_back(fail_errno(errno, "cannot unmount the network namespace", path).value());
    return;
  }
  if (::unlink(path.c_str()) == 0) {
    report.netns.push_back(name);
  } else if (errno != ENOENT) {
    report.problems.push_back(fail_errno(errno, "cannot remove the network namespace", path).value());
  }
}

void undo_tree(const OwnedTree& tree, UndoReport& report) {
  if (!path_exists(tree.prefix)) return;
  const auto remove = [&]() -> Result<bool> {
    BPFTAX_ASSIGN(const ConfinedFiles files, ConfinedFiles::open({tree.prefix}));
    if (tree.prefix == "/") return fail(ErrorKind::kInternal, "refusing to remove", tree.path);
    const bool there = path_exists(tree.path);
    BPFTAX_TRY(files.remove_tree(tree.path));
    return there;
  };
  auto removed = remove();
  if (!removed) {
    report.problems.push_back(std::move(removed.error()));
  } else if (*removed) {
    report.trees.push_back(tree.path);
  }
}

void undo_setting(const OwnedSetting& setting, const UndoOptions& options, UndoReport& report) {
  const auto restore = [&]() -> Result<bool> {
    BPFTAX_ASSIGN(const std::string now, read_cpu_setting(options.cpu_directory, setting.name));
    if (now == setting.value) return false;
    BPFTAX_TRY(write_cpu_setting(options.cpu_directory, setting.name, setting.value));
    return true;
  };
  auto restored = restore();
  if (restored) {
    if (*restored) report.settings.push_back(setting);
  } else if (restored.error().errno_value != ENOENT) {
    // ENOENT: the CPU or the driver has gone, and the setting with it.
    report.problems.push_back(std::move(restored.error()));
  }
}

}  // namespace

Result<UndoReport> undo_all(const std::string& path, const UndoOptions& options) {
  const Fd fd(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
  if (!fd && errno == ENOENT) return UndoReport{};
  if (!fd) return fail_errno(errno, "cannot open the ledger", path);
  while (::flock(fd.get(), LOCK_EX) != 0) {
    if (errno != EINTR) return fail_errno(errno, "cannot lock the ledger", path);
  }
  struct stat ours {};
  struct stat named {};
  if (::fstat(fd.get(), &ours) != 0) return fail_errno(errno, "cannot read the ledger", path);
  // Whoever held the lock before us has undone and removed it.
  if (::lstat(path.c_str(), &named) != 0 || named.st_ino != ours.st_ino || named.st_dev != ours.st_dev)
    return UndoReport{};

  BPFTAX_ASSIGN(const LedgerContent content, read_ledger(path));
  UndoReport report;
  if (!content.run_id.empty()) {
    const auto boot_id = read_boot_id();
    if (boot_id && *boot_id == content.boot_id) {
      undo_processes(content, options, report);
      // The last change first: one may have allowed the other. No setting outlives the machine's restart.
      for (auto it = content.settings.rbegin(); it != content.settings.rend(); ++it)
        undo_setting(*it, options, report);
    }
    for (const std::string& name : content.netns) undo_netns(name, content, options, report);
    for (const OwnedTree& tree : content.trees) undo_tree(tree, report);
  }
  if (report.problems.empty()) {
    if (::unlink(path.c_str()) != 0 && errno != ENOENT)
      return fail_errno(errno, "cannot remove the ledger", path);
    const size_t slash = path.rfind('/');
    // Not empty, or somebody else's working directory: stays.
    if (slash != std::string::npos && slash > 0) ::rmdir(path.substr(0, slash).c_str());
  }
  return report;
}

}  // namespace bpftax
