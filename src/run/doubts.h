// Which warnings a run deserves: from the hosts' facts, the journal's state and the judged rows.
#pragma once

#include <vector>

#include "run/result_builder.h"

namespace bpftax {

std::vector<ResultWarning> host_doubts(const Session& session, const HostFacts& facts);
std::vector<ResultWarning> baseline_doubts(const Session& session);
std::vector<ResultWarning> block_doubts(const Session& session);
std::vector<ResultWarning> subject_doubts(const Session& session);
std::vector<ResultWarning> attribution_doubts(const Session& session, const std::vector<JudgedRow>& rows);
// Adds sentences to the comparisons they belong to.
std::vector<ResultWarning> row_doubts(const Session& session, const std::vector<JudgedRow>& rows,
                                      std::vector<ResultComparison>& comparisons);

}  // namespace bpftax
