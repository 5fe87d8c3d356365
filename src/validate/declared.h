// What a campaign itself says it could not measure. Such a case is INVALID in its result, with the reason:
// that its windows are missing is no fault of the tree.
#pragma once

#include <map>
#include <string>

#include "validate/result_tree.h"

namespace bpftax {

// Case folder ("ebpf/x_case_4_any_any_06bdce/host") -> reason, from plan.json and result.json of a run
// directory; empty for other trees and for files that cannot be read (other checks say so).
std::map<std::string, std::string> declared_failures(const ResultTree& tree);

}  // namespace bpftax
