// `bpftax bench guide FILE...`
#pragma once

#include <string>
#include <vector>

#include "cli/output.h"
#include "util/result.h"

namespace bpftax {

struct BenchGuideOptions {
  std::vector<std::string> files;
  std::string out;  // Markdown
};
Result<int> guide_from_benches(const BenchGuideOptions& options, const CommonOptions& common);

}  // namespace bpftax
