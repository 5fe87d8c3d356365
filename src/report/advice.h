// What to do about a tool's cost: advice from the numbers of a result alone; and everything that is said
// about subjects beside their rows: design, class of use, advice. Pure functions.
#pragma once

#include <string>
#include <vector>

#include "report/class_of_use.h"
#include "result/model.h"

namespace bpftax {

// Each names its evidence (text) and what follows from it (advice). Ordered by code's importance, at most one
// a code.
std::vector<ResultWarning> advice_for(const RunResult& result, const ResultSubject& subject);

// Fills design, klass, class_reason and advice of every subject. Idempotent. The engine calls it whenever it
// writes a result.
void classify(RunResult& result);

}  // namespace bpftax
