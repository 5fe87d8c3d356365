// Makes the result of a run from the journal's state: result.json is a view of the journal and can be made
// again from it at any time.
#pragma once

#include <map>
#include <string>

#include "run/estimates.h"
#include "run/session.h"

namespace bpftax {

struct HostFacts {
  nlohmann::json server, client, tool;  // tool: of the subjects' host
};

RunResult build_result(const Session& session, const HostFacts& facts, bool complete);

// ---- parts, for build_result and its tests ----

// Time per unit of work, in microseconds, that the tool's programs explain: from the attribution window of
// that workload and, where they are known for all hooks whose programs ran, the costs of entering them.
struct AttributedTime {
  double us = 0;                   // run time, and entering where that is known
  std::optional<double> entry_us;  // of it
  // Half of its 95 % interval; needs entry_us and three starts. That of the run time, by Student's t over the
  // starts, and those of the entries are added up: they need not be independent.
  std::optional<double> error_us;
};
// nullopt where there is no such window.
std::optional<AttributedTime> attributed_time(const RunState& state, const std::string& subject,
                                              const std::string& workload);
ResultSubject subject_result(const Session& session, const PlannedSubject& planned);
// All rows, judged, corrected for multiplicity, with measured and attributed time. Subjects that were taken
// out get INVALID rows without numbers.
std::vector<ResultComparison> comparison_results(const Session& session, std::vector<JudgedRow>& rows);

}  // namespace bpftax
