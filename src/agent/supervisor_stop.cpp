// How a tree is ended: SIGINT, SIGTERM, SIGKILL to every member, each step until the tree is gone or its time
// is up.
#include <algorithm>
#include <csignal>

#include "agent/supervisor.h"
#include "util/strings.h"

namespace bpftax {
namespace {

constexpr int64_t kPollMs = 10;           // members that are not our children end without telling us
constexpr int64_t kKillLimitMs = 10'000;  // a process that outlives SIGKILL so long is stuck in the kernel

// A terminal would signal sudo and its command once each. Our signal to sudo comes from a user process, so
// that sudo passes it on (sudo(8), "Signal handling") and the command would get it twice: tools take a second
// SIGINT as "now".
bool passes_signals_on(const TreeMember& member, const std::vector<TreeMember>& members) {
  return member.comm == "sudo" && std::any_of(members.begin(), members.end(), [&](const TreeMember& other) {
           return other.ppid == member.process.pid;
         });
}

tl::unexpected<Error> cannot_stop(const std::string& name, const std::set<int>& pids) {
  std::vector<std::string> words;
  for (const int pid : pids) words.push_back(std::to_string(pid));
  const bool one = pids.size() == 1;
  return fail(ErrorKind::kEnvironment, "cannot stop", name,
              (one ? "process " : "processes ") + join(words, ", ") + " did not end within 10 s of SIGKILL",
              (one ? "it hangs in the kernel: see /proc/" : "they hang in the kernel: see /proc/") +
                  words.front() + "/stack");
}

}  // namespace

Result<void> Supervisor::stop(int64_t handle, OnStopped done) {
  BPFTAX_ASSIGN(Process * process, require(handle));
  if (process->job) {
    process->job->callbacks.push_back(std::move(done));
    return {};
  }
  if (process->tree_gone && process->report) {
    StopReport report = *process->report;
    report.already_gone = true;
    done(std::move(report));
    return {};
  }
  StopJob job;
  job.began_ns = monotonic_now_ns();
  job.already_gone = process->status.has_value();
  job.callbacks.push_back(std::move(done));
  process->job = std::move(job);
  tracker_.look();
  if (process->status && tracker_.members(handle).empty()) {
    advance(*process);
  } else {
    begin_step(*process, Step::kInterrupt);
  }
  return {};
}

void Supervisor::begin_step(Process& process, Step step) {
  StopJob& job = *process.job;
  const StopPolicy& policy = process.spec.stop;
  // A grace of 0 leaves the step out.
  if (step == Step::kInterrupt && policy.int_grace_ms == 0) step = Step::kTerminate;
  if (step == Step::kTerminate && policy.term_grace_ms == 0) step = Step::kKill;
  job.step = step;
  job.signalled.clear();
  int64_t limit_ms = kKillLimitMs;
  if (step == Step::kInterrupt) limit_ms = policy.int_grace_ms;
  if (step == Step::kTerminate) limit_ms = policy.term_grace_ms;
  job.deadline_ns = monotonic_now_ns() + limit_ms * 1'000'000;
  signal_members(process);
  const int64_t handle = process.handle.id;
  loop_.cancel(job.timer);
  job.timer = loop_.after_ms(kPollMs, [this, handle] {
    if (Process* stopping = find(handle); stopping != nullptr && stopping->job) advance(*stopping);
  });
}

void Supervisor::signal_members(Process& process) {
  StopJob& job = *process.job;
  const std::vector<TreeMember> members = tracker_.members(process.handle.id);
  int number = SIGKILL;
  const char* name = "SIGKILL";
  if (job.step == Step::kInterrupt) number = SIGINT, name = "SIGINT";
  if (job.step == Step::kTerminate) number = SIGTERM, name = "SIGTERM";
  for (const TreeMember& member : members) {
    if (job.step == Step::kInterrupt && passes_signals_on(member, members)) continue;
    if (!job.signalled.insert(member.process).second) continue;
    // A stopped process hears nothing but SIGKILL until it is continued. Not afterwards: that would take back
    // the SIGSTOP by which a tracer (strace, a sanitizer at exit) waits for a process that is ending.
    if (number != SIGKILL) (void)send_signal(member.process, SIGCONT);
    const auto sent = send_signal(member.process, number);
    if (!sent || !*sent) continue;
    job.last_signal = name;
    if (process.status && member.process != process.identity) job.stragglers.insert(member.process.pid);
  }
}

void Supervisor::advance(Process& process) {
  StopJob& job = *process.job;
  const int64_t handle = process.handle.id;
  tracker_.look();
  if (process.status && tracker_.members(handle).empty()) tracker_.look_everywhere(handle);
  if (process.status && tracker_.members(handle).empty()) {
    complete(process);
    return;
  }
  if (job.signalled.empty() && job.last_signal.empty() && job.deadline_ns == 0) {
    begin_step(process, Step::kInterrupt);  // found only by its environment
    return;
  }
  if (monotonic_now_ns() >= job.deadline_ns) {
    switch (job.step) {
      case Step::kInterrupt:
        begin_step(process, Step::kTerminate);
        return;
      case Step::kTerminate:
        begin_step(process, Step::kKill);
        return;
      case Step::kKill:
      case Step::kGiveUp:
        complete(process);
        return;
    }
  }
  signal_members(process);  // whatever was forked since
  loop_.cancel(job.timer);
  job.timer = loop_.after_ms(kPollMs, [this, handle] {
    if (Process* stopping = find(handle); stopping != nullptr && stopping->job) advance(*stopping);
  });
}

std::set<int> Supervisor::survivors(const Process& process) const {
  std::set<int> pids;
  if (!process.status) pids.insert(process.identity.pid);
  for (const TreeMember& member : tracker_.members(process.handle.id)) pids.insert(member.process.pid);
  return pids;
}

void Supervisor::complete(Process& process) {
  const int64_t handle = process.handle.id;
  StopJob job = std::move(*process.job);
  process.job.reset();
  loop_.cancel(job.timer);
  if (const auto stuck = survivors(process); !stuck.empty()) {
    const auto error = cannot_stop(process.spec.name, stuck);
    for (const OnStopped& callback : job.callbacks) callback(error);
    return;
  }
  StopReport report;
  report.status = *process.status;
  report.already_gone = job.already_gone;
  report.ended_by = job.already_gone ? "" : job.ended_by;
  report.took_ms = (monotonic_now_ns() - job.began_ns) / 1'000'000;
  report.stragglers.assign(job.stragglers.begin(), job.stragglers.end());
  finish_if_gone(process);
  if (Process* still = find(handle)) {
    report.status = *still->status;  // output is counted and cut now
    still->report = report;
  }
  for (const OnStopped& callback : job.callbacks) callback(report);
}

void Supervisor::stop_all(std::function<void()> done) {
  std::vector<int64_t> handles;
  for (const auto& [handle, process] : processes_) {
    if (!process.tree_gone) handles.push_back(handle);
  }
  // One more than there are, so that it is not done before all were asked.
  auto left = std::make_shared<size_t>(handles.size() + 1);
  const auto one_done = [left, done = std::move(done)] {
    if (--*left == 0) done();
  };
  for (const int64_t handle : handles) {
    const auto asked = stop(handle, [one_done](Result<StopReport>) { one_done(); });
    if (!asked) one_done();
  }
  one_done();
}

}  // namespace bpftax
