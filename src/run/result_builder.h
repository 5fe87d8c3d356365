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

// Time per unit of work that the tool's programs used in the attribution window of that workload, in
// microseconds; nullopt where there is none.
std::optional<double> attributed_us_per_unit(const RunState& state, const std::string& subject,
                                             const std::string& workload);
ResultSubject subject_result(const Session& session, const PlannedSubject& planned);
// All rows, judged, corrected for multiplicity, with measured and attributed time. Subjects that were taken
// out get INVALID rows without numbers.
std::vector<ResultComparison> comparison_results(const Session& session, std::vector<JudgedRow>& rows);

}  // namespace bpftax
