// A workflow as a document, schema "bpftax.workflow/1".
#include <cmath>

#include "plan/workflow_parts.h"
#include "plan/workflow_schema.h"
#include "util/json.h"
#include "util/strings.h"

namespace bpftax {
namespace {

// Whole numbers without ".0", for people.
OrderedJson number(double value) {
  if (value == std::floor(value) && std::fabs(value) < 1e15) return static_cast<int64_t>(value);
  return value;
}

// Estimates are not worth more than a second.
OrderedJson rounded(double value) {
  return static_cast<int64_t>(std::llround(value));
}

OrderedJson host_json(const ConfiguredHost& host) {
  OrderedJson json = {{"address", host.address}, {"user", host.user}};
  if (host.port) json["port"] = *host.port;
  json["workdir"] = host.workdir;
  return json;
}

OrderedJson end_json(const EnvironmentEnd& end) {
  OrderedJson json = {{"ssh_ref", end.ssh_ref}, {"test_ip", end.test_ip}};
  const auto add = [&](const char* key, const auto& value) {
    if (!value.empty()) json[key] = value;
  };
  add("interface", end.interface);
  add("vm_interface", end.vm_interface);
  add("physical_host_ref", end.physical_host_ref);
  add("internal_interface", end.internal_interface);
  add("physical_interface", end.physical_interface);
  add("physical_nic_members", end.physical_nic_members);
  add("qemu_pid", end.qemu_pid);
  add("vhost_pids", end.vhost_pids);
  return json;
}

OrderedJson settings_json(const Workflow& workflow) {
  const MeasurementSettings& measurement = workflow.measurement;
  const MonitoringSettings& monitoring = workflow.monitoring;
  OrderedJson json;
  json["min_blocks"] = measurement.min_blocks;
  json["max_blocks"] = measurement.max_blocks;
  json["cases_per_block"] = measurement.cases_per_block;
  json["budget"] = number(measurement.budget_s);
  json["omit"] = number(measurement.omit_s);
  json["margins"] = OrderedJson::object();
  for (const auto& [metric, percent] : measurement.margins) json["margins"][metric] = number(percent);
  json["ready"] = measurement.ready;
  json["ready_timeout"] = number(measurement.ready_timeout_s);
  json["placement"] = measurement.placement;
  json["attribution"] = measurement.attribution;
  json["attribution_starts"] = measurement.attribution_starts;
  json["sample_interval_ms"] = number(measurement.sample_interval_ms);
  json["output_cap_mb"] = number(measurement.output_cap_mb);
  json["monitoring"] = {{"enabled", monitoring.enabled},
                        {"cpu", monitoring.cpu},
                        {"memory", monitoring.memory},
                        {"log_size", monitoring.log_size},
                        {"interval", number(monitoring.interval_s)}};
  json["use_sudo"] = workflow.use_sudo;
  json["results_dir"] = workflow.results_dir;
  json["python_interpreter"] = workflow.python_interpreter;
  return json;
}

OrderedJson task_json(const HookTask& task) {
  OrderedJson json = {{"name", task.name}, {"command", task.command}, {"targets", task.targets}};
  if (!task.condition.empty()) json["condition"] = task.condition;
  json["timeout"] = number(task.timeout_s);
  json["on_error"] = task.warn_only ? "warn" : "fail";
  return json;
}

OrderedJson monitor_json(const CustomMonitor& monitor) {
  OrderedJson json = {{"name", monitor.name},
                      {"command", monitor.command},
                      {"targets", monitor.targets},
                      {"interval", number(monitor.interval_s)},
                      {"lifecycle", monitor.lifecycle}};
  if (!monitor.condition.empty()) json["condition"] = monitor.condition;
  return json;
}

// As a number only where the number's text is the value's: "007" stays a text.
OrderedJson parameter_value(const CaseParameter& parameter) {
  if (!parameter.number) return parameter.value;
  if (const auto whole = to_int64(parameter.value); whole && std::to_string(*whole) == parameter.value)
    return *whole;
  if (const auto real = to_double(parameter.value); real && OrderedJson(*real).dump() == parameter.value)
    return *real;
  return parameter.value;
}

OrderedJson case_json(const TestCase& test_case) {
  OrderedJson json;
  json["case_id"] = test_case.id;
  json["tool_id"] = test_case.tool_id;
  json["name"] = test_case.name;
  json["script"] = test_case.script;
  json["category"] = test_case.category;
  json["command"] = test_case.command;
  if (!test_case.design_class.empty()) json["class"] = test_case.design_class;
  json["duration"] = number(test_case.duration_s);
  // A list, because their order is part of the result path's hash.
  json["parameters"] = OrderedJson::array();
  for (const CaseParameter& each : test_case.parameters)
    json["parameters"].push_back({{"name", each.name}, {"value", parameter_value(each)}});
  return json;
}

OrderedJson test_json(const WorkflowCycle& cycle, const PerformanceTest& test) {
  OrderedJson json = {{"type", test.type},
                      {"conn", test.conn},
                      {"workload", test.workload},
                      {"duration", number(test.duration_s)}};
  if (!test.target_bandwidth.empty()) json["target_bandwidth"] = test.target_bandwidth;
  json["result_path"] = test_result_path(cycle, test);
  return json;
}

OrderedJson cycle_json(const Workflow& workflow, const WorkflowCycle& cycle) {
  OrderedJson json;
  json["cycle_id"] = cycle.id;
  json["cycle_type"] = cycle.baseline ? kBaselineCycle : kCaseCycle;
  json["environment"] = cycle.environment;
  json["part"] = cycle.part.empty() ? OrderedJson() : OrderedJson(cycle.part);
  json["ebpf_case"] = cycle.baseline ? OrderedJson() : case_json(cycle.test_case);
  OrderedJson tests = OrderedJson::array();
  for (const PerformanceTest& test : cycle.tests) tests.push_back(test_json(cycle, test));
  json["test_cycle"] = {
      {"init_hook",
       {{"tasks", init_tasks(workflow, cycle.baseline)},
        {"ebpf_startup_command", cycle.baseline ? OrderedJson() : OrderedJson(cycle.test_case.command)}}},
      {"performance_tests", std::move(tests)},
      {"post_hook", {{"tasks", post_tasks(workflow, cycle.baseline)}}}};
  json["expected_duration_s"] = rounded(cycle.expected_s);
  json["result_path"] = cycle.result_path;
  return json;
}

OrderedJson part_json(const WorkflowPart& part) {
  OrderedJson json = {{"id", part.id}, {"environment", part.environment}, {"seed", part.plan.seed}};
  json["cycles"] = OrderedJson::array();
  for (const PlannedSubject& subject : part.plan.subjects) json["cycles"].push_back(subject.id);
  json["blocks"] = OrderedJson::array();
  for (int block = 0; block <= part.plan.stopping.looks.back(); ++block)
    json["blocks"].push_back({{"block", block}, {"order", arm_order(part.plan, block)}});
  return json;
}

OrderedJson metadata_json(const Workflow& workflow) {
  std::vector<std::string> environments;
  for (const auto& each : workflow.environments) environments.push_back(each.name);
  OrderedJson json;
  json["run_id"] = workflow.run_id;
  json["created"] = workflow.created;
  json["config"] = workflow.config_file;
  json["config_sha256"] = workflow.config_sha256;
  json["command_line"] = workflow.command_line;
  json["total_test_cycles"] = workflow.cycles.size();
  json["environments"] = std::move(environments);
  json["windows"] = workflow.windows;
  json["expected_duration_s"] = rounded(workflow.expected_s);
  json["expected_duration_most_s"] = rounded(workflow.expected_most_s);
  json["expected_disk_bytes"] = rounded(workflow.expected_disk_bytes);
  json["seed"] = workflow.seed;
  json["warnings"] = workflow.warnings;
  return json;
}

}  // namespace

OrderedJson to_json(const Workflow& workflow) {
  OrderedJson json;
  json["schema"] = kWorkflowSchema;
  json["metadata"] = metadata_json(workflow);
  json["hosts"] = OrderedJson::object();
  for (const ConfiguredHost& host : workflow.hosts) json["hosts"][host.id] = host_json(host);
  json["environments"] = OrderedJson::object();
  for (const ConfiguredEnvironment& each : workflow.environments)
    json["environments"][each.name] = {{"description", each.description},
                                       {"server", end_json(each.server)},
                                       {"client", end_json(each.client)}};
  json["settings"] = settings_json(workflow);
  json["hooks"] = OrderedJson::object();
  for (const char* level : kHookLevels) {
    const auto found = workflow.hooks.find(level);
    if (found == workflow.hooks.end() || found->second.empty()) continue;
    for (const HookTask& task : found->second) json["hooks"][level].push_back(task_json(task));
  }
  json["monitors"] = OrderedJson::array();
  for (const CustomMonitor& monitor : workflow.monitors) json["monitors"].push_back(monitor_json(monitor));
  json["test_sequence"] = OrderedJson::array();
  for (const WorkflowCycle& cycle : workflow.cycles)
    json["test_sequence"].push_back(cycle_json(workflow, cycle));
  json["parts"] = OrderedJson::array();
  for (const WorkflowPart& part : workflow.parts) json["parts"].push_back(part_json(part));
  return json;
}

}  // namespace bpftax
