// A whole run: conditions x repetitions x tasks, each task in a process of its own, in random order.
//
// A repetition is one process of every task in one condition; the tasks are shuffled anew in each. Conditions
// are visited in turn, in random order, about kVisits times, several repetitions each, so that what drifts
// meets all of them alike. With a time budget a visit to one of several conditions is a single repetition, so
// that a run can end after any of them.
//
// A task whose process says "unavailable" or dies is not repeated in that condition. A visit during which the
// condition did not hold (Condition::leave(): kWorkload) is left out, with all that was learnt in it, and
// said; a condition of which nothing else is there is unavailable. The time budget ends the run when what
// comes next would exceed it, but not before kFewestRuns of each condition. An interrupt ends it at once;
// what was measured is returned with it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bench/condition.h"
#include "bench/process_result.h"
#include "bench/sampling.h"
#include "util/clock.h"
#include "util/json.h"
#include "util/result.h"

namespace bpftax::bench {

inline constexpr int kFewestRuns = 3;  // an interval of less says nothing
inline constexpr int kVisits = 4;      // of one condition

struct RunOptions {
  int runs = 10;      // processes of each task and condition
  Sampling sampling;  // its seed is set for each process
  uint64_t seed = 0;  // of all orders; the same seed, the same order
  std::optional<double> time_s;
};

// One process that has been run.
struct ProcessRecord {
  size_t condition = 0, task = 0;  // index
  int repetition = 0;              // from 0, in its condition
  uint64_t seed = 0;
  ProcessResult result;
};

struct ConditionRecord {
  std::string name;
  std::string unavailable;        // why it could not be entered, or never held; "": it was measured
  Json reached = Json::object();  // of all visits together
  int visits = 0, repetitions = 0;
  // It did not hold meanwhile: visits counts these, repetitions and `processes` of the run do not.
  int visits_dropped = 0, repetitions_dropped = 0;
};

struct RunRecord {
  std::vector<Task> tasks;
  std::vector<ConditionRecord> conditions;
  std::vector<ProcessRecord> processes;  // in the order in which they ran
  std::vector<std::string> warnings;
  bool interrupted = false;
};

struct RunProgress {
  size_t done = 0, planned = 0;  // processes
  std::string condition, subject;
  int repetition = 0, repetitions = 0;  // from 1
  double elapsed_s = 0;
  std::optional<double> left_s;
};

// What a run tells while it goes on. An error ends the run.
class RunObserver {
 public:
  virtual ~RunObserver() = default;
  virtual void progress(const RunProgress& /*progress*/) {}  // before each process
  virtual Result<void> process_done(const ProcessRecord& /*record*/) { return {}; }
  virtual Result<void> note(const std::string& /*text*/) { return {}; }  // also in RunRecord::warnings
  virtual Result<void> repetition_done(const RunRecord& /*record*/) { return {}; }
};

// Runs one task once: run_in_process() with the right benchmark, or a test's idea of it.
using MeasureTask = std::function<Result<ProcessResult>(const Task& task, const SamplingRequest& request)>;

// Conditions are left in every case. Errors: what MeasureTask or the observer failed with, and a condition
// that could not be left (kEnvironment); not the interrupt, which RunRecord::interrupted tells.
Result<RunRecord> run_tasks(const std::vector<Task>& tasks,
                            const std::vector<std::unique_ptr<Condition>>& conditions,
                            const RunOptions& options, const MeasureTask& measure, const Clock& clock,
                            RunObserver& observer);

// {"cpu_percent": {"mean", "min", "max", "samples"}} of one visit and another: means weighted by their
// samples. What is no such object is taken from the later one.
Json merge_reached(const Json& before, const Json& visit);

}  // namespace bpftax::bench
