// `bpftax measure --load cpu:80`: the load (bench/conditions) that this machine is under during the whole
// run, in baseline and subject windows alike.
#pragma once

#include <memory>
#include <string>

#include "bench/condition.h"
#include "result/model.h"
#include "util/result.h"

namespace bpftax {

// One load's canonical name ("cpu:80+mem:75"); "" for "" and "idle". kUsage for what is no load, and for
// several.
Result<std::string> parse_measured_load(const std::string& text);

class HeldLoad {
 public:
  // Returns when the load is reached. What parse_measured_load() takes; "": nothing is done.
  static Result<HeldLoad> begin(const std::string& text);
  // Ends the load and writes into the result what was held: into the facts of the host ("load": {"name",
  // "cpu_percent", ...}, means; docs/bench_conditions.md) and into the warnings. A load that did not hold is
  // a warning; what could not be undone is an error.
  Result<void> end(RunResult& result);

 private:
  std::unique_ptr<bench::Condition> condition_;
};

// The part of end() that writes. `reached` as Condition::leave() returns it; pure.
void note_load(const std::string& name, const Result<nlohmann::json>& reached, RunResult& result);

}  // namespace bpftax
