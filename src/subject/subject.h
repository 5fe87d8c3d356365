// The life of a subject on a host (method.md section 3): start, ready, alive, stopped, left anything behind?
//
//     SubjectRunner runner(host, clock, subject, paths);
//     BPFTAX_ASSIGN(SubjectReady ready, runner.start());    // kSubject: it did not do what a tool must do
//     BPFTAX_TRY(runner.alive());                           // after each window
//     BPFTAX_ASSIGN(SubjectStopped stopped, runner.stop()); // idempotent
//
// Errors: kSubject with the tool's last words in `why`; anything of another kind is the host's (interrupted,
// lost, broken) and passed on as it is. A runner that is destroyed without stop() leaves the process to the
// host, which ends it with the session; the engine always calls stop().
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "host/host.h"
#include "plan/model.h"
#include "util/clock.h"
#include "util/result.h"

namespace bpftax {

struct SubjectPaths {
  std::string stdout_path, stderr_path;  // on the host
};

struct SubjectReady {
  // From the start to the moment when what makes it ready was first seen (for BPF: the final set of programs;
  // the 500 ms in which it must not change any more are not counted).
  double ready_ms = 0;
  BpfInventory inventory;
  // The programs are not held by the process tree but appeared with it (tc, xdp or cgroup attachments made by
  // a command in a wrapper).
  bool detached_programs = false;
};

struct SubjectStopped {
  StopReport report;
  std::vector<std::string> left_behind;  // "program 123 count_packets (tracepoint)", "pin /sys/fs/bpf/x"
  int64_t lost_events = 0;               // by its own account (lost_events.h)
};

class SubjectRunner {
 public:
  SubjectRunner(Host& host, Clock& clock, PlannedSubject subject, SubjectPaths paths);

  // Starts it and waits until it is ready. On any error it has been stopped again (as far as the host
  // answers).
  Result<SubjectReady> start();
  // The process lives and every program that made it ready is still there and attached.
  Result<void> alive();
  // Its BPF objects now, with cumulative run-time counters.
  Result<BpfInventory> inventory();
  Result<SubjectStopped> stop();

  const std::optional<ProcessHandle>& process() const { return process_; }
  // Set once it has been stopped, also by a start() that failed.
  const std::optional<SubjectStopped>& stopped() const { return stopped_; }
  // What it wrote last, for messages; empty when the host does not answer.
  std::string last_words();

 private:
  struct SystemState {  // what was there before the start
    std::set<uint32_t> programs, maps, links;
    std::set<uint32_t> working;  // programs, as in effective_programs()
    std::set<std::string> pins;
    bool pins_known = false;
  };
  Result<SubjectReady> wait_ready();
  Result<SubjectReady> wait_stable_programs();
  Result<SubjectReady> wait_signal();
  Result<bool> signal_given();
  Result<bool> line_printed();
  Result<void> check_running(int64_t wait_ms);
  Result<BpfInventory> observe();
  Result<BpfInventory> programs_without_holder();
  // Programs that do their work by its doing: not those that were at work before it came.
  std::set<uint32_t> its_programs(const BpfInventory& inventory) const;
  tl::unexpected<Error> no_programs(const BpfInventory& inventory, const std::string& within);
  Result<SystemState> system_state();
  Result<std::vector<std::string>> left_behind();
  std::vector<std::string> left_of(const BpfInventory& now) const;
  Result<std::vector<std::string>> left_pins();
  void remember(const BpfInventory& inventory);
  double running_s() const;
  tl::unexpected<Error> not_ready(std::string why, std::string hint = {});

  Host& host_;
  Clock& clock_;
  PlannedSubject subject_;
  SubjectPaths paths_;
  std::optional<ProcessHandle> process_;
  std::optional<SubjectStopped> stopped_;
  int64_t began_ns_ = 0;  // controller's clock
  SystemState before_;
  std::set<uint32_t> ready_programs_;
  bool detached_ = false;
  int polls_ = 0;
  // Everything it was ever seen to hold, with a name for messages; also what was there before it.
  std::map<uint32_t, std::string> seen_programs_, seen_maps_, seen_links_;
  // How far its output was searched for the line that makes it ready, and the beginning of the line there.
  int64_t searched_bytes_ = 0;
  std::string searched_line_;
};

}  // namespace bpftax
