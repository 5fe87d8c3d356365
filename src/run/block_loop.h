// The blocks of a run: which is next, when it counts, when it is measured again, when there are enough.
#pragma once

#include <functional>
#include <string>

#include "run/arm_runner.h"

namespace bpftax {

// Blocks that are dropped by the rules of exclusion.h are measured again under new numbers, but not for ever:
// when this many in a row are lost, or half as many in all as there may be blocks, the machine is not fit for
// measuring.
inline constexpr int kMostDropsInRow = 4;
// Each tool may lose two blocks before it is taken out, so plans with more of them may lose more.
int most_drops_in_row(const Plan& plan);
int most_drops(const Plan& plan);

class BlockLoop {
 public:
  // after_block is called after each block, valid or not (intermediate result).
  BlockLoop(Session& session, ArmRunner& arms, std::function<Result<void>()> after_block)
      : session_(session), arms_(arms), after_block_(std::move(after_block)) {}

  // Measures until the stopping rule, the budget or the drops end it, or no subject is left. The end is
  // journaled (MeasuredRecord). An Error ends the session; the run can be resumed.
  Result<void> run();

 private:
  Result<void> run_block(int number);
  Result<void> end_block(int number);
  std::optional<std::string> why_stop();

  Session& session_;
  ArmRunner& arms_;
  std::function<Result<void>()> after_block_;
};

// Every tool (every subject, where there is no tool) has been taken out.
bool all_subjects_failed(const Session& session);

}  // namespace bpftax
