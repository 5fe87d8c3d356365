// What all parts of the engine share during one session: the plan, the hosts, the journal and the state.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "run/engine.h"
#include "run/journal.h"
#include "run/raw_results.h"
#include "run/state.h"

namespace bpftax {

class Session {
 public:
  Session(const Plan& run_plan, const Environment& environment, ProgressSink& progress, Journal journal)
      : plan(run_plan), env(environment), names(run_plan), progress_(progress), journal_(std::move(journal)) {
    began_ns_ = env.clock->monotonic_ns();
  }

  const Plan& plan;
  const Environment& env;
  RunState state;
  RawNames names;

  // Writes the record to the journal and then applies it.
  Result<void> record(RecordBody body);
  // Applies what an earlier session wrote.
  Result<void> replay(const std::vector<JournalRecord>& records);

  // Fills in times, block counts and names, and hands the event on.
  void tell(ProgressEvent event);
  void note(ProgressEvent::Kind kind, std::string text);

  const PlannedSubject* planned_subject(const std::string& id) const;  // nullptr for the baselines
  const Workload& workload(const std::string& name) const;
  WorkloadContext context(const PlannedWorkload& planned) const;  // without output_dir
  double window_s(const PlannedWorkload& planned) const;          // its own, or the plan's
  double traffic_s(const PlannedWorkload& planned) const;         // with what is thrown away before it
  double window_cost_s(const PlannedWorkload& planned) const;     // and with what stands around it
  // Makes the folder when this session has not done so yet.
  Result<void> ensure_folder(Host& host, const std::string& path);
  std::vector<Host*> hosts() const;                       // each once
  const std::string& results_of(const Host& host) const;  // its results folder

  // For the manifest: this file will be written there; `path` below its results folder, or with it. Journaled
  // by the next files_announced().
  void announce_file(const Host& host, const std::string& path);
  Result<void> files_announced();

  // What the ends' network cards tell of the wire between them; nullopt as long as nothing is known.
  void set_line_rate(std::optional<LineRate> line) { line_rate_ = line; }

  // Measures how far the clocks of the hosts are apart, where there are several and the environment can.
  Result<void> compare_clocks(int block, const std::string& arm);
  // As measured before this arm; nullptr: not.
  const HostOffset* clock_offset(const Host& host) const;

  double session_s() const;  // since this session began
  double active_s() const;   // over all sessions
  // Whether something that takes so long still fits the time budget; always where there is none.
  bool fits_budget(double seconds) const;
  // Of one more block: the longest of those measured so far, without pauses; else from the plan.
  double block_s() const;
  double attribution_s() const;  // of what is still to be attributed
  // Starting a subject, seeing that it is ready, and stopping it: as it was so far, else from the plan.
  double subject_cost_s(const std::string& id) const;
  // Kinds of hooks whose entry is still to be measured for this subject: of its attributed programs, and of
  // those that were seen where attribution is still to come.
  std::set<std::string> missing_entries(const std::string& id) const;
  double eta_s() const;

 private:
  ProgressSink& progress_;
  Journal journal_;
  int64_t began_ns_ = 0;
  std::set<std::pair<Host*, std::string>> folders_;
  FilesRecord announced_;
  std::optional<LineRate> line_rate_;
  std::map<const Host*, HostOffset> offsets_;
};

}  // namespace bpftax
