// The engine: executes a plan on an environment and leaves a run directory behind (formats.md section 3):
//
//     plan.json, journal.jsonl (the source of truth, flushed after each window), result.json (after each
//     block), performance-test-results/ (raw output, on the hosts)
//
// The order of things: block 0 (warm-up: measured, kept, never used; subjects first, so that one that does
// not work ends the run early), blocks in random arm order until the stopping rule, the budget or the
// exclusions end it, then attribution windows, then the final result. See
// docs/design/0006-engine-and-journal.md.
//
// The caller owns hosts, network and run directory. Whatever way run_plan() returns, it has stopped every
// process it started (as far as the hosts still answer) and everything measured stands in the journal; a run
// that ended early can be resumed. Used from one thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "host/host.h"
#include "plan/model.h"
#include "result/model.h"
#include "run/journal.h"
#include "run/progress.h"
#include "util/clock.h"
#include "util/result.h"
#include "workload/workload.h"

namespace bpftax {

struct PartTasks;  // run/arm_tasks.h

// A machine that only gets watched: where the client VM of an environment runs.
struct WatchedHost {
  Host* host = nullptr;
  std::string results;
};

// Which raw monitoring files are written, and how often a row (0: every sample that was taken).
struct RawMonitoring {
  bool enabled = true, cpu = true, memory = true, log_size = true;
  int64_t interval_ms = 0;
};

// Where a plan is executed. In the lab all three hosts are the same object.
struct Environment {
  Host* server = nullptr;
  Host* client = nullptr;
  Host* tool_host = nullptr;  // where subjects run
  Clock* clock = nullptr;     // the controller's

  Generators generators;
  std::optional<Generators> server_generators;  // where the server has them elsewhere
  std::string server_address;                   // numeric, as the client sees it
  std::string server_netns, client_netns;       // "" on SSH hosts
  std::string server_interface, client_interface;
  int base_port = 20000;  // 16 ports for each workload from here on
  // "performance-test-results" on each host; made when missing. In the lab: RUN_DIR/performance-test-results.
  std::string server_results, client_results, tool_results;
  std::vector<WatchedHost> watched;
  RawMonitoring monitoring;
  // Servers are started for each window, so that what they write lies beside that window's client results;
  // else they are kept for the session.
  bool fresh_servers = false;
  std::string manifest_run_id;  // in the manifest's name; "" = the plan's

  // Before each arm, where there are several hosts. Empty: one reading of each clock before each window.
  std::function<Result<HostOffset>(Host&)> clock_offset;
  const PartTasks* tasks = nullptr;  // hooks and custom monitors; nullptr: none

  // workload/registry.h; nullptr for an unknown name. The workload outlives the run.
  std::function<const Workload*(const std::string& name)> find_workload;
};

struct EngineOptions {
  std::string run_dir;  // exists
  bool resume = false;  // continue the journal in there; without it a journal there is an error (kUsage)
  // Called on each result before it is written: classes and advice (report/advice.h). May be empty.
  std::function<void(RunResult&)> annotate;
};

struct RunOutcome {
  // Everything known so far, also when there is an error; the same as in result.json.
  RunResult result;
  // kInterrupted, kLost (both resumable), kSubject (every subject failed), kWorkload (no block could be
  // measured), kUsage (plan and run directory do not fit), kEnvironment (disk full, a server that does not
  // start).
  std::optional<Error> error;
  bool resumable = false;
};

RunOutcome run_plan(const Plan& plan, const Environment& environment, ProgressSink& progress,
                    const EngineOptions& options);

// The plan of a run directory (plan.json), for --resume.
Result<Plan> load_plan(const std::string& run_dir);

// Names of the files in a run directory.
inline constexpr const char* kPlanFile = "plan.json";
inline constexpr const char* kJournalFile = "journal.jsonl";
inline constexpr const char* kResultFile = "result.json";
inline constexpr const char* kRawResultsFolder = "performance-test-results";

}  // namespace bpftax
