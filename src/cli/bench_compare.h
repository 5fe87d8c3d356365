// `bpftax bench compare A B`
#pragma once

#include <string>

#include "bench/compare.h"
#include "bench/model.h"
#include "cli/output.h"
#include "util/result.h"

namespace bpftax {

struct BenchCompareOptions {
  std::string a, b;
  std::string csv;
  bool by_name = false;
};

Result<int> compare_benches(const BenchCompareOptions& options, const CommonOptions& common);

// Writes and prints what stands side by side.
Result<void> show_comparison(const bench::BenchComparison& comparison, const std::string& csv,
                             const CommonOptions& common);

// A bench.json, or a folder that holds one.
Result<bench::Document> read_bench_document(const std::string& path);

}  // namespace bpftax
