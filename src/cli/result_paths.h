// Which results a path on the command line names.
#pragma once

#include <string>
#include <vector>

#include "util/result.h"

namespace bpftax {

// Whether a regular file result.json lies in the folder: what else has that name is no result.
bool has_result(const std::string& folder);

// A result.json itself; the folder of a run; or the folder of `run --iterations`, which is all of its
// iterations that have a result, in order. What is none of these is returned as it is: reading it says why.
std::vector<std::string> result_paths(const std::string& given);
std::vector<std::string> result_paths(const std::vector<std::string>& given);

}  // namespace bpftax
