// `bpftax bench FAMILY`: measures, and writes DIR/bench.json, bench.csv, bench.html and journal.jsonl.
#pragma once

#include <optional>
#include <string>

#include "bench/conditions/conditions.h"
#include "bench/family.h"
#include "cli/output.h"
#include "util/result.h"

namespace CLI {
class App;
}

namespace bpftax {

// As typed; empty = not given.
struct BenchOptions {
  bool quick = false, list = false;
  std::optional<int> runs, samples;
  std::string time, cpus;
  std::optional<uint64_t> seed;
  std::string out, csv;
  bench::ConditionOptions conditions;
};

void add_bench_options(CLI::App& command, BenchOptions& options);

// `bpftax bench one-task`: the process of one task, which run_bench_family() starts. Returns only with an
// error.
inline constexpr const char* kOneTaskCommand = "one-task";
Result<int> run_one_task();

// Exit code 0: all that was tried was measured or is unavailable. 3: something did wrong work, or nothing was
// measured (floors are nothing). 130: interrupted; the document holds what was measured.
Result<int> run_bench_family(const bench::Family& family, const bench::PlanTasks& plan,
                             const BenchOptions& options, const CommonOptions& common);

// Of a run that was not interrupted.
int bench_exit_code(const bench::Document& document);

// The CPUs of a list like "0-3,8", each of which we may run on; all of those for "". kUsage.
Result<std::vector<int>> bench_cpus(const std::string& list);

}  // namespace bpftax
