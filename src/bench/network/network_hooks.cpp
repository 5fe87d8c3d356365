#include "bench/network/network_hooks.h"

#include <fmt/format.h>
#include <unistd.h>

#include "bench/network/hot.h"
#include "bench/network/in_place.h"
#include "bench/network/network_hook.h"

namespace bpftax::bench {
namespace {

using network::NetworkHook;

const std::vector<NetworkHook>& hook_table() {
  static const std::vector<NetworkHook> kHooks = {
      network::xdp_native_hook(),
      network::xdp_generic_hook(),
      network::tc_clsact_ingress_hook(),
      network::tc_clsact_egress_hook(),
      network::tcx_ingress_hook(),
      network::tcx_egress_hook(),
      network::cgroup_skb_ingress_hook(),
      network::cgroup_skb_egress_hook(),
      network::cgroup_sock_hook(),
      network::cgroup_connect4_hook(),
      network::sock_ops_hook(),
      network::sk_skb_hook(),
      network::sk_msg_hook(),
      network::socket_filter_hook(),
      network::sk_lookup_hook(),
      network::flow_dissector_hook(),
      network::netfilter_hook(),
  };
  return kHooks;
}

Result<const NetworkHook*> hook_of(const Task& task) {
  for (const NetworkHook& hook : hook_table())
    if (task.subject == hook.name) return &hook;
  return fail(ErrorKind::kInternal, "no such network hook", task.subject);
}

Result<int> whole_number(const Json& params, const char* name, int least, int most, int otherwise) {
  BPFTAX_ASSIGN(const auto value, json_integer(params, name));
  if (!value) return otherwise;
  if (*value < least || *value > most)
    return fail(ErrorKind::kUsage, "impossible parameter", name,
                fmt::format("{} is not from {} to {}", *value, least, most));
  return static_cast<int>(*value);
}

// Two CPUs that poll for each other wait long whenever something else runs on one of them.
constexpr long kCpusForTwo = 3;

Result<bool> wants_two_cpus(const Task& task) {
  BPFTAX_ASSIGN(const auto placement, json_string(task.params, "placement"));
  if (!placement) return task.cpus.size() > 1 && ::sysconf(_SC_NPROCESSORS_ONLN) >= kCpusForTwo;
  if (*placement != "one_cpu" && *placement != "two_cpus")
    return fail(ErrorKind::kUsage, "no such placement", *placement, "", "one_cpu or two_cpus");
  if (*placement == "two_cpus" && task.cpus.size() < 2)
    return fail(ErrorKind::kEnvironment, "no such placement", *placement, "there is one CPU only");
  return *placement == "two_cpus";
}

Result<std::unique_ptr<Instance>> set_up_network_hook(const Task& task, const Sampling&) {
  BPFTAX_ASSIGN(const NetworkHook* const hook, hook_of(task));
  if (task.cpus.empty()) return fail(ErrorKind::kInternal, "a task without CPUs", task.subject);
  BPFTAX_ASSIGN(const auto place, json_string(task.params, "place"));
  BPFTAX_ASSIGN(const int programs, whole_number(task.params, "programs", 1, 32, 1));
  BPFTAX_ASSIGN(const int packet_size, whole_number(task.params, "packet_size", network::kLeastPacket,
                                                    network::kMostPacket, network::kLeastPacket));
  BPFTAX_ASSIGN(const bool two_cpus, wants_two_cpus(task));
  if (place.value_or("in-place") == "in-place")
    return network::set_up_in_place(*hook,
                                    {programs, packet_size, task.cpus, two_cpus, selected_bodies(task)});
  if (*place != "hot") return fail(ErrorKind::kUsage, "no such place", *place, "", "in-place or hot");
  if (programs != 1)
    return fail(ErrorKind::kEnvironment, "no second program", hook->name,
                "a test run runs one program; see --place in-place");
  return network::set_up_hot(*hook, packet_size, task.cpus.front(), selected_bodies(task));
}

// Does all that the measurement does but measure.
Result<void> needs_network_hook(const Task& task) {
  auto instance = set_up_network_hook(task, Sampling{});
  if (instance) return {};
  Error error = instance.error();
  if (error.kind == ErrorKind::kEnvironment) error.why = to_string(error);
  return tl::unexpected<Error>(std::move(error));
}

}  // namespace

const std::vector<Benchmark>& network_hooks() {
  static const std::vector<Benchmark> kBenchmarks = [] {
    std::vector<Benchmark> benchmarks;
    for (const NetworkHook& hook : hook_table())
      benchmarks.push_back({hook.name, hook.summary, needs_network_hook, set_up_network_hook});
    return benchmarks;
  }();
  return kBenchmarks;
}

}  // namespace bpftax::bench
