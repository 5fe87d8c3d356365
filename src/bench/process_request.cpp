#include "bench/process_request.h"

#include "result/reader.h"

namespace bpftax::bench {
namespace {

Json object_at(const JsonCursor& at, const char* name) {
  Json out = at.any(name);
  if (!out.is_object()) at.fail(name, "expected an object");
  return out;
}

void read_hints(const JsonCursor& at, std::vector<uint64_t>& out) {
  const Json hints = at.any("hints");
  if (!hints.is_array()) return at.fail("hints", "expected an array");
  for (const Json& hint : hints) {
    if (!hint.is_number_unsigned()) return at.fail("hints", "expected whole numbers");
    out.push_back(hint.get<uint64_t>());
  }
}

}  // namespace

Json to_json(const ProcessRequest& request) {
  const Task& task = request.task;
  const Sampling& sampling = request.sampling.sampling;
  return {{"benchmark", task.benchmark},
          {"subject", task.subject},
          {"params", task.params},
          {"cpus", task.cpus},
          {"options", task.options},
          {"stretch_ns", sampling.stretch_ns},
          {"samples", sampling.samples},
          {"seed", sampling.seed},
          {"check_proportion", request.sampling.check_proportion},
          {"hints", request.sampling.hints}};
}

Result<ProcessRequest> process_request_from_json(std::string_view text) {
  const auto refuse = [](std::string where, std::string why) {
    return fail(ErrorKind::kUsage, "cannot read what is to be measured", std::move(where), std::move(why));
  };
  const Result<Json> json = parse_json(text, "", {.max_bytes = 1u << 20, .max_depth = 16});
  if (!json) return refuse("", json.error().why);
  ReadFailure failure;
  const JsonCursor at(&*json, "", failure);
  at.expect_object();
  ProcessRequest request;
  at.get("benchmark", request.task.benchmark);
  at.get("subject", request.task.subject);
  request.task.params = object_at(at, "params");
  at.get("cpus", request.task.cpus);
  request.task.options = object_at(at, "options");
  Sampling& sampling = request.sampling.sampling;
  at.get("stretch_ns", sampling.stretch_ns);
  at.get("samples", sampling.samples);
  at.get("seed", sampling.seed);
  at.get("check_proportion", request.sampling.check_proportion);
  read_hints(at, request.sampling.hints);
  if (failure.first) return refuse(failure.first->where, failure.first->why);
  return request;
}

}  // namespace bpftax::bench
