#include "workload/window.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "util/strings.h"
#include "workload/conditions.h"
#include "workload/metrics.h"

namespace bpftax {
namespace {

constexpr size_t kMostWords = 400;

// The end of what a process wrote, on one line.
std::string last_words(std::string_view text) {
  std::string words = printable(trim(text));
  std::ranges::replace(words, '\n', ' ');
  if (words.size() <= kMostWords) return words;
  size_t cut = words.size() - kMostWords;
  while (cut < words.size() && (static_cast<unsigned char>(words[cut]) & 0xC0u) == 0x80u) ++cut;
  return "..." + words.substr(cut);
}

ProcessSpec process(const std::string& output_dir, std::string name, std::vector<std::string> argv,
                    const std::string& file) {
  ProcessSpec spec;
  spec.name = std::move(name);
  spec.argv = std::move(argv);
  // Generators ignore or outlive SIGINT now and then; nothing of theirs is lost by being quick.
  spec.stop = {.int_grace_ms = 1000, .term_grace_ms = 1000};
  if (!output_dir.empty()) {
    spec.stdout_path = output_dir + "/" + file;
    spec.stderr_path = spec.stdout_path + ".err";
  }
  return spec;
}

// The host's conditions under `prefix`, and its busy CPU time per second.
std::optional<double> add_host(const SampleSeries& series, const std::string& host, const std::string& prefix,
                               double units_per_s, Measurement& measurement) {
  const auto steady = steady_samples(series, measurement.steady_start_ns, measurement.steady_end_ns);
  if (!steady) {
    measurement.warnings.push_back(
        fmt::format("no conditions and no CPU cost from {}: {}", host, to_string(steady.error())));
    return std::nullopt;
  }
  for (const auto& [name, value] : host_conditions(*steady, units_per_s))
    measurement.conditions[prefix + name] = value;
  return busy_us_per_s(*steady);
}

}  // namespace

std::string how_it_ended(const ExitStatus& status) {
  if (!status.signaled) return fmt::format("exit code {}", status.code);
  const char* name = sigdescr_np(status.code);
  return fmt::format("killed by signal {} ({})", status.code, name != nullptr ? name : "unknown");
}

std::string client_name(size_t index, size_t count, const std::string& single) {
  return count == 1 ? single : fmt::format("stream {} of {}", index + 1, count);
}

Result<void> check_complete(const WindowEvidence& evidence, size_t clients) {
  if (evidence.clients.size() == clients && evidence.exits.size() == clients &&
      evidence.out.size() == clients && evidence.err.size() == clients) {
    return {};
  }
  return fail(
      ErrorKind::kInternal, "the evidence of a window is incomplete", {},
      fmt::format("{} clients, but {} handles, {} exits, {} and {} outputs", clients, evidence.clients.size(),
                  evidence.exits.size(), evidence.out.size(), evidence.err.size()));
}

Result<void> check_exit(const WindowEvidence& evidence, size_t index, const std::string& generator) {
  const ExitStatus& exit = evidence.exits[index];
  const std::string where = client_name(index, evidence.exits.size(), generator + " client");
  if (exit.output_cut) {
    return fail(ErrorKind::kWorkload, "the output of " + generator + " was cut", where,
                "it exceeds the size cap");
  }
  if (exit.ok()) return {};
  const bool has_stderr = !trim(evidence.err[index]).empty();
  const std::string words = last_words(has_stderr ? evidence.err[index] : evidence.out[index]);
  return fail(ErrorKind::kWorkload, generator + " failed", where,
              how_it_ended(exit) + (words.empty() ? ", it said nothing" : ": " + words));
}

ProcessSpec client_process(const WorkloadContext& context, std::string name, std::vector<std::string> argv,
                           const std::string& file) {
  ProcessSpec spec = process(context.output_dir, std::move(name), std::move(argv), file);
  spec.netns = context.client_netns;
  spec.cpus = context.client_cpus;
  return spec;
}

ProcessSpec server_process(const WorkloadContext& context, std::string name, std::vector<std::string> argv,
                           const std::string& file) {
  ProcessSpec spec = process(context.output_dir, std::move(name), std::move(argv), file);
  spec.netns = context.server_netns;
  spec.cpus = context.server_cpus;
  return spec;
}

int whole_seconds(double seconds) {
  constexpr double kRounding = 1e-6;  // 2.0000000001 s, a sum of decimals, is 2 s
  return static_cast<int>(std::clamp(std::ceil(seconds - kRounding), 1.0, 1e6));
}

bool is_ipv6(const std::string& address) {
  return address.find(':') != std::string::npos;
}

void add_counters(const WorkloadContext& context, const WindowEvidence& evidence, Measurement& measurement) {
  const double seconds = static_cast<double>(measurement.steady_end_ns - measurement.steady_start_ns) * 1e-9;
  const double units_per_s = seconds > 0 ? measurement.units / seconds : 0;
  auto& conditions = measurement.conditions;

  const bool one_host = same_series(evidence.server_samples, evidence.client_samples);
  std::optional<double> busy =
      add_host(evidence.server_samples, one_host ? "the host" : "the server", "", units_per_s, measurement);
  if (!one_host) {
    const auto client_busy =
        add_host(evidence.client_samples, "the client", "client_", units_per_s, measurement);
    busy = busy && client_busy ? std::optional(*busy + *client_busy) : std::nullopt;
  }
  if (busy && units_per_s > 0) measurement.metrics[kCpuUsPerUnit] = *busy / units_per_s;

  const auto server =
      steady_samples(evidence.server_samples, measurement.steady_start_ns, measurement.steady_end_ns);
  if (server) {
    if (const auto rates = interface_rates(*server, context.server_netns, context.server_interface)) {
      conditions["server_rx_packets_per_s"] = rates->rx_packets_per_s;
      conditions["server_rx_bytes_per_s"] = rates->rx_bytes_per_s;
      conditions["server_rx_dropped_per_s"] = rates->rx_dropped_per_s;
    }
  }
  const auto client =
      steady_samples(evidence.client_samples, measurement.steady_start_ns, measurement.steady_end_ns);
  if (client) {
    if (const auto rates = interface_rates(*client, context.client_netns, context.client_interface))
      conditions["client_tx_packets_per_s"] = rates->tx_packets_per_s;
    std::vector<int64_t> handles;
    for (const ProcessHandle& handle : evidence.clients) handles.push_back(handle.id);
    if (const auto wait = run_queue_wait_percent(*client, handles))
      conditions["run_queue_wait_percent"] = *wait;
  }
}

}  // namespace bpftax
