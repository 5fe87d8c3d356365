#include "host/local_transport.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <mutex>
#include <set>

#include "agent/ledger.h"
#include "host/host.h"
#include "sample/process_tree.h"
#include "util/clock.h"
#include "util/strings.h"

namespace bpftax {

namespace {

constexpr size_t kLastWordsBytes = 4096;
constexpr int64_t kForceMs = 5'000;  // for the keeper to clean up after a worker that we had to kill

// Keepers of all sessions of this process: they are not orphans.
std::mutex keepers_mutex;
std::set<int> keepers;

// Descriptors below 3 would be overwritten while the child's stdin, stdout and stderr are put in place.
Result<Fd> above_stdio(Fd fd) {
  if (fd.get() > 2) return fd;
  Fd moved(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 3));
  if (!moved) return fail_errno(errno, "cannot duplicate a descriptor");
  return moved;
}

Result<std::pair<Fd, Fd>> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail_errno(errno, "cannot make a pipe to the agent");
  Fd read_end(ends[0]), write_end(ends[1]);
  BPFTAX_ASSIGN(read_end, above_stdio(std::move(read_end)));
  BPFTAX_ASSIGN(write_end, above_stdio(std::move(write_end)));
  return std::pair(std::move(read_end), std::move(write_end));
}

class SpawnSettings {
 public:
  SpawnSettings() {
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawnattr_init(&attributes);
  }
  ~SpawnSettings() {
    ::posix_spawn_file_actions_destroy(&actions);
    ::posix_spawnattr_destroy(&attributes);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
};

Result<int> spawn(const std::vector<std::string>& argv, int in, int out, int err) {
  SpawnSettings settings;
  ::posix_spawn_file_actions_adddup2(&settings.actions, in, 0);
  ::posix_spawn_file_actions_adddup2(&settings.actions, out, 1);
  ::posix_spawn_file_actions_adddup2(&settings.actions, err, 2);
  sigset_t none, all;
  ::sigemptyset(&none);
  ::sigfillset(&all);
  ::posix_spawnattr_setsigmask(&settings.attributes, &none);
  ::posix_spawnattr_setsigdefault(&settings.attributes, &all);
  ::posix_spawnattr_setflags(&settings.attributes,
                             POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  std::vector<char*> words;
  words.reserve(argv.size() + 1);
  for (const std::string& word : argv) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  pid_t pid = -1;
  const int failure =
      ::posix_spawn(&pid, argv[0].c_str(), &settings.actions, &settings.attributes, words.data(), environ);
  if (failure != 0) {
    return fail_errno(failure, "cannot start the agent", argv[0], ErrorKind::kEnvironment,
                      "bpftax-agent must be beside bpftax; or name it with BPFTAX_AGENT=PATH");
  }
  return pid;
}

// Waits until the process has ended (by pidfd; by looking, before Linux 5.3) or the pipe has something, at
// most ms.
void rest(int pid, int pipe_fd, int64_t ms) {
  const Fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  pollfd fds[2] = {{pidfd.get(), POLLIN, 0}, {pipe_fd, POLLIN, 0}};
  ::poll(fds, 2, static_cast<int>(std::min<int64_t>(ms, pidfd ? 1000 : 10)));
}

// What nobody reads any more must not block the agent.
void drain(Fd& fd) {
  char buffer[65536];
  while (fd) {
    const ssize_t bytes = ::read(fd.get(), buffer, sizeof buffer);
    if (bytes > 0 || (bytes < 0 && errno == EINTR)) continue;
    if (bytes == 0 || errno != EAGAIN) fd.reset();
    return;
  }
}

ExitStatus to_exit_status(int wait_status) {
  ExitStatus status;
  status.signaled = WIFSIGNALED(wait_status);
  status.code = status.signaled ? WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
  return status;
}

}  // namespace

Result<std::unique_ptr<LocalTransport>> LocalTransport::start(const LocalAgent& agent) {
  if (agent.argv.empty())
    return fail(ErrorKind::kInternal, "cannot start the agent", {}, "no program was named");
  if (::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0)
    return fail_errno(errno, "cannot become a child subreaper");
  BPFTAX_ASSIGN(auto to_agent, make_pipe());
  BPFTAX_ASSIGN(auto from_agent, make_pipe());
  BPFTAX_ASSIGN(Fd words, above_stdio(Fd(::memfd_create("bpftax-agent-stderr", MFD_CLOEXEC))));
  if (!words) return fail_errno(errno, "cannot make a file for the agent's messages");
  // Two writers (keeper and worker) share it: each write goes to the end.
  ::fcntl(words.get(), F_SETFL, O_APPEND);
  std::unique_ptr<LocalTransport> transport(new LocalTransport);
  transport->agent_ = agent;
  {
    // Held until the pid is known, so that no other session takes it for an orphan.
    const std::scoped_lock lock(keepers_mutex);
    BPFTAX_ASSIGN(const int pid,
                  spawn(agent.argv, to_agent.first.get(), from_agent.second.get(), words.get()));
    keepers.insert(pid);
    transport->keeper_.pid = pid;
  }
  // Our child until we reap it: the pid cannot be anyone else's, even if it has ended already.
  if (const auto identity = identify(transport->keeper_.pid)) transport->keeper_ = *identity;
  transport->stdin_ = std::move(to_agent.second);
  transport->stdout_ = std::move(from_agent.first);
  transport->stderr_ = std::move(words);
  for (const int fd : {transport->stdin_.get(), transport->stdout_.get()}) ::fcntl(fd, F_SETFL, O_NONBLOCK);
  return transport;
}

LocalTransport::~LocalTransport() {
  finish(kDefaultGraceMs);
}

void LocalTransport::greeted(const Hello& hello) {
  // Only a process that descends from our child is ever signalled.
  const auto worker = identify(hello.pid);
  if (!worker) return;
  const auto stat = read_process_stat("/proc", worker->pid);
  if (stat && (stat->ppid == keeper_.pid || worker->pid == keeper_.pid)) worker_ = worker;
}

bool LocalTransport::reap_keeper() {
  if (wait_status_) return true;
  int status = 0;
  const pid_t reaped = ::waitpid(keeper_.pid, &status, WNOHANG);
  if (reaped == 0) return false;
  // ECHILD: somebody else has reaped it; how it ended cannot be known.
  wait_status_ = reaped == keeper_.pid ? status : 0xff00;
  const std::scoped_lock lock(keepers_mutex);
  keepers.erase(keeper_.pid);
  return true;
}

void LocalTransport::wait_for_end(int64_t grace_ms) {
  const int64_t deadline_ns = monotonic_now_ns() + grace_ms * kNsPerMs;
  while (!reap_keeper()) {
    const int64_t left_ms = (deadline_ns - monotonic_now_ns()) / kNsPerMs;
    if (left_ms <= 0) return;
    rest(keeper_.pid, stdout_.get(), left_ms);
    drain(stdout_);
  }
}

// When the keeper alone was killed, its worker cleans up and is our child meanwhile.
void LocalTransport::wait_for_worker(int64_t grace_ms) {
  if (!worker_ || worker_->pid == keeper_.pid) return;
  const int64_t deadline_ns = monotonic_now_ns() + grace_ms * kNsPerMs;
  while (is_alive(*worker_)) {
    const int64_t left_ms = (deadline_ns - monotonic_now_ns()) / kNsPerMs;
    if (left_ms <= 0) {
      (void)send_signal(*worker_, SIGKILL);  // if refused, it is reported as left over
      return;
    }
    rest(worker_->pid, stdout_.get(), left_ms);
    drain(stdout_);
  }
}

const AgentEnd& LocalTransport::finish(int64_t grace_ms) {
  if (end_) return *end_;
  end_.emplace();
  stdin_.reset();
  wait_for_end(grace_ms);
  bool forced = false;
  if (!wait_status_ && worker_) {
    // The worker hangs. Its keeper knows best how to clean up after it.
    forced = true;
    (void)send_signal(*worker_, SIGKILL);
    wait_for_end(kForceMs);
  }
  if (!wait_status_) {
    forced = true;
    ::kill(keeper_.pid, SIGKILL);  // our own child that has not been reaped: no stranger can have this pid
    wait_for_end(kForceMs);
  }
  wait_for_worker(grace_ms);
  end_orphans();
  undo_ledger();
  stdout_.reset();
  if (!wait_status_) {
    end_->how = "it cannot be killed";
    end_->left_over.push_back(fmt::format("process {}", keeper_.pid));
  } else {
    const ExitStatus status = to_exit_status(*wait_status_);
    end_->how = to_string(status);
    if (forced) end_->how += ", after it had not ended by itself";
    end_->orderly = status.ok() && !forced;
  }
  end_->last_words = last_words();
  return *end_;
}

// Orphans of this agent: what carries its run id; and, when no other agent of ours could be the origin, every
// child in a session that is neither ours nor an agent's. Our own helpers never leave our session.
void LocalTransport::end_orphans() {
  const auto is_orphan = [&](int pid) {
    const auto stat = read_process_stat("/proc", pid);
    if (!stat || stat->ppid != ::getpid() || stat->session == ::getsid(0)) return false;
    const std::scoped_lock lock(keepers_mutex);
    if (keepers.contains(pid)) return false;
    const auto run_id = environment_of(pid, kRunVariable);
    if (run_id && !run_id->empty()) return *run_id == agent_.run_id;
    return keepers.empty() || stat->dead();
  };
  const auto find = [&] {
    std::vector<ProcessIdentity> found;
    const auto below = descendants("/proc", ::getpid());
    if (!below) return found;
    for (const int pid : *below) {
      if (!is_orphan(pid)) continue;
      if (const auto identity = identify(pid)) found.push_back(*identity);
      const auto members = descendants("/proc", pid);
      if (!members) continue;
      for (const int member : *members) {
        if (const auto identity = identify(member)) found.push_back(*identity);
      }
    }
    return found;
  };
  const auto reap = [&] {
    for (const int pid : all_processes("/proc")) {
      if (is_orphan(pid)) ::waitpid(pid, nullptr, WNOHANG);
    }
  };
  const auto left = end_all(find, reap, 1000, kForceMs);
  reap();
  for (const ProcessIdentity& process : left)
    end_->left_over.push_back(fmt::format("process {}", process.pid));
}

// There is a ledger left only when both of the agent's processes were killed, or when something could not be
// undone.
void LocalTransport::undo_ledger() {
  const auto report = undo_all(ledger_path(agent_.state_dir, agent_.run_id));
  if (!report) {
    end_->left_over.push_back(to_string(report.error()));
    return;
  }
  for (const Error& problem : report->problems) end_->left_over.push_back(to_string(problem));
}

std::string LocalTransport::last_words() const {
  struct stat info {};
  if (!stderr_ || ::fstat(stderr_.get(), &info) != 0 || info.st_size <= 0) return {};
  const auto size = std::min<size_t>(kLastWordsBytes, static_cast<size_t>(info.st_size));
  std::string text(size, '\0');
  const ssize_t bytes = ::pread(stderr_.get(), text.data(), size, info.st_size - static_cast<off_t>(size));
  text.resize(bytes > 0 ? static_cast<size_t>(bytes) : 0);
  return printable(trim(text));
}

}  // namespace bpftax
