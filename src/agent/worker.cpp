#include "agent/worker.h"

#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>

#include "agent/codecs.h"
#include "agent/event_loop.h"
#include "agent/lifetime.h"
#include "agent/methods.h"
#include "agent/process_identity.h"
#include "agent/session.h"
#include "agent/supervisor.h"
#include "util/version.h"

namespace bpftax {
namespace {

constexpr int64_t kFlushMs = 1000;
constexpr int64_t kSilenceLookMs = 500;

// More descriptors than the usual 1024 for ourselves (samplers hold several a process); returns the soft
// limit that our children are to have.
uint64_t raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
  const uint64_t before = limit.rlim_cur;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  return before;
}

Result<Hello> make_hello(const WorkerOptions& options) {
  utsname system{};
  ::uname(&system);
  Hello hello;
  hello.protocol = kProtocolVersion;
  hello.version = kVersion;
  hello.pid = ::getpid();
  hello.keeper_pid = options.keeper_pid;
  hello.uid = static_cast<int>(::getuid());
  hello.arch = system.machine;
  hello.run_id = options.run_id;
  BPFTAX_ASSIGN(hello.boot_id, read_boot_id());
  return hello;
}

class Worker {
 public:
  Worker(EventLoop& loop, const WorkerOptions& options, const ConfinedFiles& files, const Ledger& ledger)
      : loop_(loop),
        supervisor_(loop, files, ledger, options.run_id, raise_descriptor_limit(),
                    [this](int64_t handle, const std::string& text) { notice(handle, text); }),
        state_{loop, files, ledger,        supervisor_, [this](Reply reply) { shut_down(std::move(reply)); },
               {},   {},    BpfInspector()} {}

  Result<void> serve(const WorkerOptions& options, int signal_fd) {
    BPFTAX_ASSIGN(const Hello hello, make_hello(options));
    session_ = RpcSession::create(loop_, STDIN_FILENO, STDOUT_FILENO, make_methods(state_),
                                  [this] { begin_shutdown(); });
    BPFTAX_TRY(loop_.add(signal_fd, EPOLLIN, [this, signal_fd](uint32_t) { on_signal(signal_fd); }));
    BPFTAX_TRY(session_->start());
    session_->send_line(notification_line("hello", to_json(hello)));
    if (options.silence_limit_ms > 0) watch_silence(options.silence_limit_ms);
    return loop_.run();
  }

  void finish() {
    if (!session_) return;
    session_->refuse_requests(std::nullopt);
    for (const Reply& reply : shutdown_replies_) reply.send(Json::object());
    session_->flush_and_close(kFlushMs);
  }

 private:
  void on_signal(int signal_fd) {
    signalfd_siginfo info{};
    while (::read(signal_fd, &info, sizeof(info)) == sizeof(info)) {
      if (info.ssi_signo == SIGCHLD) {
        supervisor_.reap();
      } else {
        begin_shutdown();
      }
    }
  }

  // A connection that is cut in the network ends nobody's stdin.
  void watch_silence(int64_t limit_ms) {
    if (shutting_down_) return;
    if (monotonic_now_ns() - session_->last_heard_ns() >= limit_ms * 1'000'000) {
      // To stderr too, for the case that somebody still listens.
      std::fprintf(stderr,
                   "bpftax-agent: nothing heard from the controller for %lld ms: stopping everything\n",
                   static_cast<long long>(limit_ms));
      begin_shutdown();
      return;
    }
    loop_.after_ms(kSilenceLookMs, [this, limit_ms] { watch_silence(limit_ms); });
  }

  void notice(int64_t handle, const std::string& text) {
    if (session_) session_->send_line(notification_line("notice", {{"id", handle}, {"text", text}}));
  }

  void shut_down(Reply reply) {
    shutdown_replies_.push_back(std::move(reply));
    begin_shutdown();
  }

  void begin_shutdown() {
    if (shutting_down_) return;
    shutting_down_ = true;
    if (session_)
      session_->refuse_requests(Error{ErrorKind::kLost, "the agent is shutting down", "", "", "", 0});
    state_.sampling.reset();
    state_.bpf_stats.reset();
    // From the loop: quit() must not come before run().
    loop_.at(0, [this] { supervisor_.stop_all([this] { loop_.quit(); }); });
  }

  EventLoop& loop_;
  Supervisor supervisor_;
  AgentState state_;
  std::shared_ptr<RpcSession> session_;
  std::vector<Reply> shutdown_replies_;
  bool shutting_down_ = false;
};

}  // namespace

Result<void> run_worker(const WorkerOptions& options, const ConfinedFiles& files, const Ledger& ledger) {
  if (::prctl(PR_SET_PDEATHSIG, SIGTERM) != 0) return fail_errno(errno, "cannot watch the keeper");
  // The keeper may have died before the line above.
  if (::getppid() != options.keeper_pid) ::raise(SIGTERM);
  if (::prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) return fail_errno(errno, "cannot become a subreaper");
  ::setsid();
  const sigset_t signals = keeper_signals();
  const Fd signal_fd(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signal_fd) return fail_errno(errno, "cannot receive signals");
  BPFTAX_ASSIGN(EventLoop loop, EventLoop::create());
  Worker worker(loop, options, files, ledger);
  const auto served = worker.serve(options, signal_fd.get());
  // Whatever happened: nothing may be left.
  const auto undone = end_everything(ledger.path());
  worker.finish();
  if (!served) return served;
  return undone;
}

}  // namespace bpftax
