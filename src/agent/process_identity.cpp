#include "agent/process_identity.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <set>

#include "sample/paths.h"
#include "sample/process_tree.h"
#include "util/fd.h"
#include "util/files.h"
#include "util/strings.h"

namespace bpftax {
namespace {

constexpr int64_t kRoundNs = 10'000'000;

const SampleRoots& roots() {
  static const SampleRoots kInstance;
  return kInstance;
}

void sleep_ns(int64_t duration_ns) {
  timespec rest{duration_ns / 1'000'000'000, duration_ns % 1'000'000'000};
  ::nanosleep(&rest, nullptr);
}

}  // namespace

std::optional<ProcessIdentity> identify(int pid) {
  const auto stat = read_process_stat(roots().proc, pid);
  // A leader that called pthread_exit() looks dead while its other threads live on.
  if (!stat || (stat->dead() && stat->threads <= 1)) return std::nullopt;
  return ProcessIdentity{pid, stat->start_ticks};
}

bool is_alive(const ProcessIdentity& process) {
  return identify(process.pid) == process;
}

Result<bool> send_signal(const ProcessIdentity& process, int signal_number) {
  const Fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, process.pid, 0)));
  if (!pidfd && errno == ESRCH) return false;
  // Looked at after the pidfd was opened: what it refers to cannot change any more.
  if (!is_alive(process)) return false;
  int sent = -1;
  if (pidfd)
    sent = static_cast<int>(::syscall(SYS_pidfd_send_signal, pidfd.get(), signal_number, nullptr, 0));
  if (!pidfd || (sent != 0 && errno == ENOSYS)) sent = ::kill(process.pid, signal_number);
  if (sent == 0) return true;
  if (errno == ESRCH) return false;
  return fail_errno(errno, "cannot send signal " + std::to_string(signal_number) + " to the process",
                    std::to_string(process.pid));
}

std::vector<ProcessIdentity> end_all(const std::function<std::vector<ProcessIdentity>()>& find,
                                     const std::function<void()>& between, int64_t grace_ms,
                                     int64_t limit_ms) {
  const int64_t begin_ns = monotonic_now_ns();
  std::set<ProcessIdentity> terminated;
  while (true) {
    between();
    std::vector<ProcessIdentity> left = find();
    if (left.empty()) return left;
    const int64_t passed_ms = (monotonic_now_ns() - begin_ns) / 1'000'000;
    if (passed_ms >= limit_ms) return left;
    for (const ProcessIdentity& process : left) {
      // A refused signal shows in the end: the process is among those that are left.
      if (passed_ms >= grace_ms) {
        (void)send_signal(process, SIGKILL);
      } else if (terminated.insert(process).second) {
        (void)send_signal(process, SIGCONT);  // a stopped process would not hear it
        (void)send_signal(process, SIGTERM);
      }
    }
    sleep_ns(kRoundNs);
  }
}

std::vector<ProcessIdentity> own_descendants() {
  std::vector<ProcessIdentity> found;
  const auto pids = descendants(roots().proc, ::getpid());
  if (!pids) return found;
  for (const int pid : *pids) {
    if (const auto process = identify(pid)) found.push_back(*process);
  }
  return found;
}

std::optional<std::string> environment_of(int pid, const std::string& variable) {
  const auto environment = read_environment(roots().proc, pid);
  if (!environment) return std::nullopt;
  const auto it = std::find_if(environment->begin(), environment->end(),
                               [&](const auto& entry) { return entry.first == variable; });
  if (it == environment->end()) return std::nullopt;
  return it->second;
}

int64_t monotonic_now_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * int64_t{1'000'000'000} + now.tv_nsec;
}

Result<std::string> read_boot_id() {
  BPFTAX_ASSIGN(const std::string text, read_file(roots().proc + paths::kBootId, 4096));
  return std::string(trim(text));
}

}  // namespace bpftax
