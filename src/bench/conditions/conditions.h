// The conditions of `bpftax bench`: --load, --cstates, --pstates, --governor (docs/bench_conditions.md).
//
//   ConditionOptions options;
//   add_condition_options(command, options);                             // once
//   BPFTAX_ASSIGN(const auto conditions, make_conditions(options));      // after the command line has been
//   read for (...) {                                                          // each several times, in any
//   order
//     if (auto entered = condition->enter(); !entered) ...               // kEnvironment: rows are
//     unavailable
//     ... tasks ...
//     const Result<Json> reached = condition->leave();                   // an error: it did not hold
//     meanwhile
//   }
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bench/condition.h"
#include "bench/conditions/cpu_power.h"
#include "bench/conditions/load.h"
#include "host/host.h"
#include "util/result.h"

namespace CLI {
class App;
}

namespace bpftax::bench {

// As typed; empty = not given.
struct ConditionOptions {
  std::vector<std::string> loads;  // --load
  std::string cstates, pstates;    // "on", "off", "on,off"
  std::string governors;           // "performance,powersave"
};

void add_condition_options(CLI::App& command, ConditionOptions& options);

// Every combination of the loads with the switches, each once; never empty: without options it is the machine
// as it is, "idle". Nothing is changed or started yet. kUsage for options that make no sense; what this
// machine cannot do is the error of enter().
//
// What has to be running for a condition runs below an agent of our own, which is started when it is first
// needed and ends with the last of these conditions. Conditions are used one at a time, from one thread; one
// that was not left is left by its destructor.
Result<std::vector<std::unique_ptr<Condition>>> make_conditions(const ConditionOptions& options);

// Where conditions take place: for tests.
struct ConditionPlace {
  std::function<Result<Host*>()> host;  // connected to when first asked for
  LoadPlace load;
  PowerPaths power;
};
Result<std::vector<std::unique_ptr<Condition>>> make_conditions(const ConditionOptions& options,
                                                                const ConditionPlace& place);

}  // namespace bpftax::bench
