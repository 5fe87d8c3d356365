// facts, clock, start_sampling, stop_sampling, bpf_of, bpf_all, bpf_pins, bpf_stats, bpf_stats_use,
// bpf_stats_cost, bpf_entry_cost.
#include "agent/codecs.h"
#include "agent/methods.h"
#include "agent/process_identity.h"
#include "sample/bpf_pins.h"
#include "sample/bpf_stats.h"
#include "sample/entry_cost.h"
#include "sample/host_facts.h"
#include "sample/host_services.h"
#include "sample/types_json.h"
#include "util/clock.h"

namespace bpftax {
namespace {

Result<void> facts(AgentState&, const Json&, const Reply& reply) {
  Json document = read_host_facts();
  document["services"] = read_host_services();
  reply.send(document);
  return {};
}

Result<void> clock(AgentState&, const Json&, const Reply& reply) {
  auto boot_id = read_boot_id();
  if (!boot_id) {
    reply.fail(boot_id.error());
    return {};
  }
  // The two clocks directly one after the other, and last: who estimates an offset wants them fresh.
  const RealClock real;
  ClockReading reading;
  reading.boot_id = std::move(*boot_id);
  reading.monotonic_ns = real.monotonic_ns();
  reading.realtime_ns = real.realtime_ns();
  reply.send(to_json(reading));
  return {};
}

Result<void> start_sampling(AgentState& state, const Json& params, const Reply& reply) {
  if (!params.contains("spec")) return fail(ErrorKind::kInternal, "unexpected JSON", "'spec'", "is missing");
  BPFTAX_ASSIGN(const SamplingSpec spec, sampling_spec_from_json(params["spec"]));
  if (state.sampling) {
    reply.answer(fail(ErrorKind::kInternal, "cannot sample", "", "a series is being taken already"));
    return {};
  }
  auto session = SamplingSession::start(state.loop, state.supervisor, spec);
  if (!session) {
    reply.fail(session.error());
    return {};
  }
  state.sampling = std::move(*session);
  reply.send(Json::object());
  return {};
}

Result<void> stop_sampling(AgentState& state, const Json&, const Reply& reply) {
  if (!state.sampling) {
    reply.answer(fail(ErrorKind::kInternal, "cannot stop sampling", "", "no series is being taken"));
    return {};
  }
  const SampleSeries series = state.sampling->finish();
  state.sampling.reset();
  reply.send(to_json(series));
  return {};
}

Result<void> bpf_of(AgentState& state, const Json& params, const Reply& reply) {
  BPFTAX_ASSIGN(const int64_t id, require_integer(params, "id"));
  if (!state.supervisor.knows(id)) {
    reply.answer(
        fail(ErrorKind::kInternal, "no such process", std::to_string(id), "the agent never started it"));
    return {};
  }
  reply.answer(state.inspector.of_processes(state.supervisor.members(id, 0)),
               [](const BpfInventory& inventory) { return to_json(inventory); });
  return {};
}

Result<void> bpf_all(AgentState& state, const Json&, const Reply& reply) {
  reply.answer(state.inspector.of_system(), [](const BpfInventory& inventory) { return to_json(inventory); });
  return {};
}

Result<void> bpf_pins(AgentState&, const Json&, const Reply& reply) {
  reply.answer(bpftax::bpf_pins(), [](const std::vector<BpfPin>& pins) { return to_json(pins); });
  return {};
}

Result<void> bpf_stats(AgentState& state, const Json& params, const Reply& reply) {
  BPFTAX_ASSIGN(const std::optional<bool> on, json_bool(params, "on"));
  if (!on) return fail(ErrorKind::kInternal, "unexpected JSON", "'on'", "is missing");
  if (!*on) {
    state.bpf_stats.reset();
  } else if (!state.bpf_stats) {
    auto enabled = BpfStats::enable();
    if (!enabled) {
      reply.fail(enabled.error());
      return {};
    }
    state.bpf_stats.emplace(std::move(*enabled));
  }
  reply.send(Json::object());
  return {};
}

// With the statistics off, as our own switch would keep them on; as it was afterwards. What `measure` finds
// is answered by `answer`.
template <class Measure, class Answer>
void with_stats_off(AgentState& state, const Reply& reply, Measure measure, Answer answer) {
  const bool were_on = state.bpf_stats.has_value();
  state.bpf_stats.reset();
  const auto measured = measure();
  if (were_on) {
    auto enabled = BpfStats::enable();
    if (!enabled) return reply.fail(enabled.error());
    state.bpf_stats.emplace(std::move(*enabled));
  }
  reply.answer(measured, answer);
}

Result<void> bpf_stats_use(AgentState& state, const Json&, const Reply& reply) {
  with_stats_off(
      state, reply, [] { return bpftax::bpf_stats_use(); },
      [](const BpfStatsUse& use) { return to_json(use); });
  return {};
}

Result<void> bpf_stats_cost(AgentState& state, const Json&, const Reply& reply) {
  with_stats_off(
      state, reply, [] { return measure_stats_cost(); },
      [](const StatsCostMeasurement& cost) {
        return to_json(Host::StatsCost{cost.off_ns, cost.on_ns});
      });
  return {};
}

Result<void> bpf_entry_cost(AgentState& state, const Json& params, const Reply& reply) {
  BPFTAX_ASSIGN(const std::string hook, require_string(params, "hook"));
  with_stats_off(
      state, reply, [&] { return measure_entry_cost(hook); },
      [](const EntryCost& cost) { return to_json(cost); });
  return {};
}

}  // namespace

void add_observation_methods(AgentState& state, MethodTable& table) {
  const auto add = [&](const char* name, Result<void> (*method)(AgentState&, const Json&, const Reply&)) {
    table[name] = [&state, method](const Json& params, const Reply& reply) {
      return method(state, params, reply);
    };
  };
  add("facts", facts);
  add("clock", clock);
  add("start_sampling", start_sampling);
  add("stop_sampling", stop_sampling);
  add("bpf_of", bpf_of);
  add("bpf_all", bpf_all);
  add("bpf_pins", bpf_pins);
  add("bpf_stats", bpf_stats);
  add("bpf_stats_use", bpf_stats_use);
  add("bpf_stats_cost", bpf_stats_cost);
  add("bpf_entry_cost", bpf_entry_cost);
}

}  // namespace bpftax
