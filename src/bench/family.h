// A family of benchmarks (maps, hooks, submit, load) as `bpftax bench` knows it: a row of the table in
// cli/bench_families.cpp.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "bench/benchmark.h"
#include "bench/model.h"

namespace CLI {
class App;
}

namespace bpftax::bench {

struct PlanOptions {
  bool quick = false;
  std::vector<int> cpus;  // --cpus, or all online ones of our affinity: never empty
};

// Called after the command line has been read: checks the family's options and makes the tasks. Task::cpus
// are filled in. kUsage for impossible options.
using PlanTasks = std::function<Result<std::vector<Task>>(const PlanOptions& options)>;

struct Family {
  const char* name;
  const char* summary;
  // Adds the family's own options (--entries, --ops, ...) to its subcommand.
  PlanTasks (*set_up)(CLI::App& command);
  const std::vector<Benchmark>& (*benchmarks)();
  // After a run, with its document: writes what the family's options ask for beside it (--veristat FILE), and
  // returns text to print below the tables, "" for none. May be nullptr.
  Result<std::string> (*finish)(const Document& document, int width, bool color) = nullptr;
  // Samples of each operation in a process with `--quick`. Where setting up takes longer than a sample, fewer
  // of them and more processes say more.
  int quick_samples = 3;
  // Brings back what planning left in memory (the bytes of object files), in a process that was executed anew
  // for this task. May be nullptr.
  Result<void> (*recall)(const Task& task) = nullptr;
};

}  // namespace bpftax::bench
