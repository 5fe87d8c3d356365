// Reading a workflow document: the entry, metadata, hosts, environments, settings.
#include "plan/workflow_read.h"

#include <algorithm>

#include "config/sections.h"
#include "plan/json_fields.h"
#include "plan/workflow_parts.h"
#include "plan/workflow_schema.h"
#include "util/strings.h"

namespace bpftax {
namespace {

Result<void> read_metadata(const Json& document, Workflow& workflow) {
  if (!document.contains("metadata"))
    return fail(ErrorKind::kUsage, kReadingWorkflow, "metadata", "it is missing");
  JsonFields fields(document["metadata"], "metadata", kReadingWorkflow);
  fields.text("run_id", workflow.run_id);
  fields.text("created", workflow.created);
  fields.text("config", workflow.config_file);
  fields.text("config_sha256", workflow.config_sha256);
  fields.text("command_line", workflow.command_line);
  fields.texts("warnings", workflow.warnings);
  // These follow from the rest and are worked out anew.
  fields.skip({"total_test_cycles", "environments", "windows", "expected_duration_s",
               "expected_duration_most_s", "expected_disk_bytes"});
  if (!fields.has("seed"))
    fields.wrong("seed", "it is missing", "any whole number; it decides the order of arms");
  fields.integer("seed", workflow.seed);
  if (workflow.seed > static_cast<uint64_t>(INT64_MAX)) fields.wrong("seed", "it must not be negative");
  BPFTAX_TRY(fields.done_strictly());
  return check_name({"metadata.run_id"}, "a run", workflow.run_id);
}

Result<ConfiguredHost> read_host(const std::string& id, const Json& json, const std::string& where) {
  ConfiguredHost host;
  host.id = id;
  host.place.file = where;
  BPFTAX_TRY(check_name(host.place, "a host", id));
  JsonFields fields(json, where, kReadingWorkflow);
  fields.text("address", host.address);
  fields.text("user", host.user);
  fields.text("workdir", host.workdir);
  std::optional<int64_t> port;
  fields.optional_integer("port", port);
  if (port && (*port < 1 || *port > 65535)) fields.wrong("port", "expected 1 to 65535");
  if (port) host.port = static_cast<int>(*port);
  BPFTAX_TRY(fields.done_strictly());
  BPFTAX_TRY(check_host(host));
  return host;
}

Result<EnvironmentEnd> read_end(const Json& json, const std::string& where, const Workflow& workflow) {
  EnvironmentEnd end;
  end.place.file = where;
  JsonFields fields(json, where, kReadingWorkflow);
  fields.text("ssh_ref", end.ssh_ref);
  fields.text("test_ip", end.test_ip);
  fields.text("interface", end.interface);
  fields.text("vm_interface", end.vm_interface);
  fields.text("physical_host_ref", end.physical_host_ref);
  fields.text("internal_interface", end.internal_interface);
  fields.text("physical_interface", end.physical_interface);
  fields.texts("physical_nic_members", end.physical_nic_members);
  fields.text("qemu_pid", end.qemu_pid);
  fields.texts("vhost_pids", end.vhost_pids);
  std::vector<std::string> known;
  for (const ConfiguredHost& host : workflow.hosts) known.push_back(host.id);
  const auto check_ref = [&](const char* key, const std::string& id) {
    if (workflow.host(id) != nullptr) return;
    const auto nearest = nearest_name(id, known);
    fields.wrong(key, "there is no host " + quote_name(id),
                 nearest ? "did you mean '" + *nearest + "'?" : "hosts are: " + join(known, ", "));
  };
  check_ref("ssh_ref", end.ssh_ref);
  if (!end.physical_host_ref.empty()) check_ref("physical_host_ref", end.physical_host_ref);
  if (end.test_ip.empty()) fields.wrong("test_ip", "it is missing");
  BPFTAX_TRY(fields.done_strictly());
  return end;
}

Result<ConfiguredEnvironment> read_environment(const std::string& name, const Json& json,
                                               const std::string& where, const Workflow& workflow) {
  ConfiguredEnvironment environment;
  environment.name = name;
  environment.place.file = where;
  BPFTAX_TRY(check_name(environment.place, "an environment", name));
  JsonFields fields(json, where, kReadingWorkflow);
  fields.text("description", environment.description);
  const Json* server = fields.value("server");
  const Json* client = fields.value("client");
  if (server == nullptr) fields.wrong("server", "it is missing");
  if (client == nullptr) fields.wrong("client", "it is missing");
  BPFTAX_TRY(fields.done_strictly());
  BPFTAX_ASSIGN(environment.server, read_end(*server, where + ".server", workflow));
  BPFTAX_ASSIGN(environment.client, read_end(*client, where + ".client", workflow));
  return environment;
}

Result<void> read_monitoring(const Json& json, MonitoringSettings& monitoring) {
  JsonFields fields(json, "settings.monitoring", kReadingWorkflow);
  fields.boolean("enabled", monitoring.enabled);
  fields.boolean("cpu", monitoring.cpu);
  fields.boolean("memory", monitoring.memory);
  fields.boolean("log_size", monitoring.log_size);
  fields.number("interval", monitoring.interval_s);
  if (!(monitoring.interval_s >= 0.05 && monitoring.interval_s <= 3600))
    fields.wrong("interval", "expected 0.05 to 3600 seconds");
  return fields.done_strictly();
}

Result<void> read_settings(const Json& json, Workflow& workflow) {
  MeasurementSettings& measurement = workflow.measurement;
  JsonFields fields(json, "settings", kReadingWorkflow);
  fields.integer("min_blocks", measurement.min_blocks);
  fields.integer("max_blocks", measurement.max_blocks);
  fields.integer("cases_per_block", measurement.cases_per_block);
  if (measurement.cases_per_block < 1 || measurement.cases_per_block > 1000)
    fields.wrong("cases_per_block", "expected 1 to 1000");
  fields.number("budget", measurement.budget_s);
  fields.number("omit", measurement.omit_s);
  fields.members("margins", [&](const std::string& metric, const Json& percent, const std::string& where) {
    if (!percent.is_number()) return fields.wrong("margins", "expected a number at " + where);
    measurement.margins[metric] = percent.get<double>();
  });
  fields.text("ready", measurement.ready);
  fields.number("ready_timeout", measurement.ready_timeout_s);
  fields.text("placement", measurement.placement);
  fields.boolean("attribution", measurement.attribution);
  fields.integer("attribution_starts", measurement.attribution_starts);
  if (measurement.attribution_starts < 1 || measurement.attribution_starts > kMostAttributionStarts)
    fields.wrong("attribution_starts", fmt::format("expected 1 to {}", kMostAttributionStarts));
  fields.number("sample_interval_ms", measurement.sample_interval_ms);
  fields.number("output_cap_mb", measurement.output_cap_mb);
  fields.boolean("use_sudo", workflow.use_sudo);
  fields.text("results_dir", workflow.results_dir);
  if (!stays_below(workflow.results_dir))
    fields.wrong("results_dir", quote_name(workflow.results_dir) + " leaves each host's workdir",
                 "a name, as performance-test-results");
  fields.text("python_interpreter", workflow.python_interpreter);
  const Json* monitoring = fields.value("monitoring");
  BPFTAX_TRY(fields.done_strictly());
  return monitoring == nullptr ? Result<void>() : read_monitoring(*monitoring, workflow.monitoring);
}

// In the order in which the cycles come to them; environments that no cycle uses are left out.
void order_environments(Workflow& workflow) {
  std::vector<ConfiguredEnvironment> ordered;
  for (const WorkflowCycle& cycle : workflow.cycles) {
    const auto there = std::any_of(ordered.begin(), ordered.end(),
                                   [&](const auto& each) { return each.name == cycle.environment; });
    if (!there) ordered.push_back(*workflow.environment(cycle.environment));
  }
  workflow.environments = std::move(ordered);
}

Result<Workflow> read_document(const Json& document) {
  if (!document.is_object()) return fail(ErrorKind::kUsage, kReadingWorkflow, "", "it is not a JSON object");
  std::string schema;
  JsonFields fields(document, "", kReadingWorkflow);
  fields.text("schema", schema);
  BPFTAX_TRY(fields.done());
  if (schema != kWorkflowSchema)
    return fail(ErrorKind::kUsage, kReadingWorkflow, "schema",
                std::string("expected ") + kWorkflowSchema + ", got " + quote_name(schema),
                "bpftax plan CONFIG -o workflow.json makes such a document");
  Workflow workflow;
  workflow.results_dir = CampaignConfig().results_dir;
  workflow.python_interpreter = CampaignConfig().python_interpreter;
  BPFTAX_TRY(read_metadata(document, workflow));
  fields.members("hosts", [&](const std::string& id, const Json& item, const std::string& where) {
    auto host = read_host(id, item, where);
    if (!host) return fields.keep(propagate(std::move(host)));
    workflow.hosts.push_back(std::move(*host));
  });
  fields.members("environments", [&](const std::string& name, const Json& item, const std::string& where) {
    auto environment = read_environment(name, item, where, workflow);
    if (!environment) return fields.keep(propagate(std::move(environment)));
    workflow.environments.push_back(std::move(*environment));
  });
  if (const Json* settings = fields.value("settings"); settings != nullptr && !fields.failed())
    fields.keep(read_settings(*settings, workflow));
  fields.skip({"metadata", "hooks", "monitors", "test_sequence", "parts"});
  BPFTAX_TRY(fields.done_strictly());
  BPFTAX_TRY(read_workflow_hooks(document, workflow));
  BPFTAX_TRY(read_workflow_cycles(document, workflow));
  order_environments(workflow);
  order_hosts(workflow);
  BPFTAX_TRY(read_workflow_parts(document, workflow));
  return workflow;
}

}  // namespace

Result<Workflow> workflow_from_json(const Json& json, const std::string& where) {
  auto workflow = read_document(json);
  if (workflow) return workflow;
  Error error = std::move(workflow.error());
  error.where = error.where.empty() ? where : where + ": " + error.where;
  return tl::unexpected<Error>(std::move(error));
}

}  // namespace bpftax
