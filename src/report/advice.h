// What to do about a tool's cost: its class of use and advice, from the numbers of a result alone. Pure
// functions.
//
// The class is the worst that any of these says of the subject (bands in advice.cpp, docs/format-result.md):
// latency and CPU per unit of work (increase), throughput and packets per second (share lost), user-space
// CPU.
//   continuous   may run all the time
//   diagnosis    for the time of an investigation
//   short-term   for moments, by someone who watches
//   avoid        not on a system that matters
//   unknown      not measured, or the intervals span too many classes
// It is taken at the point estimates; where an interval reaches into a worse class, the reason says so.
#pragma once

#include <string>
#include <vector>

#include "result/model.h"

namespace bpftax {

struct ClassOfUse {
  std::string name;    // as in ResultSubject::klass
  std::string reason;  // one sentence: the rule and the numbers
};

ClassOfUse class_of_use(const RunResult& result, const ResultSubject& subject);

// Each names its evidence (text) and what follows from it (advice). Ordered by code's importance, at most one
// a code.
std::vector<ResultWarning> advice_for(const RunResult& result, const ResultSubject& subject);

// Fills klass, class_reason and advice of every subject. Idempotent. The engine calls it whenever it writes a
// result.
void classify(RunResult& result);

}  // namespace bpftax
