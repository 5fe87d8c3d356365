// bpftax report --story: the long report over several results (report/story.h).
#pragma once

#include <string>
#include <vector>

#include "cli/output.h"
#include "report/lang.h"
#include "util/result.h"

namespace bpftax {

// folders: run directories, result.json files, folders of `run --iterations`, trees of raw results. out:
// FILE.md or FILE.html, required.
Result<int> write_story(const std::vector<std::string>& folders, const std::string& out, Lang lang,
                        const CommonOptions& common);

}  // namespace bpftax
