// `bpftax bench import FILE...`: results of the kernel's own benchmarks and of veristat as a document of
// ours.
#pragma once

#include <string>
#include <vector>

#include "cli/output.h"
#include "util/result.h"

namespace bpftax {

struct BenchImportOptions {
  std::vector<std::string> files;
  std::string out;  // a bench.json
  std::string csv;
  std::string beside;  // a document of ours to set it beside
};
Result<int> import_benches(const BenchImportOptions& options, const CommonOptions& common);

}  // namespace bpftax
