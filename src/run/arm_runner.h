// Runs one arm: the subject is started, every window that is still missing is measured, the subject is
// stopped. What happens goes to the journal; whoever asks what came of it looks at the state.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "run/window_runner.h"

namespace bpftax {

class ArmRunner {
 public:
  ArmRunner(Session& session, WindowRunner& windows, ArmTasks& tasks)
      : session_(session), windows_(windows), tasks_(tasks) {}

  // Returns early, without error, when the subject fails or a window is not valid: BlockState::failed_arms
  // then has this arm. An Error is the host's and ends the session; the subject has been stopped.
  Result<void> run(int block, const std::string& arm);

 private:
  Result<void> run_arm(int block, const std::string& arm);
  Result<void> measure(int block, const std::string& arm, SubjectRunner* subject);
  Session& session_;
  WindowRunner& windows_;
  ArmTasks& tasks_;
};

// Starts a subject with its output files named; used by arms and attribution. Journals that it became ready,
// or why not (then it has been stopped and `ready` stays false). block: kAttributionBlock in the attribution
// phase.
struct StartedSubject {
  std::unique_ptr<SubjectRunner> runner;
  bool ready = false;
};
Result<StartedSubject> start_subject(Session& session, int block, const PlannedSubject& planned);
// Stops it and journals what the stop showed. Never interrupted.
Result<void> stop_subject(Session& session, int block, const std::string& arm, SubjectRunner& runner);
// Journals a failure of a running subject and tells it.
Result<void> record_failure(Session& session, int block, const std::string& arm, const std::string& phase,
                            const Error& error, const std::string& last_words);

std::vector<ProgramRecord> program_records(const BpfInventory& inventory);
std::vector<ResultMap> map_records(const BpfInventory& inventory);

}  // namespace bpftax
