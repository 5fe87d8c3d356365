// Supervisor: starts, watches and ends processes for the worker. Nothing blocks but start() (milliseconds,
// see launch.h); what takes time calls back, from the event loop.
//
// Ownership: loop, files and ledger are borrowed and must outlive it. Every process and everything it forked
// is ended by stop() or stop_all(); the destructor ends nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/confined_files.h"
#include "agent/event_loop.h"
#include "agent/ledger.h"
#include "agent/output_file.h"
#include "agent/tree_tracker.h"
#include "host/host.h"
#include "util/result.h"

namespace bpftax {

class Supervisor {
 public:
  using OnEnd = std::function<void(std::optional<ExitStatus>)>;  // nullopt: the time was up
  using OnStopped = std::function<void(Result<StopReport>)>;
  // Something happened to a process that nobody asked about: it was stopped for its output.
  using OnNotice = std::function<void(int64_t handle, const std::string& text)>;

  Supervisor(EventLoop& loop, const ConfinedFiles& files, const Ledger& ledger, std::string run_id,
             uint64_t nofile_soft_limit, OnNotice on_notice);

  // Output that a spec sends nowhere goes to /dev/null, or with keep_output into memory (at most 16 MiB
  // each).
  Result<std::vector<ProcessHandle>> start(const std::vector<ProcessSpec>& specs, bool keep_output = false);

  bool knows(int64_t handle) const { return processes_.count(handle) != 0; }
  // Calls back at once when it has ended or timeout_ms is 0.
  Result<void> wait(int64_t handle, int64_t timeout_ms, OnEnd done);
  // Calls back when the tree is gone; at once when it is gone already. An error when a member outlives
  // SIGKILL by 10 s (it hangs in the kernel): it names their pids, and stop() may be tried again.
  Result<void> stop(int64_t handle, OnStopped done);
  // Every process, in parallel, each by its own policy.
  void stop_all(std::function<void()> done);

  Result<std::string> tail(int64_t handle, OutputStream stream, size_t max_bytes) const;
  // All of what a process started with keep_output wrote, up to its cap.
  Result<std::string> output(int64_t handle, OutputStream stream) const;
  // Forgets a process as soon as its tree is gone.
  void discard(int64_t handle);

  const ExitStatus* status(int64_t handle) const;  // nullptr: still running, or unknown
  const std::string& name(int64_t handle) const;
  int main_pid(int64_t handle) const;
  // Living members of the tree, seen at most max_age_ms ago.
  std::vector<int> members(int64_t handle, int64_t max_age_ms);
  // Copies of the descriptors of its output files, each once; empty when the tree is gone.
  std::vector<Fd> output_descriptors(int64_t handle) const;
  int64_t removed_output_bytes(int64_t handle) const;

  // To be called on SIGCHLD.
  void reap();

 private:
  enum class Step { kInterrupt, kTerminate, kKill, kGiveUp };
  struct Waiter {
    OnEnd done;
    TimerId timer = 0;
  };
  struct StopJob {
    Step step = Step::kInterrupt;
    int64_t began_ns = 0;
    int64_t deadline_ns = 0;  // of the step
    bool already_gone = false;
    std::set<ProcessIdentity> signalled;  // in this step
    std::set<int> stragglers;
    std::string last_signal;
    std::string ended_by;
    std::vector<OnStopped> callbacks;
    TimerId timer = 0;
  };
  struct Process {
    ProcessSpec spec;
    ProcessHandle handle;
    ProcessIdentity identity;
    std::shared_ptr<OutputFile> out, err;  // may be the same; nullptr: /dev/null
    std::optional<ExitStatus> status;
    bool tree_gone = false;  // and its output files are finished
    bool discard = false;
    std::map<uint64_t, Waiter> waiters;
    std::optional<StopJob> job;
    std::optional<StopReport> report;  // of a stop that is done
  };

  Process* find(int64_t handle);
  const Process* find(int64_t handle) const;
  Result<Process*> require(int64_t handle);
  Result<std::shared_ptr<OutputFile>> open_output(const std::string& path, int64_t cap, bool keep) const;
  Result<void> open_outputs(Process& process, bool keep) const;
  const OutputFile* stream_of(const Process& process, OutputStream stream) const;
  int64_t count_output(const Process& process, bool* cut) const;

  void main_ended(Process& process, int wait_status, const void* usage);
  void finish_if_gone(Process& process);
  void watch();  // outputs and trees, while any process lives
  void tick();

  // supervisor_stop.cpp
  void begin_step(Process& process, Step step);
  void signal_members(Process& process);
  void advance(Process& process);
  void complete(Process& process);
  std::set<int> survivors(const Process& process) const;

  EventLoop& loop_;
  const ConfinedFiles& files_;
  const Ledger& ledger_;
  std::string run_id_;
  uint64_t nofile_soft_limit_;
  OnNotice on_notice_;
  TreeTracker tracker_;
  std::map<int64_t, Process> processes_;
  std::map<int, int64_t> by_pid_;  // main processes that were not reaped yet
  int64_t last_handle_ = 0;
  uint64_t last_waiter_ = 0;
  TimerId watch_timer_ = 0;
  int recorded_members_ = 0;
};

}  // namespace bpftax
