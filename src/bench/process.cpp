#include "bench/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <exception>
#include <optional>
#include <string>

#include "bench/process_request.h"
#include "bench/this_thread.h"
#include "host/child_process.h"
#include "host/interrupt.h"
#include "util/clock.h"
#include "util/fd.h"
#include "util/files.h"
#include "util/json.h"
#include "util/strings.h"

namespace bpftax::bench {
namespace {

constexpr size_t kMostResultBytes = 64u << 20;
constexpr int kLookSliceMs = 200;  // longest sleep before looking whether the child is still there
constexpr size_t kMostReason = 400;
constexpr size_t kMostRequestBytes = 1u << 20;
constexpr int kAnswerFd = 3;  // of a program that was executed anew
static_assert(kMostSamplingS * 1000 < kProcessLimitMs, "sampling ends by itself before it is ended");

// ---- in the child ----

ProcessResult refused(Status status, const Error& error) {
  ProcessResult result;
  result.status = status;
  result.reason = error.why.empty() ? to_string(error) : error.why;
  return result;
}

ProcessResult measure(const Benchmark& benchmark, const Task& task, const SamplingRequest& request) {
  if (const Result<void> able = benchmark.needs(task); !able)
    return refused(Status::kUnavailable, able.error());
  auto instance = benchmark.setup(task, request.sampling);
  if (!instance) {
    const bool cannot = instance.error().kind == ErrorKind::kEnvironment;
    return refused(cannot ? Status::kUnavailable : Status::kInvalid, instance.error());
  }
  if (const Result<void> pinned = pin_to_cpu(task.cpus.empty() ? -1 : task.cpus.front()); !pinned)
    return refused(Status::kInvalid, pinned.error());
  const RealClock clock;
  return sample_instance(**instance, request,
                         [&clock] { return static_cast<uint64_t>(clock.monotonic_ns()); });
  // The instance is torn down before its numbers are handed over: a teardown that crashes spoils them.
}

ProcessResult measure_or_say_why(const Benchmark& benchmark, const Task& task,
                                 const SamplingRequest& request) {
  ProcessResult died;
  died.status = Status::kInvalid;
  try {
    return measure(benchmark, task, request);
  } catch (const std::exception& exception) {
    died.reason = std::string("exception: ") + exception.what();
  } catch (...) {
    died.reason = "exception";
  }
  return died;
}

void write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) ::_exit(1);  // nobody listens any more
    text.remove_prefix(static_cast<size_t>(written));
  }
}

void default_signals() {
  struct sigaction action {};
  action.sa_handler = SIG_DFL;
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGCHLD}) ::sigaction(number, &action, nullptr);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

// `in` becomes standard input.
void be_child(pid_t parent, int in, int words) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);     // outlives execve()
  if (::getppid() != parent) ::_exit(1);  // it died before the line above
  ::setpgid(0, 0);
  default_signals();
  ::dup2(in, STDIN_FILENO);
  ::dup2(words, STDOUT_FILENO);
  ::dup2(words, STDERR_FILENO);
}

[[noreturn]] void answer(int out, const ProcessResult& result) {
  write_all(out, dump_line(to_json(result)) + "\n");
  ::_exit(0);
}

// What the child does once it is set up; it does not return.
using ChildBody = std::function<void(int out)>;

// ---- in the controller ----

class TaskProcess {
 public:
  TaskProcess(pid_t pid, Fd out) : pid_(pid), out_(std::move(out)) {}
  ~TaskProcess() { end(); }
  TaskProcess(const TaskProcess&) = delete;
  TaskProcess& operator=(const TaskProcess&) = delete;

  // False: the time is up. Ends with its line, or with its end.
  Result<bool> collect(int64_t limit_ms) {
    const RealClock clock;
    const int64_t deadline_ns = clock.monotonic_ns() + limit_ms * kNsPerMs;
    while (true) {
      if (interrupt_pending()) return fail_interrupted("cannot measure");
      const int64_t left_ms = (deadline_ns - clock.monotonic_ns()) / kNsPerMs;
      if (left_ms <= 0) return false;
      const bool complete = text_.ends_with('\n') || text_.size() > kMostResultBytes;
      // Dead first, then a last look into the pipe: what it wrote before it died is there.
      const bool dead = has_ended();
      const bool closed = !out_ || (!complete && !read_some());
      if (dead && (complete || closed || !readable())) return true;
      const int64_t slice = complete || closed ? 1 : std::min<int64_t>(left_ms, kLookSliceMs);
      wait_ms(slice, complete || closed);
    }
  }

  // Kills what is left of its group and reaps it.
  void end() {
    if (pid_ < 0) return;
    // The process is ours until it is reaped, so neither number can mean another one.
    ::kill(-pid_, SIGKILL);
    ::kill(pid_, SIGKILL);
    while (::waitpid(pid_, &status_, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
  }

  const std::string& text() const { return text_; }
  int status() const { return status_; }  // of waitpid(), after end()

 private:
  bool has_ended() const {
    siginfo_t info{};
    return ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid == pid_;
  }
  bool readable() const {
    pollfd fd{out_.get(), POLLIN, 0};
    return ::poll(&fd, 1, 0) > 0 && (fd.revents & POLLIN) != 0;
  }
  void wait_ms(int64_t ms, bool only_interrupt) const {
    pollfd fds[2] = {{only_interrupt ? -1 : out_.get(), POLLIN, 0},
                     {InterruptShield::active() ? -1 : interrupt_fd(), POLLIN, 0}};
    ::poll(fds, 2, static_cast<int>(ms));
  }
  // False at the end of what it says.
  bool read_some() {
    char buffer[65536];
    while (text_.size() <= kMostResultBytes) {
      const ssize_t bytes = ::read(out_.get(), buffer, sizeof buffer);
      if (bytes < 0 && errno == EINTR) continue;
      if (bytes < 0) return errno == EAGAIN;
      if (bytes == 0) {
        out_.reset();
        return false;
      }
      text_.append(buffer, static_cast<size_t>(bytes));
    }
    return true;
  }

  pid_t pid_;
  Fd out_;
  std::string text_;
  int status_ = 0;
};

// The first complaint of libbpf is usually the cause of the others.
std::string first_complaint(const std::string& words) {
  for (const std::string_view line : split(words, '\n')) {
    constexpr std::string_view kPrefix = "libbpf: ";
    if (line.starts_with(kPrefix)) return std::string(line.substr(kPrefix.size()));
  }
  return {};
}

ProcessResult invalid(std::string reason, const std::string& words) {
  ProcessResult result;
  result.status = Status::kInvalid;
  if (!words.empty()) reason += "; it said: " + words;
  result.reason = shorten(reason, kMostReason);
  return result;
}

std::string end_of(int status) {
  if (WIFSIGNALED(status)) {
    const char* name = ::sigabbrev_np(WTERMSIG(status));
    return fmt::format("the process was killed by SIG{}", name != nullptr ? name : "?");
  }
  return fmt::format("the process ended with code {} and without a result", WEXITSTATUS(status));
}

ProcessResult result_of(const TaskProcess& process, const std::string& words) {
  const bool whole = process.text().ends_with('\n');
  if (!WIFEXITED(process.status()) || WEXITSTATUS(process.status()) != 0 || !whole)
    return invalid(end_of(process.status()), words);
  Result<ProcessResult> result = process_result_from_json(process.text());
  if (!result)
    return invalid("the process wrote what is no result: " + result.error().where + ": " + result.error().why,
                   words);
  if (result->status == Status::kMeasured) return std::move(*result);
  const std::string complaint = first_complaint(words);
  if (!complaint.empty() && result->reason.find(complaint) == std::string::npos)
    result->reason += " (" + complaint + ")";
  result->reason = shorten(printable(result->reason), kMostReason);
  return std::move(*result);
}

constexpr const char* kWhat = "cannot start a process to measure in";

Result<ProcessResult> run_child(const Fd& input, const ChildBody& body, int64_t limit_ms) {
  if (interrupt_pending()) return fail_interrupted("cannot measure");
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail_errno(errno, kWhat, "pipe");
  Fd out(ends[0]), in(ends[1]);
  if (::fcntl(out.get(), F_SETFL, O_NONBLOCK) != 0) return fail_errno(errno, kWhat, "pipe");
  const Fd words(::memfd_create("bpftax-bench-words", MFD_CLOEXEC));
  if (!words) return fail_errno(errno, kWhat, "memfd");

  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) return fail_errno(errno, kWhat, "fork");
  if (pid == 0) {
    be_child(parent, input.get(), words.get());
    body(in.get());
    ::_exit(1);
  }
  ::setpgid(pid, pid);  // whoever comes first; so that it can be killed as a group at once
  in.reset();

  TaskProcess process(pid, std::move(out));
  BPFTAX_ASSIGN(const bool in_time, process.collect(limit_ms));
  process.end();
  const std::string said = last_words(words);
  if (!in_time)
    return invalid(fmt::format("the process took longer than {:g} s and was ended",
                               static_cast<double>(limit_ms) / 1000.0),
                   said);
  return result_of(process, said);
}

}  // namespace

Result<ProcessResult> run_in_process(const Benchmark& benchmark, const Task& task,
                                     const SamplingRequest& request, int64_t limit_ms) {
  const Fd nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!nothing) return fail_errno(errno, kWhat, "/dev/null");
  return run_child(
      nothing, [&](int out) { answer(out, measure_or_say_why(benchmark, task, request)); }, limit_ms);
}

Result<ProcessResult> run_in_fresh_process(const FreshProgram& program, const Task& task,
                                           const SamplingRequest& request, int64_t limit_ms) {
  const Fd input(::memfd_create("bpftax-bench-request", MFD_CLOEXEC));
  if (!input) return fail_errno(errno, kWhat, "memfd");
  const std::string text = dump_line(to_json(ProcessRequest{task, request})) + "\n";
  if (::write(input.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
      ::lseek(input.get(), 0, SEEK_SET) != 0)
    return fail_errno(errno, kWhat, "memfd");
  std::vector<std::string> words = program.arguments;
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  return run_child(
      input,
      [&](int out) {
        // The answer's descriptor is the only one beyond the first three that outlives execve().
        if (out == kAnswerFd)
          ::fcntl(out, F_SETFD, 0);
        else
          ::dup2(out, kAnswerFd);
        ::execv(program.file.c_str(), arguments.data());
        ::dprintf(STDERR_FILENO, "cannot execute %s: %s\n", program.file.c_str(), std::strerror(errno));
      },
      limit_ms);
}

Result<void> serve_process(const FindBenchmark& find) {
  if (::fcntl(kAnswerFd, F_SETFD, FD_CLOEXEC) != 0)
    return fail(ErrorKind::kUsage, "nobody waits for a measurement", "descriptor 3", "it is not open",
                "this is how bpftax bench starts itself; use bpftax bench maps and the like");
  BPFTAX_ASSIGN(const std::string text, read_file("/proc/self/fd/0", kMostRequestBytes));
  BPFTAX_ASSIGN(const ProcessRequest request, process_request_from_json(text));
  BPFTAX_ASSIGN(const Benchmark* benchmark, find(request.task));
  // What a benchmark reads from its standard input is nothing.
  const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (nothing >= 0) ::dup2(nothing, STDIN_FILENO);
  answer(kAnswerFd, measure_or_say_why(*benchmark, request.task, request.sampling));
}

}  // namespace bpftax::bench
