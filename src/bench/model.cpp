#include "bench/model.h"

#include <cmath>

#include "result/reader.h"

namespace bpftax::bench {
namespace {

OrderedJson known_text(const std::string& text) {
  return text.empty() ? OrderedJson(nullptr) : OrderedJson(text);
}
OrderedJson known_number(const std::optional<double>& value) {
  return value && std::isfinite(*value) ? OrderedJson(*value) : OrderedJson(nullptr);
}

// Three members: the mean under `name`, and its interval.
void put_value(OrderedJson& out, const std::string& name, const std::string& prefix,
               const std::optional<Value>& value) {
  const Value known = value.value_or(Value{});
  out[name] = value ? known_number(known.mean) : OrderedJson(nullptr);
  out[prefix + "ci_low"] = known_number(known.low);
  out[prefix + "ci_high"] = known_number(known.high);
}

OrderedJson metrics_json(const std::vector<Metric>& metrics) {
  OrderedJson out = OrderedJson::object();
  for (const Metric& metric : metrics) {
    OrderedJson& each = out[metric.name] = OrderedJson::object();
    put_value(each, "value", "", metric.value);
    each["unit"] = metric.unit;
  }
  return out;
}

OrderedJson row_to_json(const Row& row) {
  OrderedJson out;
  out["benchmark"] = row.benchmark;
  out[std::string(subject_field(row.benchmark))] = row.subject;
  out["op"] = known_text(row.op);
  out["side"] = known_text(row.side);
  out["params"] = OrderedJson(row.params);
  out["condition"] = row.condition;
  out["floor"] = row.is_floor;
  out["status"] = to_string(row.status);
  out["reason"] = known_text(row.reason);
  put_value(out, "ns_per_op", "", row.ns);
  put_value(out, "floor_ns", "floor_", row.floor_ns);
  out["p50"] = known_number(row.p50);
  out["p99"] = known_number(row.p99);
  out["samples"] = row.samples;
  out["processes"] = row.processes;
  out["metrics"] = metrics_json(row.metrics);
  out["warnings"] = row.warnings;
  return out;
}

void read_text_if_present(const JsonCursor& at, std::string_view key, std::string& out) {
  if (at.has(key)) at.get(key, out);
}

std::optional<Value> read_value(const JsonCursor& at, std::string_view name, const std::string& prefix) {
  std::optional<double> mean;
  Value value;
  at.get(name, mean);
  at.get(prefix + "ci_low", value.low);
  at.get(prefix + "ci_high", value.high);
  if (!mean) {
    if (value.low || value.high) at.fail(prefix + "ci_low", "an interval of a value that is not there");
    return std::nullopt;
  }
  value.mean = *mean;
  if (value.low.has_value() != value.high.has_value()) {
    at.fail(prefix + "ci_low", "an interval has two ends");
  } else if (value.low && *value.low > *value.high) {
    at.fail(prefix + "ci_low", "is above " + prefix + "ci_high");
  }
  return value;
}

bool flat(const Json& params) {
  if (!params.is_object()) return false;
  for (const auto& [name, value] : params.items())
    if (!value.is_number() && !value.is_string() && !value.is_boolean()) return false;
  return true;
}

void read_metrics(const JsonCursor& row, std::vector<Metric>& out) {
  const JsonCursor metrics = row.object_if_present("metrics");
  const Json members = row.any("metrics");
  if (!members.is_object()) return;
  for (const auto& item : members.items()) {
    const JsonCursor at = metrics.object(item.key());
    Metric metric;
    metric.name = item.key();
    at.get("unit", metric.unit);
    const auto value = read_value(at, "value", "");
    if (!value) at.fail("value", "is missing");
    if (value) metric.value = *value;
    out.push_back(std::move(metric));
  }
}

void read_row(const JsonCursor& at, Row& out) {
  at.expect_object();
  at.get("benchmark", out.benchmark);
  at.get(subject_field(out.benchmark), out.subject);
  read_text_if_present(at, "op", out.op);
  read_text_if_present(at, "side", out.side);
  if (!out.side.empty() && out.side != "program" && out.side != "user")
    at.fail("side", "'" + out.side + "' is none of program, user");
  if (const Json params = at.any("params"); !params.is_null()) {
    if (flat(params)) {
      out.params = params;
    } else {
      at.fail("params", "expected an object of numbers and strings");
    }
  }
  at.get_if_present("condition", out.condition);
  at.get_if_present("floor", out.is_floor);
  std::string status;
  at.get("status", status);
  bool known = false;
  for (const Status each : {Status::kMeasured, Status::kUnavailable, Status::kInvalid}) {
    if (status != to_string(each)) continue;
    out.status = each;
    known = true;
  }
  if (!known) at.fail("status", "'" + status + "' is none of measured, unavailable, invalid");
  read_text_if_present(at, "reason", out.reason);
  out.ns = read_value(at, "ns_per_op", "");
  out.floor_ns = read_value(at, "floor_ns", "floor_");
  at.get("p50", out.p50);
  at.get("p99", out.p99);
  at.get_if_present("samples", out.samples);
  at.get_if_present("processes", out.processes);
  if (out.samples < 0) at.fail("samples", "is negative");
  if (out.processes < 0) at.fail("processes", "is negative");
  read_metrics(at, out.metrics);
  at.get_if_present("warnings", out.warnings);
  if (out.status == Status::kMeasured) return;
  // A number that nobody vouches for must not be read as one.
  if (out.ns || out.floor_ns || out.p50 || out.p99 || !out.metrics.empty())
    at.fail("status", "a row that is " + status + " has values");
}

void read_document(const JsonCursor& at, Document& out) {
  at.expect_object();
  std::string schema;
  at.get("schema", schema);
  if (schema != kBenchSchema) at.fail("schema", "'" + schema + "' is not " + std::string(kBenchSchema));
  at.get_if_present("version", out.version);
  at.get_if_present("command", out.command);
  at.get_if_present("started", out.started);
  at.get_if_present("seed", out.seed);
  if (Json host = at.any("host"); !host.is_null()) {
    if (!host.is_object()) at.fail("host", "expected an object");
    out.host = std::move(host);
  }
  if (Json conditions = at.any("conditions"); !conditions.is_null()) {
    bool objects = conditions.is_array();
    for (const Json& each : conditions) objects = objects && each.is_object();
    if (!objects) at.fail("conditions", "expected an array of objects");
    out.conditions = std::move(conditions);
  }
  at.each("results", out.rows, read_row);
  at.get_if_present("warnings", out.warnings);
}

}  // namespace

std::string_view to_string(Status status) {
  switch (status) {
    case Status::kMeasured:
      return "measured";
    case Status::kUnavailable:
      return "unavailable";
    case Status::kInvalid:
      return "invalid";
  }
  return "invalid";
}

std::string_view subject_field(std::string_view benchmark) {
  if (benchmark == "maps") return "map_type";
  if (benchmark == "hooks") return "hook";
  if (benchmark == "submit") return "path";
  if (benchmark == "load") return "program";
  return "subject";
}

OrderedJson to_json(const Document& document) {
  OrderedJson out;
  out["schema"] = kBenchSchema;
  out["version"] = document.version;
  out["command"] = document.command;
  out["started"] = document.started;
  out["seed"] = document.seed;
  out["host"] = OrderedJson(document.host);
  out["conditions"] = OrderedJson(document.conditions);
  out["results"] = OrderedJson::array();
  for (const Row& row : document.rows) out["results"].push_back(row_to_json(row));
  out["warnings"] = document.warnings;
  return out;
}

std::string document_text(const Document& document) {
  return to_json(document).dump(2, ' ', false, OrderedJson::error_handler_t::replace) + "\n";
}

Result<Document> document_from_json(std::string_view text, std::string_view where) {
  const auto refuse = [&where](std::string why) {
    return fail(ErrorKind::kUsage, "cannot read the benchmark document", std::string(where), std::move(why));
  };
  const Result<Json> json = parse_json(text, where, {.max_bytes = 256u << 20});
  if (!json) return refuse(json.error().why);
  ReadFailure failure;
  Document document;
  read_document(JsonCursor(&*json, "", failure), document);
  if (failure.first) return refuse(failure.first->where + ": " + failure.first->why);
  return document;
}

}  // namespace bpftax::bench
