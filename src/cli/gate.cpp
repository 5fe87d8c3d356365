#include "cli/gate.h"

namespace bpftax {

int exit_code_of(const RunResult& result, bool gate) {
  if (!gate) return 0;
  bool invalid = result.comparisons.empty();
  bool undecided = false;
  bool any_primary = false;
  for (const ResultSubject& subject : result.subjects) invalid = invalid || subject.status != "measured";
  for (const ResultComparison& row : result.comparisons) {
    if (!row.primary) continue;
    any_primary = true;
    switch (row.verdict) {
      case Verdict::kExceeds:
        return 1;
      case Verdict::kInvalid:
        invalid = true;
        break;
      case Verdict::kInconclusive:
      case Verdict::kSaturated:
      case Verdict::kOverhead:
        undecided = true;
        break;
      case Verdict::kPass:
        break;
    }
  }
  if (invalid || !any_primary) return 3;
  return undecided ? 4 : 0;
}

}  // namespace bpftax
