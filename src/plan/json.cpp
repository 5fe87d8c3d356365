// JSON of a plan, schema "bpftax.plan/1". A field that is absent keeps its default; one of a wrong type is an
// error.
#include <fmt/format.h>

#include "plan/model.h"
#include "util/json.h"

namespace bpftax {
namespace {

constexpr const char* kSchema = "bpftax.plan/1";

template <class T>
Result<void> located(Result<T>& result, const std::string& where) {
  if (result) return {};
  Error error = result.error();
  error.what = "cannot read the plan";
  error.why = error.where + " " + error.why;
  error.where = where;
  return tl::unexpected<Error>(std::move(error));
}

// Reads fields of one object; remembers the first error, so that a reader is a list of fields.
class Fields {
 public:
  Fields(const Json& object, std::string where) : object_(object), where_(std::move(where)) {
    if (!object_.is_object()) wrong("", "expected an object");
  }

  void number(const char* key, double& target) { take(json_number(object_, key), target); }
  void text(const char* key, std::string& target) { take(json_string(object_, key), target); }
  void boolean(const char* key, bool& target) { take(json_bool(object_, key), target); }
  template <class Integer>
  void integer(const char* key, Integer& target) {
    int64_t value = static_cast<int64_t>(target);
    take(json_integer(object_, key), value);
    if (static_cast<int64_t>(static_cast<Integer>(value)) != value) return wrong(key, "out of range");
    target = static_cast<Integer>(value);
  }
  void integers(const char* key, std::vector<int>& target) {
    each(key, [&](const Json& item, const std::string& where) {
      if (!item.is_number_integer()) return wrong(key, "expected integers");
      const auto value = item.get<int64_t>();
      if (value < 0 || value > 1'000'000) return wrong(key, "out of range at " + where);
      target.push_back(static_cast<int>(value));
    });
  }
  void texts(const char* key, std::vector<std::string>& target) {
    each(key, [&](const Json& item, const std::string&) {
      if (!item.is_string()) return wrong(key, "expected strings");
      target.push_back(item.get<std::string>());
    });
  }
  // Calls handle(item, where) for each item of an array; a missing array leaves the target as it is.
  template <class Handle>
  void each(const char* key, Handle handle) {
    if (failed_ || !object_.contains(key) || object_[key].is_null()) return;
    if (!object_[key].is_array()) return wrong(key, "expected an array");
    for (size_t i = 0; i < object_[key].size() && !failed_; ++i)
      handle(object_[key][i], fmt::format("{}{}[{}]", where_.empty() ? "" : where_ + ".", key, i));
  }
  void keep(Result<void> result) {
    if (!result && !failed_) failed_ = std::move(result.error());
  }
  void wrong(const std::string& key, const std::string& why) {
    if (!failed_) failed_ = Error{ErrorKind::kUsage, "cannot read the plan", path(key), why, "", 0};
  }
  Result<void> done() const {
    if (failed_) return tl::unexpected<Error>(*failed_);
    return {};
  }

 private:
  std::string path(const std::string& key) const {
    if (where_.empty()) return key;
    return key.empty() ? where_ : where_ + "." + key;
  }
  template <class T>
  void take(Result<std::optional<T>> value, T& target) {
    if (failed_) return;
    if (!value) return wrong(value.error().where, value.error().why);
    if (value->has_value()) target = std::move(**value);
  }

  const Json& object_;
  std::string where_;
  std::optional<Error> failed_;
};

Result<PlannedSubject> subject_from_json(const Json& json, const std::string& where) {
  PlannedSubject subject;
  Fields fields(json, where);
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
  Fields fields(json, where);
  fields.text("name", workload.name);
  fields.text("placement", workload.placement);
  fields.integers("server_cpus", workload.server_cpus);
  fields.integers("client_cpus", workload.client_cpus);
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
  return json;
}

}  // namespace

OrderedJson to_json(const Plan& plan) {
  OrderedJson json;
  json["schema"] = kSchema;
  json["run_id"] = plan.run_id;
  json["created_realtime_ns"] = plan.created_realtime_ns;
  json["seed"] = plan.seed;
  json["environment"] = plan.environment;
  json["window_s"] = plan.window_s;
  json["omit_s"] = plan.omit_s;
  json["subjects"] = OrderedJson::array();
  for (const PlannedSubject& subject : plan.subjects) json["subjects"].push_back(to_json(subject));
  json["workloads"] = OrderedJson::array();
  for (const PlannedWorkload& workload : plan.workloads) {
    json["workloads"].push_back({{"name", workload.name},
                                 {"placement", workload.placement},
                                 {"server_cpus", workload.server_cpus},
                                 {"client_cpus", workload.client_cpus}});
  }
  json["stopping"] = {{"looks", plan.stopping.looks},
                      {"alpha_per_look", plan.stopping.alpha_per_look},
                      {"budget_s", plan.stopping.budget_s}};
  json["margins"] = OrderedJson::object();
  for (const auto& [metric, percent] : plan.margins) json["margins"][metric] = percent;
  json["subject_cpus"] = plan.subject_cpus;
  json["attribution"] = plan.attribution;
  json["sample_interval_ms"] = plan.sample_interval_ms;
  return json;
}

Result<Plan> plan_from_json(const Json& json) {
  if (!json.is_object())
    return fail(ErrorKind::kUsage, "cannot read the plan", "", "it is not a JSON object");
  auto schema = require_string(json, "schema");
  BPFTAX_TRY(located(schema, ""));
  if (*schema != kSchema) {
    return fail(ErrorKind::kUsage, "cannot read the plan", "schema",
                fmt::format("expected {}, got '{}'", kSchema, *schema));
  }
  Plan plan;
  Fields fields(json, "");
  fields.text("run_id", plan.run_id);
  fields.integer("created_realtime_ns", plan.created_realtime_ns);
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
  fields.integer("sample_interval_ms", plan.sample_interval_ms);
  BPFTAX_TRY(fields.done());

  if (json.contains("stopping") && !json["stopping"].is_null()) {
    Fields stopping(json["stopping"], "stopping");
    if (json["stopping"].contains("looks")) plan.stopping.looks.clear();
    stopping.integers("looks", plan.stopping.looks);
    stopping.number("alpha_per_look", plan.stopping.alpha_per_look);
    stopping.number("budget_s", plan.stopping.budget_s);
    BPFTAX_TRY(stopping.done());
  }
  if (json.contains("margins") && !json["margins"].is_null()) {
    if (!json["margins"].is_object())
      return fail(ErrorKind::kUsage, "cannot read the plan", "margins", "expected an object");
    for (const auto& [metric, percent] : json["margins"].items()) {
      if (!percent.is_number())
        return fail(ErrorKind::kUsage, "cannot read the plan", "margins." + metric, "expected a number");
      plan.margins[metric] = percent.get<double>();
    }
  }
  return plan;
}

}  // namespace bpftax
