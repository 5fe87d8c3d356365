#include "bench/process_result.h"

#include <cmath>

#include "result/reader.h"

namespace bpftax::bench {
namespace {

Json operation_json(const OperationSamples& samples) {
  const Operation& operation = samples.operation;
  Json metrics = Json::array();
  for (const SampleMetric& metric : samples.metrics)
    metrics.push_back({{"name", metric.name}, {"unit", metric.unit}, {"value", metric.value}});
  Json out = {{"name", operation.name},
              {"side", operation.side},
              {"params", operation.params},
              {"is_floor", operation.is_floor},
              {"floor", operation.floor},
              {"status", to_string(samples.status)},
              {"reason", samples.reason},
              {"n", samples.n},
              {"ns", samples.ns},
              {"metrics", metrics},
              {"warnings", samples.warnings}};
  return out;
}

void read_process_status(const JsonCursor& at, Status& out) {
  std::string text;
  at.get("status", text);
  for (const Status status : {Status::kMeasured, Status::kUnavailable, Status::kInvalid}) {
    if (text != to_string(status)) continue;
    out = status;
    return;
  }
  at.fail("status", "'" + text + "' is no status");
}

void read_operation(const JsonCursor& at, OperationSamples& out) {
  at.expect_object();
  Operation& operation = out.operation;
  at.get("name", operation.name);
  at.get("side", operation.side);
  operation.params = at.any("params");
  if (!operation.params.is_object()) at.fail("params", "expected an object");
  at.get("is_floor", operation.is_floor);
  at.get("floor", operation.floor);
  read_process_status(at, out.status);
  at.get("reason", out.reason);
  at.get("n", out.n);
  at.get("ns", out.ns);
  for (const double ns : out.ns)
    if (!std::isfinite(ns)) at.fail("ns", "not a finite number");
  if (out.status == Status::kMeasured && out.ns.empty()) at.fail("ns", "no samples");
  at.each("metrics", out.metrics, [](const JsonCursor& from, SampleMetric& to) {
    from.expect_object();
    from.get("name", to.name);
    from.get("unit", to.unit);
    from.get("value", to.value);
  });
  at.get("warnings", out.warnings);
}

}  // namespace

Json to_json(const ProcessResult& result) {
  Json operations = Json::array();
  for (const OperationSamples& samples : result.operations) operations.push_back(operation_json(samples));
  return {{"status", to_string(result.status)}, {"reason", result.reason}, {"operations", operations}};
}

Result<ProcessResult> process_result_from_json(std::string_view text) {
  const auto refuse = [](std::string where, std::string why) {
    return fail(ErrorKind::kInternal, "cannot read what a process measured", std::move(where),
                std::move(why));
  };
  const Result<Json> json = parse_json(text, "", {.max_bytes = 64u << 20, .max_depth = 16});
  if (!json) return refuse("", json.error().why);
  ReadFailure failure;
  const JsonCursor at(&*json, "", failure);
  at.expect_object();
  ProcessResult result;
  read_process_status(at, result.status);
  at.get("reason", result.reason);
  at.each("operations", result.operations, read_operation);
  if (failure.first) return refuse(failure.first->where, failure.first->why);
  return result;
}

}  // namespace bpftax::bench
