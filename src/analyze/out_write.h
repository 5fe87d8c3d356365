// Makes and writes the parts of an analysis with several threads.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "analyze/out_files.h"
#include "util/result.h"

namespace bpftax {

// `earlier`: paths that may be there already; they are replaced. The others need no temporary: until the list
// of files says that it is complete, nobody takes them for whole. After an error nothing more is begun.
Result<void> write_parts(const std::string& folder, const std::vector<OutPart>& parts,
                         const std::set<std::string>& earlier);

}  // namespace bpftax
