// Reading the files of a configuration: errors are kUsage, and what a file names stays in its folder.
#pragma once

#include <string>

#include "util/result.h"

namespace bpftax {

// A regular file of at most kMaxYamlBytes.
Result<std::string> read_config_file(const std::string& path);
// folder/name, with all links resolved still below folder; kUsage otherwise. `why` and `hint` only: the
// caller says where the name stands.
Result<std::string> path_below(const std::string& folder, const std::string& name);

}  // namespace bpftax
