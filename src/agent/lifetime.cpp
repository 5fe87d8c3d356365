#include "agent/lifetime.h"

#include <sys/wait.h>

#include <cerrno>

#include "agent/ledger.h"
#include "agent/process_identity.h"
#include "util/strings.h"

namespace bpftax {
namespace {

constexpr int64_t kGraceMs = 1000;
constexpr int64_t kLimitMs = 10'000;

// False: no child is left, dead or alive. As a subreaper we have descendants exactly as long as we have
// children.
bool reap_children() {
  while (true) {
    const pid_t pid = ::waitpid(-1, nullptr, WNOHANG | __WALL);
    if (pid > 0 || (pid < 0 && errno == EINTR)) continue;
    return pid == 0;
  }
}

}  // namespace

sigset_t keeper_signals() {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGCHLD);
  ::sigaddset(&signals, SIGTERM);
  ::sigaddset(&signals, SIGHUP);
  return signals;
}

Result<void> end_everything(const std::string& ledger_path) {
  std::vector<std::string> left;
  const int64_t until_ns = monotonic_now_ns() + kLimitMs * 1'000'000;
  while (reap_children()) {
    // A walk over /proc can miss a process that changes its parent meanwhile; hence the loop around it.
    const auto remaining = end_all(
        own_descendants, [] { (void)reap_children(); }, kGraceMs, kLimitMs);
    if (monotonic_now_ns() < until_ns) continue;
    for (const ProcessIdentity& process : remaining) left.push_back("process " + std::to_string(process.pid));
    break;
  }
  auto undone = undo_all(ledger_path);
  if (!undone) return propagate(std::move(undone));
  for (const Error& problem : undone->problems) left.push_back(to_string(problem));
  if (left.empty()) return {};
  return fail(ErrorKind::kEnvironment, "could not undo everything", ledger_path, join(left, "; "),
              "bpftax clean tries again");
}

}  // namespace bpftax
