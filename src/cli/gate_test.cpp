#include "cli/gate.h"

#include <gtest/gtest.h>

namespace bpftax {
namespace {

RunResult with(std::initializer_list<Verdict> verdicts, const char* status = "measured") {
  RunResult result;
  ResultSubject subject;
  subject.status = status;
  result.subjects.push_back(subject);
  for (const Verdict verdict : verdicts) {
    ResultComparison row;
    row.primary = true;
    row.verdict = verdict;
    result.comparisons.push_back(row);
  }
  return result;
}

TEST(ExitCode, IsZeroWithoutAGate) {
  EXPECT_EQ(exit_code_of(with({Verdict::kExceeds}), false), 0);
}

TEST(ExitCode, WithAGateOnlyAllPassesAreSuccess) {
  EXPECT_EQ(exit_code_of(with({Verdict::kPass, Verdict::kPass}), true), 0);
  EXPECT_EQ(exit_code_of(with({Verdict::kPass, Verdict::kInconclusive}), true), 4);
  EXPECT_EQ(exit_code_of(with({Verdict::kPass, Verdict::kOverhead}), true), 4);
  EXPECT_EQ(exit_code_of(with({Verdict::kPass, Verdict::kSaturated}), true), 4);
  EXPECT_EQ(exit_code_of(with({Verdict::kInconclusive, Verdict::kExceeds}), true), 1);
  EXPECT_EQ(exit_code_of(with({Verdict::kInvalid, Verdict::kExceeds}), true), 1);
  EXPECT_EQ(exit_code_of(with({Verdict::kInvalid, Verdict::kPass}), true), 3);
}

TEST(ExitCode, AToolThatWasNotMeasuredNeverPassesTheGate) {
  EXPECT_EQ(exit_code_of(with({Verdict::kPass}, "failed"), true), 3);
  EXPECT_EQ(exit_code_of(with({}), true), 3);
  RunResult secondary_only = with({Verdict::kPass});
  secondary_only.comparisons[0].primary = false;
  EXPECT_EQ(exit_code_of(secondary_only, true), 3);
}

}  // namespace
}  // namespace bpftax
