// start_together, wait, stop, tail, wait_listening, run.
#include "agent/codecs.h"
#include "agent/methods.h"
#include "agent/params.h"
#include "agent/port_watch.h"
#include "util/strings.h"

namespace bpftax {
namespace {

constexpr size_t kMaxTogether = 256;
constexpr size_t kLastWords = 1000;

Result<void> start_together(AgentState& state, const Json& params, const Reply& reply) {
  const auto list = params.find("specs");
  if (list == params.end() || !list->is_array() || list->empty() || list->size() > kMaxTogether)
    return fail(ErrorKind::kInternal, "unexpected JSON", "'specs'",
                "expected an array of 1 to 256 processes");
  std::vector<ProcessSpec> specs;
  for (const Json& item : *list) {
    BPFTAX_ASSIGN(ProcessSpec spec, process_spec_from_json(item));
    specs.push_back(std::move(spec));
  }
  reply.answer(state.supervisor.start(specs), [](const std::vector<ProcessHandle>& handles) {
    Json processes = Json::array();
    for (const ProcessHandle& handle : handles) processes.push_back(to_json(handle));
    return Json{{"processes", std::move(processes)}};
  });
  return {};
}

Result<void> wait(AgentState& state, const Json& params, const Reply& reply) {
  BPFTAX_ASSIGN(const int64_t id, require_integer(params, "id"));
  BPFTAX_ASSIGN(const int64_t timeout_ms, require_timeout(params));
  const auto asked = state.supervisor.wait(id, timeout_ms, [reply](const std::optional<ExitStatus>& status) {
    reply.send({{"status", status ? to_json(*status) : Json(nullptr)}});
  });
  if (!asked) reply.fail(asked.error());
  return {};
}

Result<void> stop(AgentState& state, const Json& params, const Reply& reply) {
  BPFTAX_ASSIGN(const int64_t id, require_integer(params, "id"));
  const auto asked = state.supervisor.stop(id, [reply](const Result<StopReport>& report) {
    reply.answer(report, [](const StopReport& value) { return to_json(value); });
  });
  if (!asked) reply.fail(asked.error());
  return {};
}

Result<void> tail(AgentState& state, const Json& params, const Reply& reply) {
  BPFTAX_ASSIGN(const int64_t id, require_integer(params, "id"));
  BPFTAX_ASSIGN(const std::string name, require_string(params, "stream"));
  BPFTAX_ASSIGN(const OutputStream stream, output_stream_from_string(name));
  BPFTAX_ASSIGN(const size_t max_bytes, require_size(params));
  reply.answer(state.supervisor.tail(id, stream, max_bytes), data_result);
  return {};
}

Result<void> listen(AgentState& state, const Json& params, const Reply& reply) {
  PortWatch watch;
  BPFTAX_ASSIGN(watch.handle, require_integer(params, "id"));
  BPFTAX_ASSIGN(const std::string protocol, require_string(params, "protocol"));
  BPFTAX_ASSIGN(watch.protocol, port_protocol_from_string(protocol));
  BPFTAX_ASSIGN(const int64_t port, require_between(params, "port", 1, 65535));
  watch.port = static_cast<int>(port);
  BPFTAX_ASSIGN(watch.timeout_ms, require_timeout(params));
  if (!state.supervisor.knows(watch.handle)) {
    reply.answer(fail(ErrorKind::kInternal, "no such process", std::to_string(watch.handle),
                      "the agent never started it"));
    return {};
  }
  wait_listening(state.loop, state.supervisor, watch,
                 [reply](const Result<void>& outcome) { reply.answer(outcome); });
  return {};
}

// The time was up: the process is stopped, then the caller is told, with its last words.
void run_too_long(AgentState& state, int64_t handle, int64_t timeout_ms, const Reply& reply) {
  const auto stopped = [&state, handle, timeout_ms, reply](const Result<StopReport>&) {
    std::string why = "not done within " + std::to_string(timeout_ms) + " ms";
    const auto words = state.supervisor.tail(handle, OutputStream::kStderr, kLastWords);
    if (words && !trim(*words).empty()) why += "; its last words: " + printable(trim(*words));
    reply.answer(
        fail(ErrorKind::kEnvironment, "the command took too long", state.supervisor.name(handle), why));
    state.supervisor.discard(handle);
  };
  const auto asked = state.supervisor.stop(handle, stopped);
  if (!asked) reply.fail(asked.error());
}

Result<void> run(AgentState& state, const Json& params, const Reply& reply) {
  if (!params.contains("spec")) return fail(ErrorKind::kInternal, "unexpected JSON", "'spec'", "is missing");
  BPFTAX_ASSIGN(ProcessSpec spec, process_spec_from_json(params["spec"]));
  BPFTAX_ASSIGN(const int64_t timeout_ms, require_timeout(params));
  if (spec.name.empty()) spec.name = shorten(spec.shell.empty() ? shell_join(spec.argv) : spec.shell, 200);
  const auto started = state.supervisor.start({spec}, true);
  if (!started) {
    reply.fail(started.error());
    return {};
  }
  const int64_t handle = started->front().id;
  const auto ended = [&state, handle, timeout_ms, reply](const std::optional<ExitStatus>& status) {
    if (!status) return run_too_long(state, handle, timeout_ms, reply);
    const auto out = state.supervisor.output(handle, OutputStream::kStdout);
    const auto err = state.supervisor.output(handle, OutputStream::kStderr);
    if (!out || !err) {
      reply.fail(out ? err.error() : out.error());
    } else {
      reply.send(to_json(Host::Finished{*status, *out, *err}));
    }
    state.supervisor.discard(handle);
  };
  // At least 1: 0 would mean "just look".
  const auto asked = state.supervisor.wait(handle, std::max<int64_t>(1, timeout_ms), ended);
  if (!asked) reply.fail(asked.error());
  return {};
}

}  // namespace

void add_process_methods(AgentState& state, MethodTable& table) {
  const auto add = [&](const char* name, Result<void> (*method)(AgentState&, const Json&, const Reply&)) {
    table[name] = [&state, method](const Json& params, const Reply& reply) {
      return method(state, params, reply);
    };
  };
  add("start_together", start_together);
  add("wait", wait);
  add("stop", stop);
  add("tail", tail);
  add("wait_listening", listen);
  add("run", run);
}

}  // namespace bpftax
