#include "agent/supervisor.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>

#include "agent/launch.h"
#include "util/strings.h"

namespace bpftax {
namespace {

constexpr int64_t kWatchMs = 100;     // how often the sizes of output files are looked at
constexpr int64_t kLookMs = 500;      // how often trees are walked when nobody asks
constexpr int64_t kFirstLookMs = 30;  // after a start: wrappers have forked their commands by then
constexpr int64_t kMemoryCap = 16 << 20;
// A tree that forks all the time must not let the ledger grow without end.
constexpr int kMaxRecordedMembers = 100'000;

int64_t microseconds(const timeval& time) {
  return time.tv_sec * int64_t{1'000'000} + time.tv_usec;
}

}  // namespace

Supervisor::Supervisor(EventLoop& loop, const ConfinedFiles& files, const Ledger& ledger, std::string run_id,
                       uint64_t nofile_soft_limit, OnNotice on_notice)
    : loop_(loop),
      files_(files),
      ledger_(ledger),
      run_id_(std::move(run_id)),
      nofile_soft_limit_(nofile_soft_limit),
      on_notice_(std::move(on_notice)),
      // A ledger that cannot be written (full disk) stops nothing that runs: the keeper still finds it.
      tracker_(run_id_, [this](int64_t handle, const ProcessIdentity& process) {
        if (++recorded_members_ <= kMaxRecordedMembers) (void)ledger_.record_process(process, handle);
      }) {}

Supervisor::Process* Supervisor::find(int64_t handle) {
  const auto it = processes_.find(handle);
  return it == processes_.end() ? nullptr : &it->second;
}
const Supervisor::Process* Supervisor::find(int64_t handle) const {
  const auto it = processes_.find(handle);
  return it == processes_.end() ? nullptr : &it->second;
}

Result<Supervisor::Process*> Supervisor::require(int64_t handle) {
  if (Process* process = find(handle)) return process;
  return fail(ErrorKind::kInternal, "no such process", std::to_string(handle), "the agent never started it");
}

// ---- starting ----

Result<std::shared_ptr<OutputFile>> Supervisor::open_output(const std::string& path, int64_t cap,
                                                            bool keep) const {
  if (path.empty() && !keep) return std::shared_ptr<OutputFile>{};
  auto file = path.empty() ? OutputFile::create_in_memory(std::min(cap, kMemoryCap))
                           : OutputFile::create(files_, path, cap);
  if (!file) return propagate(std::move(file));
  return std::make_shared<OutputFile>(std::move(*file));
}

Result<void> Supervisor::open_outputs(Process& process, bool keep) const {
  const ProcessSpec& spec = process.spec;
  BPFTAX_ASSIGN(process.out, open_output(spec.stdout_path, spec.output_cap_bytes, keep));
  if (!spec.stdout_path.empty() && spec.stdout_path == spec.stderr_path) {
    process.err = process.out;
    return {};
  }
  BPFTAX_ASSIGN(process.err, open_output(spec.stderr_path, spec.output_cap_bytes, keep));
  return {};
}

Result<std::vector<ProcessHandle>> Supervisor::start(const std::vector<ProcessSpec>& specs,
                                                     bool keep_output) {
  std::vector<Process> starting(specs.size());
  std::vector<LaunchItem> items;
  for (size_t i = 0; i < specs.size(); ++i) {
    Process& process = starting[i];
    process.spec = specs[i];
    process.handle.id = ++last_handle_;
    BPFTAX_TRY(open_outputs(process, keep_output));
    LaunchItem item;
    item.spec = &process.spec;
    if (process.out) item.stdout_fd = process.out->fd();
    if (process.err) item.stderr_fd = process.err->fd();
    item.run_variable = run_id_;
    item.handle_variable = run_id_ + ":" + std::to_string(process.handle.id);
    items.push_back(std::move(item));
  }
  const auto before_release = [&](const std::vector<int>& pids) -> Result<void> {
    for (size_t i = 0; i < pids.size(); ++i) {
      const auto identity = identify(pids[i]);
      if (!identity) return fail(ErrorKind::kInternal, "cannot start", specs[i].name, "it died at once");
      starting[i].identity = *identity;
      BPFTAX_TRY(ledger_.record_process(*identity, starting[i].handle.id));
    }
    return {};
  };
  auto launched = launch_together(items, before_release, nofile_soft_limit_);
  if (!launched) {
    for (const Process& process : starting) {
      if (process.identity.pid != 0) (void)ledger_.forget_process(process.identity, process.handle.id);
    }
    return propagate(std::move(launched));
  }
  std::vector<ProcessHandle> handles;
  for (Process& process : starting) {
    process.handle.pid = process.identity.pid;
    process.handle.started_ns = launched->released_ns;
    handles.push_back(process.handle);
    tracker_.add(process.handle.id, process.identity);
    by_pid_[process.handle.pid] = process.handle.id;
    processes_.emplace(process.handle.id, std::move(process));
  }
  loop_.after_ms(kFirstLookMs, [this] { tracker_.look(); });
  watch();
  return handles;
}

// ---- watching ----

void Supervisor::watch() {
  if (watch_timer_ == 0) watch_timer_ = loop_.after_ms(kWatchMs, [this] { tick(); });
}

void Supervisor::tick() {
  watch_timer_ = 0;
  const bool any = std::any_of(processes_.begin(), processes_.end(),
                               [](const auto& entry) { return !entry.second.tree_gone; });
  if (!any) return;
  tracker_.look_if_older_than_ms(kLookMs);
  std::vector<int64_t> handles;
  for (const auto& [handle, process] : processes_) {
    if (!process.tree_gone) handles.push_back(handle);
  }
  for (const int64_t handle : handles) {
    Process* process = find(handle);
    if (process == nullptr) continue;
    for (const auto& file : {process->out, process->err}) {
      if (!file) continue;
      const auto kept = file->enforce();
      if (kept || process->job) continue;
      on_notice_(handle, to_string(kept.error()));
      (void)stop(handle, [](Result<StopReport>) {});
      break;
    }
    if (Process* still = find(handle)) finish_if_gone(*still);
  }
  watch();
}

int64_t Supervisor::count_output(const Process& process, bool* cut) const {
  int64_t bytes = 0;
  *cut = false;
  if (process.out) {
    bytes += process.out->total_bytes();
    *cut |= process.out->cut();
  }
  if (process.err && process.err != process.out) {
    bytes += process.err->total_bytes();
    *cut |= process.err->cut();
  }
  return bytes;
}

void Supervisor::reap() {
  while (true) {
    int wait_status = 0;
    rusage usage{};
    const pid_t pid = ::wait4(-1, &wait_status, WNOHANG | __WALL, &usage);
    if (pid < 0 && errno == EINTR) continue;
    if (pid <= 0) break;
    const auto it = by_pid_.find(pid);
    if (it == by_pid_.end()) continue;  // an orphan that we adopted
    const int64_t handle = it->second;
    by_pid_.erase(it);
    if (Process* process = find(handle)) main_ended(*process, wait_status, &usage);
  }
  // An adopted orphan may have been the last member of a tree.
  std::vector<int64_t> stopping;
  for (const auto& [handle, process] : processes_) {
    if (process.job) stopping.push_back(handle);
  }
  for (const int64_t handle : stopping) {
    if (Process* process = find(handle); process != nullptr && process->job) advance(*process);
  }
}

void Supervisor::main_ended(Process& process, int wait_status, const void* usage_pointer) {
  const auto& usage = *static_cast<const rusage*>(usage_pointer);
  ExitStatus status;
  status.signaled = WIFSIGNALED(wait_status);
  status.code = status.signaled ? WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
  status.ended_ns = monotonic_now_ns();
  status.user_us = microseconds(usage.ru_utime);
  status.system_us = microseconds(usage.ru_stime);
  status.max_rss_kb = usage.ru_maxrss;
  status.output_bytes = count_output(process, &status.output_cut);
  process.status = status;
  if (process.job) process.job->ended_by = process.job->last_signal;
  tracker_.look();
  const int64_t handle = process.handle.id;
  auto waiters = std::exchange(process.waiters, {});
  // First of all, so that whoever waits finds the output counted and cut. It may forget the process.
  finish_if_gone(process);
  if (const Process* still = find(handle)) status = *still->status;
  for (auto& [id, waiter] : waiters) {
    loop_.cancel(waiter.timer);
    waiter.done(status);
  }
}

void Supervisor::finish_if_gone(Process& process) {
  const int64_t handle = process.handle.id;
  if (process.tree_gone || !process.status || process.job || !tracker_.members(handle).empty()) return;
  // A walk can miss a process that changes its parent meanwhile (a daemon detaching itself): look twice.
  tracker_.look();
  if (!tracker_.members(handle).empty()) return;
  process.tree_gone = true;
  if (process.out) process.out->finish();
  if (process.err) process.err->finish();
  process.status->output_bytes = count_output(process, &process.status->output_cut);
  (void)ledger_.forget_process(process.identity, handle);
  for (const ProcessIdentity& member : tracker_.remove(handle)) (void)ledger_.forget_process(member, handle);
  if (process.discard) processes_.erase(handle);
}

void Supervisor::discard(int64_t handle) {
  Process* process = find(handle);
  if (process == nullptr) return;
  process->discard = true;
  if (process->tree_gone) {
    processes_.erase(handle);
  } else {
    finish_if_gone(*process);
  }
}

Result<void> Supervisor::wait(int64_t handle, int64_t timeout_ms, OnEnd done) {
  BPFTAX_ASSIGN(Process * process, require(handle));
  if (process->status || timeout_ms == 0) {
    done(process->status);
    return {};
  }
  const uint64_t id = ++last_waiter_;
  const TimerId timer = loop_.after_ms(timeout_ms, [this, handle, id] {
    Process* waiting = find(handle);
    if (waiting == nullptr) return;
    auto node = waiting->waiters.extract(id);
    if (!node.empty()) node.mapped().done(std::nullopt);
  });
  process->waiters.emplace(id, Waiter{std::move(done), timer});
  return {};
}

// ---- looking ----

const OutputFile* Supervisor::stream_of(const Process& process, OutputStream stream) const {
  return stream == OutputStream::kStdout ? process.out.get() : process.err.get();
}

Result<std::string> Supervisor::tail(int64_t handle, OutputStream stream, size_t max_bytes) const {
  const Process* process = find(handle);
  if (process == nullptr) return fail(ErrorKind::kInternal, "no such process", std::to_string(handle));
  const OutputFile* file = stream_of(*process, stream);
  if (file == nullptr)
    return fail(ErrorKind::kUsage, "cannot read the output", process->spec.name,
                "it was thrown away: no file was given");
  return file->tail(max_bytes);
}

Result<std::string> Supervisor::output(int64_t handle, OutputStream stream) const {
  const Process* process = find(handle);
  if (process == nullptr) return fail(ErrorKind::kInternal, "no such process", std::to_string(handle));
  const OutputFile* file = stream_of(*process, stream);
  return file == nullptr ? Result<std::string>(std::string{}) : file->content();
}

const ExitStatus* Supervisor::status(int64_t handle) const {
  const Process* process = find(handle);
  return process != nullptr && process->status ? &*process->status : nullptr;
}

const std::string& Supervisor::name(int64_t handle) const {
  static const std::string kNone;
  const Process* process = find(handle);
  return process == nullptr ? kNone : process->spec.name;
}

int Supervisor::main_pid(int64_t handle) const {
  const Process* process = find(handle);
  return process == nullptr ? 0 : process->identity.pid;
}

std::vector<int> Supervisor::members(int64_t handle, int64_t max_age_ms) {
  tracker_.look_if_older_than_ms(max_age_ms);
  std::vector<int> pids;
  for (const TreeMember& member : tracker_.members(handle)) pids.push_back(member.process.pid);
  return pids;
}

std::vector<Fd> Supervisor::output_descriptors(int64_t handle) const {
  std::vector<Fd> descriptors;
  const Process* process = find(handle);
  if (process == nullptr || process->tree_gone) return descriptors;
  const auto copy = [&](const OutputFile& file) {
    Fd fd(::fcntl(file.fd(), F_DUPFD_CLOEXEC, 3));
    if (fd) descriptors.push_back(std::move(fd));
  };
  if (process->out) copy(*process->out);
  if (process->err && process->err != process->out) copy(*process->err);
  return descriptors;
}

int64_t Supervisor::removed_output_bytes(int64_t handle) const {
  const Process* process = find(handle);
  if (process == nullptr) return 0;
  int64_t bytes = process->out ? process->out->removed_bytes() : 0;
  if (process->err && process->err != process->out) bytes += process->err->removed_bytes();
  return bytes;
}

}  // namespace bpftax
