#include "host/child_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "host/interrupt.h"
#include "util/clock.h"
#include "util/strings.h"

namespace bpftax {

namespace {

constexpr size_t kLastWordsBytes = 4096;

int64_t monotonic_ns() {
  return RealClock().monotonic_ns();
}

// Descriptors below 3 would be overwritten while the child's stdin, stdout and stderr are put in place.
Result<Fd> above_stdio(Fd fd) {
  if (fd.get() > 2) return fd;
  Fd moved(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 3));
  if (!moved) return fail_errno(errno, "cannot duplicate a descriptor");
  return moved;
}

Result<std::pair<Fd, Fd>> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail_errno(errno, "cannot make a pipe");
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

}  // namespace

Result<Child> start_child(const std::vector<std::string>& argv, ChildGroup group, const std::string& what,
                          const std::string& hint) {
  BPFTAX_ASSIGN(auto to_child, make_pipe());
  BPFTAX_ASSIGN(auto from_child, make_pipe());
  BPFTAX_ASSIGN(Fd words, above_stdio(Fd(::memfd_create("bpftax-child-stderr", MFD_CLOEXEC))));
  if (!words) return fail_errno(errno, what);
  // Several processes may share it (keeper and worker): each write goes to the end.
  ::fcntl(words.get(), F_SETFL, O_APPEND);

  SpawnSettings settings;
  ::posix_spawn_file_actions_adddup2(&settings.actions, to_child.first.get(), 0);
  ::posix_spawn_file_actions_adddup2(&settings.actions, from_child.second.get(), 1);
  ::posix_spawn_file_actions_adddup2(&settings.actions, words.get(), 2);
  sigset_t none, all;
  ::sigemptyset(&none);
  ::sigfillset(&all);
  ::posix_spawnattr_setsigmask(&settings.attributes, &none);
  ::posix_spawnattr_setsigdefault(&settings.attributes, &all);
  const int grouping = group == ChildGroup::kOwnSession ? POSIX_SPAWN_SETSID : POSIX_SPAWN_SETPGROUP;
  ::posix_spawnattr_setflags(&settings.attributes,
                             static_cast<short>(grouping | POSIX_SPAWN_SETSIGMASK |
                                                POSIX_SPAWN_SETSIGDEF));  // NOLINT(google-runtime-int)
  std::vector<char*> words_of_argv;
  words_of_argv.reserve(argv.size() + 1);
  for (const std::string& word : argv) words_of_argv.push_back(const_cast<char*>(word.c_str()));
  words_of_argv.push_back(nullptr);
  Child child;
  const int failure = ::posix_spawnp(&child.pid, argv[0].c_str(), &settings.actions, &settings.attributes,
                                     words_of_argv.data(), environ);
  if (failure != 0) return fail_errno(failure, what, argv[0], ErrorKind::kEnvironment, hint);
  child.in = std::move(to_child.second);
  child.out = std::move(from_child.first);
  child.words = std::move(words);
  for (const int fd : {child.in.get(), child.out.get()}) ::fcntl(fd, F_SETFL, O_NONBLOCK);
  return child;
}

bool reap_child(Child& child) {
  if (child.status) return true;
  int status = 0;
  const pid_t reaped = ::waitpid(child.pid, &status, WNOHANG);
  if (reaped == 0) return false;
  // ECHILD: somebody else has reaped it; how it ended cannot be known.
  if (reaped != child.pid) status = 0xff00;
  child.status.emplace();
  child.status->signaled = WIFSIGNALED(status);
  child.status->code = child.status->signaled ? WTERMSIG(status) : WEXITSTATUS(status);
  return true;
}

bool wait_for_child(Child& child, int64_t timeout_ms) {
  const int64_t deadline_ns = monotonic_ns() + timeout_ms * kNsPerMs;
  while (!reap_child(child)) {
    const int64_t left_ms = (deadline_ns - monotonic_ns()) / kNsPerMs;
    if (left_ms <= 0) return false;
    rest(child.pid, child.out.get(), left_ms);
    drain(child.out);
  }
  return true;
}

void end_child(Child& child, int64_t grace_ms) {
  if (child.pid <= 0) return;
  child.in.reset();
  // Not reaped yet: no stranger can have this pid, nor the group that it leads.
  if (!reap_child(child)) {
    ::kill(-child.pid, SIGTERM);
    if (!wait_for_child(child, grace_ms)) {
      ::kill(-child.pid, SIGKILL);
      (void)wait_for_child(child, 5'000);  // a process that cannot be killed is the kernel's
    }
  }
  child.out.reset();
}

void rest(int pid, int pipe_fd, int64_t ms) {
  const Fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  pollfd fds[2] = {{pidfd.get(), POLLIN, 0}, {pipe_fd, POLLIN, 0}};
  ::poll(fds, 2, static_cast<int>(std::min<int64_t>(ms, pidfd ? 1000 : 10)));
}

void drain(Fd& fd) {
  char buffer[65536];
  while (fd) {
    const ssize_t bytes = ::read(fd.get(), buffer, sizeof buffer);
    if (bytes > 0 || (bytes < 0 && errno == EINTR)) continue;
    if (bytes == 0 || errno != EAGAIN) fd.reset();
    return;
  }
}

Result<std::string> exchange_with(Child& child, const Exchange& exchange, const std::string& what,
                                  const std::string& where) {
  const int64_t deadline_ns = monotonic_ns() + exchange.timeout_ms * kNsPerMs;
  std::string_view input = exchange.input;
  std::string output;
  while (true) {
    if (input.empty() && !exchange.keep_stdin) child.in.reset();
    const bool watch_interrupt = !InterruptShield::active();
    if (watch_interrupt && interrupted()) return fail_interrupted(what);
    const int64_t left_ms = (deadline_ns - monotonic_ns()) / kNsPerMs;
    if (left_ms <= 0) {
      return fail(ErrorKind::kLost, what, where,
                  fmt::format("no answer within {} s", exchange.timeout_ms / 1'000));
    }
    pollfd fds[3] = {{child.out.get(), POLLIN, 0},
                     {input.empty() ? -1 : child.in.get(), POLLOUT, 0},
                     {watch_interrupt ? interrupt_fd() : -1, POLLIN, 0}};
    if (::poll(fds, 3, static_cast<int>(std::min(left_ms + 1, kPollSliceMs))) < 0 && errno != EINTR)
      return fail_errno(errno, what, where);
    if (fds[1].revents != 0) {
      const ssize_t written = write_without_sigpipe(child.in.get(), input.data(), input.size());
      if (written > 0) input.remove_prefix(static_cast<size_t>(written));
      // It has stopped reading; what it says about that comes through its output.
      if (written < 0 && errno != EAGAIN && errno != EINTR) input = {};
    }
    if (fds[0].revents == 0) continue;
    char buffer[65536];
    const ssize_t bytes = ::read(child.out.get(), buffer, sizeof buffer);
    if (bytes < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (bytes <= 0) return output;
    output.append(buffer, static_cast<size_t>(bytes));
    if (output.size() > exchange.max_bytes) {
      return fail(ErrorKind::kEnvironment, what, where,
                  fmt::format("it wrote more than {} bytes", exchange.max_bytes));
    }
    if (exchange.done && exchange.done(output)) return output;
  }
}

ssize_t write_without_sigpipe(int fd, const char* data, size_t size) {
  sigset_t pipe_signal, old_mask, pending;
  ::sigemptyset(&pipe_signal);
  ::sigaddset(&pipe_signal, SIGPIPE);
  ::sigpending(&pending);
  const bool was_pending = ::sigismember(&pending, SIGPIPE) == 1;
  ::pthread_sigmask(SIG_BLOCK, &pipe_signal, &old_mask);
  const ssize_t written = ::write(fd, data, size);
  const int saved_errno = errno;
  if (written < 0 && saved_errno == EPIPE && !was_pending) {
    const timespec no_time{};
    while (::sigtimedwait(&pipe_signal, nullptr, &no_time) < 0 && errno == EINTR) {
    }
  }
  ::pthread_sigmask(SIG_SETMASK, &old_mask, nullptr);
  errno = saved_errno;
  return written;
}

std::string last_words(const Fd& words) {
  struct stat info {};
  if (!words || ::fstat(words.get(), &info) != 0 || info.st_size <= 0) return {};
  const auto size = std::min<size_t>(kLastWordsBytes, static_cast<size_t>(info.st_size));
  std::string text(size, '\0');
  const ssize_t bytes = ::pread(words.get(), text.data(), size, info.st_size - static_cast<off_t>(size));
  text.resize(bytes > 0 ? static_cast<size_t>(bytes) : 0);
  return printable(trim(text));
}

}  // namespace bpftax
