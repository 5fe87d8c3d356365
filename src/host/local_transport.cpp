#include "host/local_transport.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
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

namespace bpftax {

namespace {

constexpr int64_t kForceMs = 5'000;  // for the keeper to clean up after a worker that we had to kill

// Keepers of all sessions of this process: they are not orphans.
std::mutex keepers_mutex;
std::set<int> keepers;

}  // namespace

Result<std::unique_ptr<LocalTransport>> LocalTransport::start(const LocalAgent& agent) {
  if (agent.argv.empty())
    return fail(ErrorKind::kInternal, "cannot start the agent", {}, "no program was named");
  if (::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0)
    return fail_errno(errno, "cannot become a child subreaper");
  Child child;
  {
    // Held until the pid is known, so that no other session takes it for an orphan.
    const std::scoped_lock lock(keepers_mutex);
    BPFTAX_ASSIGN(child,
                  start_child(agent.argv, ChildGroup::kOwnSession, "cannot start the agent",
                              "bpftax-agent must be beside bpftax; or name it with BPFTAX_AGENT=PATH"));
    keepers.insert(child.pid);
  }
  std::unique_ptr<LocalTransport> transport(new LocalTransport);
  transport->agent_ = agent;
  transport->keeper_.pid = child.pid;
  transport->child_ = std::move(child);
  // Our child until we reap it: the pid cannot be anyone else's, even if it has ended already.
  if (const auto identity = identify(transport->keeper_.pid)) transport->keeper_ = *identity;
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
  if (child_.status) return true;
  if (!reap_child(child_)) return false;
  const std::scoped_lock lock(keepers_mutex);
  keepers.erase(keeper_.pid);
  return true;
}

void LocalTransport::wait_for_end(int64_t grace_ms) {
  const int64_t deadline_ns = monotonic_now_ns() + grace_ms * kNsPerMs;
  while (!reap_keeper()) {
    const int64_t left_ms = (deadline_ns - monotonic_now_ns()) / kNsPerMs;
    if (left_ms <= 0) return;
    rest(keeper_.pid, child_.out.get(), left_ms);
    drain(child_.out);
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
    rest(worker_->pid, child_.out.get(), left_ms);
    drain(child_.out);
  }
}

const AgentEnd& LocalTransport::finish(int64_t grace_ms) {
  if (end_) return *end_;
  end_.emplace();
  child_.in.reset();
  wait_for_end(grace_ms);
  bool forced = false;
  if (!child_.status && worker_) {
    // The worker hangs. Its keeper knows best how to clean up after it.
    forced = true;
    (void)send_signal(*worker_, SIGKILL);
    wait_for_end(kForceMs);
  }
  if (!child_.status) {
    forced = true;
    ::kill(keeper_.pid, SIGKILL);  // our own child that has not been reaped: no stranger can have this pid
    wait_for_end(kForceMs);
  }
  wait_for_worker(grace_ms);
  end_orphans();
  undo_ledger();
  child_.out.reset();
  if (!child_.status) {
    end_->how = "it cannot be killed";
    end_->left_over.push_back(fmt::format("process {}", keeper_.pid));
  } else {
    end_->how = to_string(*child_.status);
    if (forced) end_->how += ", after it had not ended by itself";
    end_->orderly = child_.status->ok() && !forced;
  }
  end_->last_words = last_words(child_.words);
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

}  // namespace bpftax
