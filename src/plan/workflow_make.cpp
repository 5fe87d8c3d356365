// A configuration becomes a workflow.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "plan/result_paths.h"
#include "plan/workflow_filter.h"
#include "plan/workflow_parts.h"
#include "util/clock.h"
#include "util/files.h"
#include "util/rng.h"
#include "util/strings.h"
#include "workload/registry.h"

namespace bpftax {
namespace {

tl::unexpected<Error> lacking(std::string what, std::string where, std::string why, std::string hint = {}) {
  return fail(ErrorKind::kUsage, std::move(what), std::move(where), std::move(why), std::move(hint));
}

// The files that the campaign was made of: of one its SHA-256, of several that of their list.
Result<std::string> digest_of(const std::vector<std::string>& files) {
  if (files.empty()) return std::string();
  if (files.size() == 1) return sha256_file(files.front());
  std::string list;
  for (const std::string& file : files) {
    BPFTAX_ASSIGN(const std::string digest, sha256_file(file));
    list += digest + "  " + file + "\n";
  }
  return sha256_hex(list);
}

class WorkflowMaker {
 public:
  explicit WorkflowMaker(const CampaignConfig& config) : config_(config) {}

  Result<Workflow> make(const WorkflowOptions& options) {
    BPFTAX_TRY(check_tests());
    BPFTAX_ASSIGN(const std::vector<const TestCase*> cases, filtered_cases(config_, options.filter));
    workflow_.run_id = make_run_id(options.now_realtime_ns);
    workflow_.created = format_iso8601(options.now_realtime_ns);
    workflow_.config_file = config_.origin;
    BPFTAX_ASSIGN(workflow_.config_sha256, digest_of(config_.files));
    workflow_.command_line = options.command_line;
    workflow_.seed = options.seed ? *options.seed : random_seed();
    if (workflow_.seed > static_cast<uint64_t>(INT64_MAX))
      return lacking("bad seed", fmt::format("{}", workflow_.seed), "it must be below 2^63");
    workflow_.use_sudo = config_.use_sudo;
    workflow_.results_dir = config_.results_dir;
    workflow_.python_interpreter = config_.python_interpreter;
    workflow_.hooks = config_.hooks;
    workflow_.monitors = config_.monitors;
    workflow_.monitoring = config_.monitoring;
    workflow_.measurement = config_.measurement;
    workflow_.measurement.window_s = 0;  // from here on each test has its own
    workflow_.warnings = config_.warnings;
    BPFTAX_TRY(add_environments(cases));
    BPFTAX_TRY(add_cycles(cases));
    make_parts(workflow_);
    BPFTAX_TRY(complete_plans(workflow_));
    return std::move(workflow_);
  }

 private:
  Result<void> check_tests() {
    if (config_.performance_tests.empty())
      return lacking("the configuration has no performance tests", config_.origin,
                     "nothing would be measured",
                     "performance_tests: {throughput: {...}, latency: {...}, pps: {...}}");
    const std::vector<std::string>& known = workload_names();
    std::set<std::string> seen;
    for (const PerformanceTest& test : config_.performance_tests) {
      const std::string where = test.type + "/" + test.conn;
      if (std::find(known.begin(), known.end(), test.workload) == known.end())
        return lacking("no workload does this performance test", where,
                       "it would take '" + printable(test.workload) + "'", "workloads: " + join(known, ", "));
      if (!seen.insert(test.workload).second)
        return lacking("two performance tests use the same workload", where, "'" + test.workload + "'",
                       "a campaign measures each workload in one way: keep one target_bw");
    }
    return {};
  }

  Result<void> add_environments(const std::vector<const TestCase*>& cases) {
    std::map<std::string, int> wanted;
    for (const TestCase* test_case : cases) ++wanted[test_case->environment];
    for (const ConfiguredEnvironment& environment : config_.environments) {
      if (wanted.erase(environment.name) == 0) continue;
      BPFTAX_TRY(check_environment(environment));
      workflow_.environments.push_back(environment);
    }
    workflow_.hosts = config_.hosts;
    order_hosts(workflow_);
    std::vector<std::string> names;
    for (const auto& each : config_.environments) names.push_back(each.name);
    for (const auto& [name, count] : wanted) {
      left_out_.insert(name);
      workflow_.warnings.push_back(
          fmt::format("{} left out: there is no environment '{}' (there are: {})",
                      count == 1 ? "one case is" : fmt::format("{} cases are", count), printable(name),
                      join(names, ", ")));
    }
    if (!workflow_.environments.empty()) return {};
    if (cases.empty())
      return lacking("the configuration has no cases", config_.origin, "there is no tool to measure",
                     "add tools; bpftax tools scan DIR proposes them");
    return lacking("no case has its environment", config_.origin, workflow_.warnings.back(),
                   "add the environment to the configuration");
  }

  Result<void> check_environment(const ConfiguredEnvironment& environment) {
    for (const auto end : kEnds) {
      const EnvironmentEnd& side = environment.*end;
      const std::string where = fmt::format("environment '{}', {}", printable(environment.name),
                                            &side == &environment.server ? "server" : "client");
      for (const std::string& id : {side.ssh_ref, side.tool_host()}) {
        const ConfiguredHost* host = config_.host(id);
        if (host == nullptr)
          return lacking("there is no such host", where, "'" + printable(id) + "'", "add it to ssh_hosts");
        if (host->workdir.empty() || host->workdir[0] != '/')
          return lacking("the host has no folder to work in", where,
                         "'" + printable(id) + "' lacks a workdir", "workdir: an absolute path on that host");
      }
      if (side.test_ip.empty())
        return lacking("the environment is incomplete", where, "it has no test_ip",
                       "bpftax discover finds it; by hand it is the address that the traffic goes to");
    }
    return {};
  }

  std::vector<PerformanceTest> tests_of(const TestCase* test_case) const {
    std::vector<PerformanceTest> tests;
    for (PerformanceTest test : config_.performance_tests) {
      if (test_case != nullptr && !test_case->performance_test_types.empty()) {
        const auto& types = test_case->performance_test_types;
        if (std::find(types.begin(), types.end(), test.type) == types.end()) continue;
      }
      if (config_.measurement.window_s > 0) test.duration_s = config_.measurement.window_s;
      const std::string folder = perf_folder(test.workload);
      test.type = folder.substr(0, folder.find('/'));
      test.conn = folder.substr(folder.find('/') + 1);
      tests.push_back(std::move(test));
    }
    return tests;
  }

  std::string unique_id(const std::string& wanted) {
    std::string id = wanted;
    if (id[0] == '-') id[0] = '_';  // would look like an option
    for (int n = 2; !ids_.insert(id).second; ++n) id = fmt::format("{}_{}", wanted, n);
    return id;
  }

  // Tool, case and environment make it unique; protocol and direction make it readable.
  static std::string case_cycle_id(const TestCase& test_case) {
    constexpr size_t kLongestWord = 20, kLongestId = 150;
    const std::string tail = fmt::format(
        "_case_{}_{}_{}_{}", test_case.id, safe_file_name(test_case.protocol()).substr(0, kLongestWord),
        safe_file_name(test_case.direction()).substr(0, kLongestWord), test_case.environment);
    const size_t room = kLongestId - std::min(tail.size(), kLongestId / 2);
    return safe_file_name(test_case.tool_id).substr(0, room) + tail;
  }

  Result<void> add_cycles(const std::vector<const TestCase*>& cases) {
    for (const ConfiguredEnvironment& environment : workflow_.environments) {
      WorkflowCycle cycle;
      cycle.id = unique_id("baseline_" + environment.name);
      cycle.environment = environment.name;
      cycle.baseline = true;
      cycle.result_path = cycle_result_path(workflow_, cycle);
      workflow_.cycles.push_back(std::move(cycle));
    }
    std::set<std::string> paths;
    for (const TestCase* test_case : cases) {
      if (left_out_.count(test_case->environment) != 0) continue;
      WorkflowCycle cycle;
      cycle.id = unique_id(case_cycle_id(*test_case));
      cycle.environment = test_case->environment;
      cycle.test_case = *test_case;
      cycle.tests = tests_of(test_case);
      if (cycle.tests.empty())
        return lacking("a case has no performance test", printable(test_case->name),
                       "the configuration has none of: " + join(test_case->performance_test_types, ", "));
      cycle.result_path = cycle_result_path(workflow_, cycle);
      if (!paths.insert(cycle.result_path).second)
        return lacking("two cases would write into the same folder", cycle.result_path,
                       fmt::format("tool '{}', case {}", printable(test_case->tool_id), test_case->id),
                       "give one of them another id");
      workflow_.cycles.push_back(std::move(cycle));
    }
    complete_baselines(workflow_);
    return {};
  }

  using End = EnvironmentEnd ConfiguredEnvironment::*;
  static constexpr End kEnds[] = {&ConfiguredEnvironment::server, &ConfiguredEnvironment::client};

  const CampaignConfig& config_;
  Workflow workflow_;
  std::set<std::string> left_out_, ids_;
};

}  // namespace

Result<Workflow> make_workflow(const CampaignConfig& config, const WorkflowOptions& options) {
  return WorkflowMaker(config).make(options);
}

}  // namespace bpftax
