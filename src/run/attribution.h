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

  // Measures what is missing, for every tool that is still measured. A tool that fails here only loses its
  // attribution. An Error ends the session; the run can be resumed.
  Result<void> run();

 private:
  bool wanted(const PlannedSubject& planned) const;
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
};

// Counters of `after` minus those of `before`; a program that is in only one of the two is left out.
std::vector<ProgramRecord> counter_differences(const BpfInventory& before, const BpfInventory& after);

// The hook that a program sits on, if what entering it costs can be measured (sample/entry_cost.h): "tp_btf"
// of "tp_btf:netif_receive_skb"; else "".
std::string entry_hook(const std::string& attach);

}  // namespace bpftax
