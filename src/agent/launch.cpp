#include "agent/launch.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <map>
#include <memory>
#include <optional>

#include "agent/ledger.h"
#include "agent/process_identity.h"
#include "sample/paths.h"
#include "util/fd.h"
#include "util/strings.h"

extern char** environ;  // NOLINT(readability-redundant-declaration): POSIX wants it declared by the user

namespace bpftax {
namespace {

constexpr int64_t kPhaseLimitMs = 10'000;
constexpr int kExecFailed = 127;

enum class Stage : int { kReady, kParent, kDescriptors, kNetns, kCpus, kCwd, kLimits, kBarrier, kExec };

// What a child says on its pipe: kReady once, then nothing (the pipe closes by exec) or the stage that
// failed.
struct Word {
  Stage stage;
  int error;
};

// Everything a child needs, made before the fork: between fork and exec nothing is allocated.
struct Prepared {
  std::vector<std::string> words;
  std::vector<char*> argv;
  std::vector<std::string> variables;
  std::vector<char*> envp;
  Fd netns;
  std::vector<uint8_t> cpu_mask;
  const char* cwd = nullptr;
  int stdout_fd = -1, stderr_fd = -1;
};

struct Child {
  int pid = -1;
  Fd status;
};

std::string describe(const ProcessSpec& spec) {
  if (!spec.name.empty()) return spec.name;
  return spec.shell.empty() ? shorten(shell_join(spec.argv), 200) : shorten(spec.shell, 200);
}

std::vector<uint8_t> make_cpu_mask(const std::vector<int>& cpus) {
  if (cpus.empty()) return {};
  const auto count = static_cast<size_t>(*std::max_element(cpus.begin(), cpus.end())) + 1;
  // Whole unsigned longs, as the kernel reads them.
  std::vector<uint8_t> mask(CPU_ALLOC_SIZE(count), 0);
  auto* set = reinterpret_cast<cpu_set_t*>(mask.data());
  for (const int cpu : cpus) CPU_SET_S(static_cast<size_t>(cpu), mask.size(), set);
  return mask;
}

Result<Fd> open_netns(const std::string& name) {
  if (name == "." || name == ".." || name.find('/') != std::string::npos)
    return fail(ErrorKind::kUsage, "not a network namespace", name, "a name cannot hold '/'");
  const std::string path = std::string(paths::kNetnsDirectory) + "/" + name;
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return fail_errno(errno, "cannot open the network namespace", path);
  return fd;
}

Result<std::unique_ptr<Prepared>> prepare(const LaunchItem& item) {
  const ProcessSpec& spec = *item.spec;
  auto prepared = std::make_unique<Prepared>();
  prepared->words = spec.argv;
  if (!spec.shell.empty()) prepared->words = {"/bin/sh", "-c", spec.shell};
  for (std::string& word : prepared->words) prepared->argv.push_back(word.data());
  prepared->argv.push_back(nullptr);

  std::map<std::string, std::string> environment;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const size_t equals = text.find('=');
    if (equals != std::string_view::npos)
      environment[std::string(text.substr(0, equals))] = text.substr(equals + 1);
  }
  for (const auto& [name, value] : spec.env) environment[name] = value;
  environment[kRunVariable] = item.run_variable;
  environment[kHandleVariable] = item.handle_variable;
  for (const auto& [name, value] : environment) prepared->variables.push_back(name + "=" + value);
  for (std::string& variable : prepared->variables) prepared->envp.push_back(variable.data());
  prepared->envp.push_back(nullptr);

  if (!spec.netns.empty()) {
    BPFTAX_ASSIGN(prepared->netns, open_netns(spec.netns));
  }
  prepared->cpu_mask = make_cpu_mask(spec.cpus);
  if (!spec.cwd.empty()) prepared->cwd = spec.cwd.c_str();
  prepared->stdout_fd = item.stdout_fd;
  prepared->stderr_fd = item.stderr_fd;
  return prepared;
}

[[noreturn]] void give_up(int status_fd, Stage stage) {
  const Word word{stage, errno};
  (void)!::write(status_fd, &word, sizeof(word));
  ::_exit(kExecFailed);
}

bool set_descriptors(const Prepared& prepared) {
  const int null_fd = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  if (null_fd < 0) return false;
  // Sources may be 0, 1 or 2 themselves only by mistake: ours are all above (open() fills 0 to 2 at
  // start-up).
  return ::dup2(null_fd, 0) >= 0 && ::dup2(prepared.stdout_fd < 0 ? null_fd : prepared.stdout_fd, 1) >= 0 &&
         ::dup2(prepared.stderr_fd < 0 ? null_fd : prepared.stderr_fd, 2) >= 0;
}

void reset_signals() {
  struct sigaction action {};
  action.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) ::sigaction(number, &action, nullptr);
}

[[noreturn]] void run_child(const Prepared& prepared, int status_fd, int barrier_fd, pid_t parent,
                            uint64_t nofile_soft_limit) {
  reset_signals();
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) give_up(status_fd, Stage::kParent);
  // The parent may have died before the line above.
  if (::getppid() != parent) ::_exit(kExecFailed);
  ::setsid();
  ::umask(022);
  if (!set_descriptors(prepared)) give_up(status_fd, Stage::kDescriptors);
  if (prepared.netns && ::setns(prepared.netns.get(), CLONE_NEWNET) != 0) give_up(status_fd, Stage::kNetns);
  if (!prepared.cpu_mask.empty() &&
      ::sched_setaffinity(0, prepared.cpu_mask.size(),
                          reinterpret_cast<const cpu_set_t*>(prepared.cpu_mask.data())) != 0) {
    give_up(status_fd, Stage::kCpus);
  }
  if (prepared.cwd != nullptr && ::chdir(prepared.cwd) != 0) give_up(status_fd, Stage::kCwd);
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) give_up(status_fd, Stage::kLimits);
  files.rlim_cur = std::min<rlim_t>(nofile_soft_limit, files.rlim_max);
  if (::setrlimit(RLIMIT_NOFILE, &files) != 0) give_up(status_fd, Stage::kLimits);

  const Word ready{Stage::kReady, 0};
  if (::write(status_fd, &ready, sizeof(ready)) != sizeof(ready)) ::_exit(kExecFailed);
  uint64_t ticket = 0;
  ssize_t got = 0;
  do {
    got = ::read(barrier_fd, &ticket, sizeof(ticket));
  } while (got < 0 && errno == EINTR);
  if (got != sizeof(ticket)) give_up(status_fd, Stage::kBarrier);

  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  environ = const_cast<char**>(prepared.envp.data());
  ::execvp(prepared.argv[0], prepared.argv.data());
  give_up(status_fd, Stage::kExec);
}

// Reads one Word. nullopt: the pipe was closed (exec, or the child died).
Result<std::optional<Word>> hear(const Child& child, int64_t deadline_ns, const ProcessSpec& spec) {
  while (true) {
    const int64_t left_ms = (deadline_ns - monotonic_now_ns()) / 1'000'000;
    if (left_ms <= 0) {
      return fail(ErrorKind::kEnvironment, "cannot start", describe(spec), "it did not get going within 10 s",
                  "a file system that hangs, or a machine without memory");
    }
    pollfd wait{child.status.get(), POLLIN, 0};
    if (::poll(&wait, 1, static_cast<int>(left_ms)) <= 0) continue;
    Word word{};
    const ssize_t got = ::read(child.status.get(), &word, sizeof(word));
    if (got < 0 && errno == EINTR) continue;
    if (got == sizeof(word)) return std::optional<Word>(word);
    return std::optional<Word>{};
  }
}

tl::unexpected<Error> explain(const Word& word, const ProcessSpec& spec) {
  const std::string name = describe(spec);
  switch (word.stage) {
    case Stage::kNetns:
      return fail_errno(word.error, "cannot enter the network namespace " + spec.netns, name,
                        ErrorKind::kEnvironment,
                        "entering a network namespace needs CAP_SYS_ADMIN: run as root");
    case Stage::kCpus: {
      std::vector<std::string> cpus;
      for (const int cpu : spec.cpus) cpus.push_back(std::to_string(cpu));
      return fail_errno(word.error, "cannot run on CPU " + join(cpus, ","), name, ErrorKind::kEnvironment,
                        "see /sys/devices/system/cpu/online");
    }
    case Stage::kCwd:
      return fail_errno(word.error, "cannot change to the folder " + spec.cwd, name);
    case Stage::kExec: {
      const std::string program = spec.shell.empty() ? spec.argv[0] : "/bin/sh";
      std::string hint;
      if (word.error == ENOENT) hint = "is it installed, and in the PATH of the agent?";
      if (word.error == EACCES || word.error == ENOEXEC) hint = "is it an executable file?";
      return fail_errno(word.error, "cannot run " + program, name == program ? "" : name,
                        ErrorKind::kEnvironment, std::move(hint));
    }
    case Stage::kReady:
    case Stage::kParent:
    case Stage::kDescriptors:
    case Stage::kLimits:
    case Stage::kBarrier:
      break;
  }
  return fail_errno(word.error, "cannot set up the process", name, ErrorKind::kInternal);
}

Result<Child> fork_child(const Prepared& prepared, int barrier_fd, uint64_t nofile_soft_limit) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail_errno(errno, "cannot create a pipe");
  Fd reader(ends[0]);
  const Fd writer(ends[1]);
  // No signal may reach a handler or a signalfd of ours in the child: blocked until just before its exec.
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, &before);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) run_child(prepared, writer.get(), barrier_fd, parent, nofile_soft_limit);
  const int error = errno;
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  if (pid < 0) return fail_errno(error, "cannot fork");
  return Child{pid, std::move(reader)};
}

}  // namespace

Result<Launched> launch_together(const std::vector<LaunchItem>& items,
                                 const std::function<Result<void>(const std::vector<int>&)>& before_release,
                                 uint64_t nofile_soft_limit) {
  std::vector<std::unique_ptr<Prepared>> prepared;
  for (const LaunchItem& item : items) {
    BPFTAX_ASSIGN(auto one, prepare(item));
    prepared.push_back(std::move(one));
  }
  const Fd barrier(::eventfd(0, EFD_SEMAPHORE | EFD_CLOEXEC));
  if (!barrier) return fail_errno(errno, "cannot create an eventfd");

  std::vector<Child> children;
  Launched launched;
  const auto start = [&]() -> Result<void> {
    for (const auto& one : prepared) {
      BPFTAX_ASSIGN(Child child, fork_child(*one, barrier.get(), nofile_soft_limit));
      launched.pids.push_back(child.pid);
      children.push_back(std::move(child));
    }
    const int64_t ready_by_ns = monotonic_now_ns() + kPhaseLimitMs * 1'000'000;
    for (size_t i = 0; i < children.size(); ++i) {
      BPFTAX_ASSIGN(const std::optional<Word> word, hear(children[i], ready_by_ns, *items[i].spec));
      if (!word)
        return fail(ErrorKind::kInternal, "cannot start", describe(*items[i].spec), "it died at once");
      if (word->stage != Stage::kReady) return explain(*word, *items[i].spec);
    }
    BPFTAX_TRY(before_release(launched.pids));
    const uint64_t tickets = children.size();
    launched.released_ns = monotonic_now_ns();
    if (::write(barrier.get(), &tickets, sizeof(tickets)) != sizeof(tickets))
      return fail_errno(errno, "cannot release the processes");
    const int64_t running_by_ns = monotonic_now_ns() + kPhaseLimitMs * 1'000'000;
    for (size_t i = 0; i < children.size(); ++i) {
      BPFTAX_ASSIGN(const std::optional<Word> word, hear(children[i], running_by_ns, *items[i].spec));
      if (word) return explain(*word, *items[i].spec);
    }
    return {};
  };
  auto started = start();
  if (started) return launched;
  // Not reaped yet: pid and process group are still theirs, and what a released one has forked is in its
  // group.
  for (const Child& child : children) {
    ::kill(-child.pid, SIGKILL);
    ::kill(child.pid, SIGKILL);
  }
  for (const Child& child : children) {
    while (::waitpid(child.pid, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  return propagate(std::move(started));
}

}  // namespace bpftax
