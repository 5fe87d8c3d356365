// The class of use of a tool: what it may be used for, from what it was measured to cost. Pure functions.
//
// The class is the worst that any of these says (bands in class_of_use.cpp and docs/format-result.md):
// latency and CPU per unit of work (increase), throughput and packets per second (share lost), user-space
// CPU.
//   continuous   may run all the time
//   diagnosis    for the time of an investigation
//   short-term   for moments, by someone who watches
//   avoid        not on a system that matters
//   unknown      not measured, or the intervals span too many classes
// It is taken at the point estimates; where an interval reaches into a worse class, the reason says so.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "report/result_index.h"
#include "result/model.h"

namespace bpftax {

struct ClassOfUse {
  std::string name;    // as in ResultSubject::klass
  std::string reason;  // one sentence: the rule and the numbers
};

ClassOfUse class_of_use(const ResultSubject& subject, const PrimaryRows& rows);
ClassOfUse class_of_use(const RunResult& result, const ResultSubject& subject);

// The same rule on evidence from elsewhere.
struct UseEvidence {
  enum class Kind { kIncrease, kShareLost, kUserSpaceCpu };
  Kind kind = Kind::kIncrease;
  double percent = 0;               // positive is worse; of several cases the worst
  std::optional<double> low, high;  // its interval; nullopt: measured once
  std::string text;                 // "+36.2 % on tcp_rr mean latency"
};
// `evidence` without any traffic (only user-space CPU) gives "unknown".
ClassOfUse class_from(const std::vector<UseEvidence>& evidence);

// Upper ends of the first three classes, in percent of each kind.
struct UseBands {
  double continuous, diagnosis, short_term;
};
UseBands use_bands(UseEvidence::Kind kind);

// How bad: continuous 0, diagnosis 1, short-term 2, avoid 3; nullopt for "unknown".
std::optional<int> use_rank(std::string_view klass);

}  // namespace bpftax
