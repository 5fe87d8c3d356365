#include "agent/keeper.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <memory>
#include <optional>

#include "agent/confined_files.h"
#include "agent/ledger.h"
#include "agent/lifetime.h"
#include "agent/process_identity.h"
#include "agent/worker.h"
#include "util/strings.h"

namespace bpftax {
namespace {

// 0, 1 and 2 are open and nothing else is: what a careless caller let us inherit (the write end of our own
// stdin, for one) must not be held open by us or by what we start.
void tidy_descriptors() {
  int fd = 0;
  do {
    fd = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  } while (fd >= 0 && fd < 2);
  std::vector<int> open;
  const auto close = [](DIR* dir) { ::closedir(dir); };
  if (const std::unique_ptr<DIR, decltype(close)> dir(::opendir("/proc/self/fd"), close); dir) {
    while (const dirent* entry = ::readdir(dir.get())) {
      const auto number = to_int64(entry->d_name);
      if (number && *number > 2 && *number != ::dirfd(dir.get())) open.push_back(static_cast<int>(*number));
    }
  }
  for (const int number : open) ::close(number);
}

// The controller decides what a ^C means. SIGPIPE: a write to a controller that has died is an error like
// others. Everything else as if nobody before us had changed it: an inherited SIG_IGN of SIGCHLD would reap
// our children.
void set_signals() {
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
  for (const int number : {SIGINT, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU, SIGPIPE}) ::signal(number, SIG_IGN);
}

void release_stdio() {
  const int null_fd = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  if (null_fd < 0) return;
  // The controller sees the end of the stream when the worker ends, not when we do.
  ::dup2(null_fd, STDIN_FILENO);
  ::dup2(null_fd, STDOUT_FILENO);
  ::close(null_fd);
}

// Waits for the worker's end; the wait status. SIGTERM and SIGHUP are handed on.
int wait_for(pid_t worker) {
  const sigset_t signals = keeper_signals();
  while (true) {
    int status = 0;
    const pid_t pid = ::waitpid(-1, &status, WNOHANG | __WALL);
    if (pid == worker) return status;
    if (pid > 0) continue;
    const int number = ::sigwaitinfo(&signals, nullptr);
    if (number == SIGTERM || number == SIGHUP) ::kill(worker, SIGTERM);
  }
}

Result<void> keep(pid_t worker, const std::string& ledger_path) {
  release_stdio();
  const int status = wait_for(worker);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  const std::string how = WIFSIGNALED(status) ? "killed by signal " + std::to_string(WTERMSIG(status))
                                              : "exit code " + std::to_string(WEXITSTATUS(status));
  const auto ended = end_everything(ledger_path);
  if (!ended) return ended;
  return fail(ErrorKind::kLost, "the agent's worker died", "process " + std::to_string(worker),
              how + "; everything it had started has been ended");
}

}  // namespace

Result<void> run_agent(const AgentOptions& options) {
  tidy_descriptors();
  set_signals();
  ::setsid();  // fails when the caller has already made us a leader, which is as good
  ::umask(022);
  const sigset_t signals = keeper_signals();
  ::sigprocmask(SIG_SETMASK, &signals, nullptr);
  if (::prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) return fail_errno(errno, "cannot become a subreaper");

  BPFTAX_ASSIGN(const ConfinedFiles files, ConfinedFiles::open(options.roots));
  BPFTAX_ASSIGN(const Ledger ledger, Ledger::open(options.state_directory, options.run_id));
  const pid_t keeper = ::getpid();
  const auto begin = [&]() -> Result<pid_t> {
    const auto self = identify(keeper);
    if (!self) return fail(ErrorKind::kInternal, "cannot read", "/proc/self/stat");
    BPFTAX_TRY(ledger.record_agent(*self));
    const pid_t pid = ::fork();
    if (pid < 0) return fail_errno(errno, "cannot fork");
    return pid;
  };
  const auto forked = begin();
  if (!forked) {
    (void)end_everything(ledger.path());
    return fail(forked.error().kind, forked.error().what, forked.error().where, forked.error().why);
  }
  if (*forked > 0) return keep(*forked, ledger.path());

  const auto self = identify(::getpid());
  if (!self) return fail(ErrorKind::kInternal, "cannot read", "/proc/self/stat");
  BPFTAX_TRY(ledger.record_agent(*self));
  return run_worker(WorkerOptions{options.run_id, keeper, options.silence_limit_ms}, files, ledger);
}

}  // namespace bpftax
