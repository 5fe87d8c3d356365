// JSON of a plan, schema "bpftax.plan/1". A field that is absent keeps its default; one of a wrong type is an
// error.
#include <fmt/format.h>

#include "plan/json_fields.h"
#include "plan/model.h"
#include "util/json.h"

namespace bpftax {
namespace {

constexpr const char* kSchema = "bpftax.plan/1";
constexpr const char* kReading = "cannot read the plan";

template <class T>
Result<void> located(Result<T>& result, const std::string& where) {
  if (result) return {};
  Error error = result.error();
  error.what = kReading;
  error.why = error.where + " " + error.why;
  error.where = where;
  return tl::unexpected<Error>(std::move(error));
}

Result<PlannedSubject> subject_from_json(const Json& json, const std::string& where) {
  PlannedSubject subject;
  JsonFields fields(json, where, kReading);
  std::string kind = "tool", ready = "bpf";
  fields.text("id", subject.id);
  fields.text("name", subject.name);
  fields.text("kind", kind);
  fields.texts("argv", subject.argv);
  fields.text("shell", subject.shell);
  fields.text("command", subject.command);
  fields.text("ready", ready);
  fields.number("ready_timeout_s", subject.ready.timeout_s);
  fields.integer("stop_int_grace_ms", subject.stop.int_grace_ms);
  fields.integer("stop_term_grace_ms", subject.stop.term_grace_ms);
  fields.integers("cpus", subject.cpus);
  fields.integer("output_cap_bytes", subject.output_cap_bytes);
  fields.text("tool_id", subject.tool_id);
  fields.integer("case_id", subject.case_id);
  fields.text("protocol", subject.protocol);
  fields.text("direction", subject.direction);
  fields.text("hash6", subject.hash6);
  fields.text("class", subject.design_class);
  if (kind != "tool" && kind != "placebo")
    fields.wrong("kind", "expected tool or placebo, got '" + kind + "'");
  subject.kind = kind == "placebo" ? PlannedSubject::Kind::kPlacebo : PlannedSubject::Kind::kTool;
  auto parsed = parse_ready(ready);
  if (!parsed) {
    fields.wrong("ready", to_string(parsed.error()));
  } else {
    parsed->timeout_s = subject.ready.timeout_s;
    subject.ready = *parsed;
  }
  BPFTAX_TRY(fields.done());
  return subject;
}

Result<PlannedWorkload> workload_from_json(const Json& json, const std::string& where) {
  PlannedWorkload workload;
  JsonFields fields(json, where, kReading);
  fields.text("name", workload.name);
  fields.text("placement", workload.placement);
  fields.integers("server_cpus", workload.server_cpus);
  fields.integers("client_cpus", workload.client_cpus);
  fields.number("window_s", workload.window_s);
  fields.text("target_bandwidth", workload.target_bandwidth);
  BPFTAX_TRY(fields.done());
  return workload;
}

OrderedJson to_json(const PlannedSubject& subject) {
  OrderedJson json;
  json["id"] = subject.id;
  json["name"] = subject.name;
  json["kind"] = subject.kind == PlannedSubject::Kind::kPlacebo ? "placebo" : "tool";
  if (!subject.argv.empty()) json["argv"] = subject.argv;
  if (!subject.shell.empty()) json["shell"] = subject.shell;
  json["command"] = subject.command;
  json["ready"] = to_string(subject.ready);
  json["ready_timeout_s"] = subject.ready.timeout_s;
  json["stop_int_grace_ms"] = subject.stop.int_grace_ms;
  json["stop_term_grace_ms"] = subject.stop.term_grace_ms;
  json["cpus"] = subject.cpus;
  json["output_cap_bytes"] = subject.output_cap_bytes;
  if (!subject.tool_id.empty()) {
    json["tool_id"] = subject.tool_id;
    json["case_id"] = subject.case_id;
    json["protocol"] = subject.protocol;
    json["direction"] = subject.direction;
    json["hash6"] = subject.hash6;
  }
  if (!subject.design_class.empty()) json["class"] = subject.design_class;
  return json;
}

OrderedJson to_json(const PlannedWorkload& workload) {
  OrderedJson json = {{"name", workload.name},
                      {"placement", workload.placement},
                      {"server_cpus", workload.server_cpus},
                      {"client_cpus", workload.client_cpus}};
  if (workload.window_s > 0) json["window_s"] = workload.window_s;
  if (!workload.target_bandwidth.empty()) json["target_bandwidth"] = workload.target_bandwidth;
  return json;
}

}  // namespace

OrderedJson to_json(const Plan& plan) {
  OrderedJson json;
  json["schema"] = kSchema;
  json["run_id"] = plan.run_id;
  json["created_realtime_ns"] = plan.created_realtime_ns;
  json["command_line"] = plan.command_line;
  json["seed"] = plan.seed;
  json["environment"] = plan.environment;
  json["window_s"] = plan.window_s;
  json["omit_s"] = plan.omit_s;
  json["subjects"] = OrderedJson::array();
  for (const PlannedSubject& subject : plan.subjects) json["subjects"].push_back(to_json(subject));
  json["workloads"] = OrderedJson::array();
  for (const PlannedWorkload& workload : plan.workloads) json["workloads"].push_back(to_json(workload));
  json["stopping"] = {{"looks", plan.stopping.looks},
                      {"alpha_per_look", plan.stopping.alpha_per_look},
                      {"budget_s", plan.stopping.budget_s}};
  json["margins"] = OrderedJson::object();
  for (const auto& [metric, percent] : plan.margins) json["margins"][metric] = percent;
  json["subject_cpus"] = plan.subject_cpus;
  json["attribution"] = plan.attribution;
  json["sample_interval_ms"] = plan.sample_interval_ms;
  // Only where there is one: plans without keep their checksum.
  if (!plan.load.empty()) json["load"] = plan.load;
  if (plan.attribution_starts != 1) json["attribution_starts"] = plan.attribution_starts;
  return json;
}

Result<Plan> plan_from_json(const Json& json) {
  if (!json.is_object()) return fail(ErrorKind::kUsage, kReading, "", "it is not a JSON object");
  auto schema = require_string(json, "schema");
  BPFTAX_TRY(located(schema, ""));
  if (*schema != kSchema) {
    return fail(ErrorKind::kUsage, kReading, "schema",
                fmt::format("expected {}, got '{}'", kSchema, *schema));
  }
  Plan plan;
  JsonFields fields(json, "", kReading);
  fields.text("run_id", plan.run_id);
  fields.integer("created_realtime_ns", plan.created_realtime_ns);
  fields.text("command_line", plan.command_line);
  fields.integer("seed", plan.seed);
  fields.text("environment", plan.environment);
  fields.number("window_s", plan.window_s);
  fields.number("omit_s", plan.omit_s);
  fields.each("subjects", [&](const Json& item, const std::string& where) {
    auto subject = subject_from_json(item, where);
    if (!subject) return fields.keep(propagate(std::move(subject)));
    plan.subjects.push_back(std::move(*subject));
  });
  fields.each("workloads", [&](const Json& item, const std::string& where) {
    auto workload = workload_from_json(item, where);
    if (!workload) return fields.keep(propagate(std::move(workload)));
    plan.workloads.push_back(std::move(*workload));
  });
  fields.integers("subject_cpus", plan.subject_cpus);
  fields.boolean("attribution", plan.attribution);
  fields.integer("attribution_starts", plan.attribution_starts);
  if (plan.attribution_starts < 1 || plan.attribution_starts > kMostAttributionStarts)
    fields.wrong("attribution_starts", fmt::format("expected 1 to {}", kMostAttributionStarts));
  fields.integer("sample_interval_ms", plan.sample_interval_ms);
  fields.text("load", plan.load);
  BPFTAX_TRY(fields.done());

  if (json.contains("stopping") && !json["stopping"].is_null()) {
    JsonFields stopping(json["stopping"], "stopping", kReading);
    if (json["stopping"].contains("looks")) plan.stopping.looks.clear();
    stopping.integers("looks", plan.stopping.looks);
    stopping.number("alpha_per_look", plan.stopping.alpha_per_look);
    stopping.number("budget_s", plan.stopping.budget_s);
    BPFTAX_TRY(stopping.done());
  }
  if (json.contains("margins") && !json["margins"].is_null()) {
    if (!json["margins"].is_object())
      return fail(ErrorKind::kUsage, kReading, "margins", "expected an object");
    for (const auto& [metric, percent] : json["margins"].items()) {
      if (!percent.is_number())
        return fail(ErrorKind::kUsage, kReading, "margins." + metric, "expected a number");
      plan.margins[metric] = percent.get<double>();
    }
  }
  return plan;
}

}  // namespace bpftax
