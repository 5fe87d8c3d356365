#include "cli/ssh_world.h"

#include <fmt/format.h>

#include "host/clock_offset.h"
#include "host/host_tools.h"
#include "host/ssh_hosts.h"
#include "util/strings.h"
#include "util/units.h"
#include "workload/registry.h"

namespace bpftax {

Generators generators_of_both(const Generators& server, const Generators& client) {
  Generators both;
  if (!server.iperf3.empty() && !client.iperf3.empty()) {
    both.iperf3 = client.iperf3;
    both.iperf3_version = client.iperf3_version;
  }
  if (!server.netserver.empty() && !client.netperf.empty()) {
    both.netperf = client.netperf;
    both.netperf_version = client.netperf_version;
    both.netserver = server.netserver;
  }
  if (!server.sockperf.empty() && !client.sockperf.empty()) {
    both.sockperf = client.sockperf;
    both.sockperf_version = client.sockperf_version;
  }
  return both;
}

std::unique_ptr<Hosts> SshWorld::make_hosts(const std::vector<std::string>& environments) {
  SshHostsOptions options;
  options.run_id = workflow_.run_id;
  options.use_sudo = workflow_.use_sudo;
  options.ssh = ssh_;
  options.on_retry = [this, names = join(environments, ", ")](const std::string& id, int attempt,
                                                              const Error& error, int64_t delay_ms) {
    ProgressEvent event;
    event.environment = names;
    event.text = fmt::format(
        "{}: try {} to connect again failed: {}{}", id, attempt, to_string(error),
        delay_ms > 0 ? "; the next in " + format_duration(static_cast<double>(delay_ms) * 1e-3) : "");
    progress_.on_event(event);
  };
  return std::make_unique<SshHosts>(workflow_.hosts, std::move(options));
}

Result<EndGenerators> SshWorld::generators(Host& server, Host& client) {
  BPFTAX_ASSIGN(const auto server_tools, find_host_tools(server));
  EndGenerators ends;
  ends.server = generators_of(server_tools);
  if (&server == &client) {
    ends.both = ends.server;
    return ends;
  }
  BPFTAX_ASSIGN(const auto client_tools, find_host_tools(client));
  ends.both = generators_of_both(ends.server, generators_of(client_tools));
  return ends;
}

Result<std::unique_ptr<Workload>> SshWorld::workload(const std::string& name, const Generators& generators) {
  auto found = find_workload(name, generators);
  if (found || found.error().kind != ErrorKind::kEnvironment) return found;
  Error error = std::move(found.error());
  error.why += " on both the server and the client";
  return tl::unexpected<Error>(std::move(error));
}

Result<HostOffset> SshWorld::clock_offset(Host& host, Clock& clock) {
  BPFTAX_ASSIGN(const ClockOffset offset, estimate_clock_offset(host, clock));
  return HostOffset{host.name(), offset.offset_ns, offset.error_ns};
}

}  // namespace bpftax
