// `test_sequence` of a workflow document.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <unordered_set>

#include "config/sections.h"
#include "plan/json_fields.h"
#include "plan/result_paths.h"
#include "plan/validate.h"
#include "plan/workflow_parts.h"
#include "plan/workflow_read.h"
#include "plan/workflow_schema.h"
#include "util/strings.h"
#include "workload/registry.h"

namespace bpftax {
namespace {

tl::unexpected<Error> wrong_cycle(std::string path, std::string why, std::string hint = {}) {
  return fail(ErrorKind::kUsage, kReadingWorkflow, std::move(path), std::move(why), std::move(hint));
}

Result<CaseParameter> read_parameter(const Json& json, const std::string& where) {
  CaseParameter parameter;
  JsonFields fields(json, where, kReadingWorkflow);
  fields.text("name", parameter.name);
  if (parameter.name.empty()) fields.wrong("name", "it is missing");
  const Json* value = fields.value("value");
  if (value == nullptr || (!value->is_string() && !value->is_number())) {
    fields.wrong("value", "expected a text or a number");
  } else {
    parameter.number = value->is_number();
    parameter.value = parameter.number ? value->dump() : value->get<std::string>();
  }
  BPFTAX_TRY(fields.done_strictly());
  return parameter;
}

Result<TestCase> read_case(const Json& json, const std::string& where, const std::string& environment) {
  TestCase test_case;
  test_case.environment = environment;
  JsonFields fields(json, where, kReadingWorkflow);
  if (!fields.has("case_id")) fields.wrong("case_id", "it is missing");
  fields.integer("case_id", test_case.id);
  if (test_case.id < 0) fields.wrong("case_id", "it must not be negative");
  fields.text("tool_id", test_case.tool_id);
  fields.text("name", test_case.name);
  fields.text("script", test_case.script);
  fields.text("category", test_case.category);
  fields.text("command", test_case.command);
  fields.text("class", test_case.design_class);
  if (!test_case.design_class.empty()) {
    const std::vector<std::string> known(std::begin(kDesignClasses), std::end(kDesignClasses));
    if (std::find(known.begin(), known.end(), test_case.design_class) == known.end())
      fields.wrong("class", "unknown class " + quote_name(test_case.design_class),
                   "one of " + join(known, ", "));
  }
  fields.number("duration", test_case.duration_s);
  if (trim(test_case.tool_id).empty()) fields.wrong("tool_id", "it is missing");
  if (trim(test_case.command).empty()) fields.wrong("command", "it is missing");
  fields.each("parameters", [&](const Json& item, const std::string& at) {
    auto parameter = read_parameter(item, at);
    if (!parameter) return fields.keep(propagate(std::move(parameter)));
    test_case.parameters.push_back(std::move(*parameter));
  });
  BPFTAX_TRY(fields.done_strictly());
  return test_case;
}

// result_path is derived; the cycle's own is known before.
Result<PerformanceTest> read_test(const Json& json, const std::string& where, std::string& result_path) {
  PerformanceTest test;
  JsonFields fields(json, where, kReadingWorkflow);
  fields.text("workload", test.workload);
  const std::vector<std::string>& known = workload_names();
  if (std::find(known.begin(), known.end(), test.workload) == known.end()) {
    const auto nearest = nearest_name(test.workload, known);
    fields.wrong("workload", "unknown workload " + quote_name(test.workload),
                 nearest ? "did you mean '" + *nearest + "'?" : "workloads: " + join(known, ", "));
  }
  const std::string folder = perf_folder(test.workload);
  test.type = folder.substr(0, folder.find('/'));
  test.conn = folder.substr(folder.find('/') + 1);
  std::string type = test.type, conn = test.conn;
  fields.text("type", type);
  fields.text("conn", conn);
  if (type != test.type)
    fields.wrong("type", test.workload + " is of type " + test.type + ", not " + quote_name(type));
  if (conn != test.conn)
    fields.wrong("conn", "of " + test.workload + " it is " + test.conn + ", not " + quote_name(conn));
  fields.number("duration", test.duration_s);
  if (!(test.duration_s >= 0.1 && test.duration_s <= 3600))
    fields.wrong("duration", "a window takes 0.1 s to 1 h");
  fields.text("target_bandwidth", test.target_bandwidth);
  fields.text("result_path", result_path);
  BPFTAX_TRY(fields.done_strictly());
  return test;
}

Result<void> check_path(const Workflow& workflow, const std::string& where, const std::string& given,
                        const std::string& derived) {
  if (given.empty() || given == derived) return {};
  const bool outside = !stays_below(given) || given.rfind(workflow.results_dir + "/", 0) != 0;
  return wrong_cycle(where,
                     outside
                         ? quote_name(given) + " leaves the results folder '" + workflow.results_dir + "'"
                         : quote_name(given) + " is not the path of this case, which is '" + derived + "'",
                     "it follows from tool_id, case_id, parameters and environment: delete it");
}

Result<void> check_tasks(const Json& json, const std::string& where,
                         const std::vector<std::string>& derived) {
  JsonFields fields(json, where, kReadingWorkflow);
  if (!fields.has("tasks")) return {};
  std::vector<std::string> tasks;
  fields.texts("tasks", tasks);
  if (tasks != derived)
    fields.wrong("tasks",
                 "they are not what 'hooks' gives: " + (derived.empty() ? "none" : join(derived, ", ")),
                 "change 'hooks', and delete 'tasks' here");
  return fields.done();
}

class CycleReader {
 public:
  explicit CycleReader(Workflow& workflow) : workflow_(workflow) {
    for (const auto& each : workflow.environments) environments_.push_back(each.name);
  }

  Result<void> add(const Json& json, const std::string& where) {
    WorkflowCycle cycle;
    std::string type = kCaseCycle, path;
    JsonFields fields(json, where, kReadingWorkflow);
    fields.text("cycle_id", cycle.id);
    fields.text("cycle_type", type);
    fields.text("environment", cycle.environment);
    fields.text("part", cycle.part);
    fields.text("result_path", path);
    fields.skip({"expected_duration_s"});  // worked out anew
    const Json* ebpf_case = fields.value("ebpf_case");
    const Json* test_cycle = fields.value("test_cycle");
    cycle.baseline = type == kBaselineCycle;
    if (!cycle.baseline && type != kCaseCycle)
      fields.wrong("cycle_type", std::string("expected ") + kBaselineCycle + " or " + kCaseCycle);
    if (std::find(environments_.begin(), environments_.end(), cycle.environment) == environments_.end()) {
      const auto nearest = nearest_name(cycle.environment, environments_);
      fields.wrong("environment", "there is no environment " + quote_name(cycle.environment),
                   nearest ? "did you mean '" + *nearest + "'?" : "there are: " + join(environments_, ", "));
    }
    if (cycle.baseline && ebpf_case != nullptr) fields.wrong("ebpf_case", "a baseline has no case: null");
    if (cycle.baseline && !cycle.part.empty()) fields.wrong("part", "a baseline belongs to all parts: null");
    if (!cycle.baseline && ebpf_case == nullptr) fields.wrong("ebpf_case", "it is missing");
    if (test_cycle == nullptr) fields.wrong("test_cycle", "it is missing");
    BPFTAX_TRY(fields.done_strictly());
    BPFTAX_TRY(check_id(cycle, where));
    if (!cycle.baseline) {
      BPFTAX_ASSIGN(cycle.test_case, read_case(*ebpf_case, where + ".ebpf_case", cycle.environment));
    }
    cycle.result_path = cycle_result_path(workflow_, cycle);
    BPFTAX_TRY(check_path(workflow_, where + ".result_path", path, cycle.result_path));
    if (!paths_.insert(cycle.result_path).second)
      return wrong_cycle(where, "another cycle writes into the same folder, " + quote_name(cycle.result_path),
                         cycle.baseline ? "an environment has one baseline"
                                        : "give the case another case_id, or delete one of them");
    BPFTAX_TRY(read_test_cycle(*test_cycle, where + ".test_cycle", cycle));
    workflow_.cycles.push_back(std::move(cycle));
    return {};
  }

 private:
  Result<void> check_id(const WorkflowCycle& cycle, const std::string& where) {
    const std::string place = where + ".cycle_id";
    if (!is_plain_name(cycle.id) || cycle.id == "A1" || cycle.id == "A2")
      return wrong_cycle(place, quote_name(cycle.id) + " is not an id",
                         "letters, digits, _ - and . only; A1 and A2 are the baselines of a block");
    if (!ids_.insert(cycle.id).second) return wrong_cycle(place, quote_name(cycle.id) + " stands twice");
    return {};
  }

  Result<void> read_test_cycle(const Json& json, const std::string& where, WorkflowCycle& cycle) {
    JsonFields fields(json, where, kReadingWorkflow);
    const Json* init = fields.value("init_hook");
    const Json* post = fields.value("post_hook");
    fields.each("performance_tests", [&](const Json& item, const std::string& at) {
      std::string path;
      auto test = read_test(item, at, path);
      if (!test) return fields.keep(propagate(std::move(test)));
      fields.keep(check_path(workflow_, at + ".result_path", path, test_result_path(cycle, *test)));
      for (const PerformanceTest& other : cycle.tests) {
        if (other.workload == test->workload)
          fields.wrong("performance_tests", test->workload + " stands twice");
      }
      cycle.tests.push_back(std::move(*test));
    });
    if (cycle.tests.empty() && !cycle.baseline) fields.wrong("performance_tests", "there is none");
    BPFTAX_TRY(fields.done_strictly());
    if (init != nullptr) {
      JsonFields hook(*init, where + ".init_hook", kReadingWorkflow);
      std::string command;
      hook.text("ebpf_startup_command", command);
      hook.skip({"tasks"});
      if (!command.empty() && command != cycle.test_case.command)
        hook.wrong("ebpf_startup_command", "it is not ebpf_case.command", "change both, or delete this one");
      BPFTAX_TRY(hook.done_strictly());
      BPFTAX_TRY(check_tasks(*init, where + ".init_hook", init_tasks(workflow_, cycle.baseline)));
    }
    if (post != nullptr) {
      JsonFields hook(*post, where + ".post_hook", kReadingWorkflow);
      hook.skip({"tasks"});
      BPFTAX_TRY(hook.done_strictly());
      BPFTAX_TRY(check_tasks(*post, where + ".post_hook", post_tasks(workflow_, cycle.baseline)));
    }
    return {};
  }

  Workflow& workflow_;
  std::vector<std::string> environments_;
  std::unordered_set<std::string> ids_, paths_;
};

// A baseline is measured together with each case, in its windows: its tests cannot be others than theirs.
Result<void> check_baselines(const Workflow& workflow) {
  std::map<std::string, const WorkflowCycle*> baselines;
  std::map<std::string, std::vector<const PerformanceTest*>> tests;  // of the cases, different ones
  for (const WorkflowCycle& cycle : workflow.cycles) {
    if (cycle.baseline) {
      baselines[cycle.environment] = &cycle;
      continue;
    }
    auto& known = tests[cycle.environment];
    for (const PerformanceTest& test : cycle.tests) {
      if (std::none_of(known.begin(), known.end(),
                       [&](const auto* other) { return same_tests({*other}, {test}); }))
        known.push_back(&test);
    }
  }
  for (size_t i = 0; i < workflow.cycles.size(); ++i) {
    const WorkflowCycle& cycle = workflow.cycles[i];
    const std::string where = fmt::format("test_sequence[{}]", i);
    if (baselines.count(cycle.environment) == 0)
      return wrong_cycle(
          where, "the environment '" + cycle.environment + "' has no baseline",
          fmt::format("a cycle {{\"cycle_id\": \"baseline_{0}\", \"cycle_type\": \"baseline\", "
                      "\"environment\": \"{0}\", \"test_cycle\": {{}}}}",
                      cycle.environment));
    if (!cycle.baseline) continue;
    const auto& known = tests[cycle.environment];
    if (known.empty())
      return wrong_cycle(where, "the environment '" + cycle.environment + "' has a baseline, but no case",
                         "delete its baseline too");
    for (size_t k = 0; k < cycle.tests.size(); ++k) {
      const PerformanceTest& test = cycle.tests[k];
      if (std::any_of(known.begin(), known.end(),
                      [&](const auto* other) { return same_tests({*other}, {test}); }))
        continue;
      return wrong_cycle(
          fmt::format("{}.test_cycle.performance_tests[{}]", where, k),
          fmt::format("no case of '{}' has {} with {} s and bandwidth '{}'", cycle.environment, test.workload,
                      test.duration_s, printable(test.target_bandwidth)),
          "the baseline is measured as the cases are: change it here as you did there, or delete it "
          "here");
    }
  }
  return {};
}

}  // namespace

Result<void> read_workflow_cycles(const Json& document, Workflow& workflow) {
  JsonFields top(document, "", kReadingWorkflow);
  CycleReader reader(workflow);
  top.each("test_sequence",
           [&](const Json& item, const std::string& where) { top.keep(reader.add(item, where)); });
  BPFTAX_TRY(top.done());
  if (workflow.cycles.empty()) return wrong_cycle("test_sequence", "there is nothing to measure");
  BPFTAX_TRY(check_baselines(workflow));
  complete_baselines(workflow);
  return {};
}

}  // namespace bpftax
