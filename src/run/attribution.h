// Where the cost comes from (method.md section 5): one window per workload and start of a tool with
// BPF run-time statistics on, after the blocks, never in them.
#pragma once

#include <string>
#include <vector>

#include "run/arm_runner.h"

namespace bpftax {

class Attribution {
 public:
  Attribution(Session& session, WindowRunner& windows, ArmTasks& tasks)
      : session_(session), windows_(windows), tasks_(tasks) {}

  // Measures what is missing, for every tool that is still measured, as far as the time budget goes. A tool
  // that fails here only loses its attribution. An Error ends the session; the run can be resumed.
  Result<void> run();

 private:
  bool wanted(const PlannedSubject& planned) const;
  Result<void> run_starts(const PlannedSubject& planned);
  double expected_start_s(const PlannedSubject& planned) const;
  // Says so, for the result too.
  Result<void> leave_out(std::string what);
  Result<void> measure_cost();
  // Of the hooks that its programs sit on, as far as they can be measured and are not yet.
  Result<void> measure_entries(const PlannedSubject& planned);
  Result<void> run_subject(const PlannedSubject& planned);
  Result<void> run_window(const PlannedSubject& planned, const PlannedWorkload& workload,
                          SubjectRunner& subject, bool* subject_ok);
  Result<void> measure_subject(const PlannedSubject& planned, SubjectRunner& subject);
  Session& session_;
  WindowRunner& windows_;
  ArmTasks& tasks_;
  bool told_ = false;
};

// Counters of `after` minus those of `before`; a program that is in only one of the two is left out.
std::vector<ProgramRecord> counter_differences(const BpfInventory& before, const BpfInventory& after);

}  // namespace bpftax
