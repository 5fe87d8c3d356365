#include "run/raw_samples.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "util/clock.h"

namespace bpftax {
namespace {

constexpr const char* kTimeColumns = "# date time_utc(+00:00) monotonic_ns";

std::string known(const std::optional<int64_t>& value) {
  return value ? fmt::format("{}", *value) : "-";
}

class Table {
 public:
  explicit Table(const char* columns) : text_(fmt::format("{} {}\n", kTimeColumns, columns)) {}
  void row(const std::string& stamp, const std::string& values) {
    text_ += stamp + " " + values + "\n";
    empty_ = false;
  }
  void store(std::map<std::string, std::string>& files, const char* name) {
    if (!empty_) files[name] = std::move(text_);
  }

 private:
  std::string text_;
  bool empty_ = true;
};

}  // namespace

std::string sample_stamp(int64_t monotonic_ns, int64_t utc_offset_ns) {
  const int64_t realtime_ns = monotonic_ns + utc_offset_ns;
  std::string iso = format_iso8601(realtime_ns);  // 2026-11-20T18:53:07Z
  iso[10] = ' ';
  iso.pop_back();
  return fmt::format("{}.{:09} {}", iso, realtime_ns % kNsPerS, monotonic_ns);
}

std::map<std::string, std::string> host_sample_files(const SampleSeries& series, int64_t utc_offset_ns) {
  Table cpu(
      "cpu user_us nice_us system_us idle_us iowait_us irq_us softirq_us steal_us frequency_khz "
      "idle_residency_us");
  Table memory("total_kb free_kb available_kb cached_kb slab_kb");
  Table disk("disk reads read_bytes writes written_bytes busy_ms");
  Table network(
      "netns interface rx_bytes rx_packets rx_errors rx_dropped tx_bytes tx_packets tx_errors tx_dropped");
  Table psi("cpu_some_us memory_some_us memory_full_us io_some_us io_full_us context_switches interrupts");
  for (const Sample& sample : series.samples) {
    const std::string at = sample_stamp(sample.monotonic_ns, utc_offset_ns);
    for (size_t i = 0; i < sample.cpus.size(); ++i) {
      const CpuTimes& c = sample.cpus[i];
      std::optional<int64_t> frequency, idle;
      if (i < sample.frequency_khz.size()) frequency = sample.frequency_khz[i];
      for (const CpuIdle& state : sample.idle) {
        if (state.cpu == c.cpu) idle = state.residency_us;
      }
      cpu.row(at, fmt::format("{} {} {} {} {} {} {} {} {} {} {}", c.cpu, c.user_us, c.nice_us, c.system_us,
                              c.idle_us, c.iowait_us, c.irq_us, c.softirq_us, c.steal_us, known(frequency),
                              known(idle)));
    }
    const MemoryState& m = sample.memory;
    if (m.total_kb > 0) {
      memory.row(
          at, fmt::format("{} {} {} {} {}", m.total_kb, m.free_kb, m.available_kb, m.cached_kb, m.slab_kb));
    }
    for (const DiskCounters& d : sample.disks) {
      disk.row(at, fmt::format("{} {} {} {} {} {}", d.name, d.reads, d.read_bytes, d.writes, d.written_bytes,
                               d.busy_ms));
    }
    for (const NetInterface& n : sample.interfaces) {
      network.row(at, fmt::format("{} {} {} {} {} {} {} {} {} {}", n.netns.empty() ? "-" : n.netns, n.name,
                                  n.rx_bytes, n.rx_packets, n.rx_errors, n.rx_dropped, n.tx_bytes,
                                  n.tx_packets, n.tx_errors, n.tx_dropped));
    }
    const Pressure& p = sample.pressure;
    psi.row(at, fmt::format("{} {} {} {} {} {} {}", known(p.cpu_some_us), known(p.memory_some_us),
                            known(p.memory_full_us), known(p.io_some_us), known(p.io_full_us),
                            sample.context_switches, sample.interrupts));
  }
  std::map<std::string, std::string> files;
  cpu.store(files, "cpu");
  memory.store(files, "memory");
  disk.store(files, "disk_io");
  network.store(files, "network");
  psi.store(files, "psi");
  return files;
}

std::map<std::string, std::string> tool_sample_files(const SampleSeries& series, int64_t handle,
                                                     int64_t utc_offset_ns) {
  Table cpu("user_us system_us run_delay_us processes threads");
  Table memory("virt_kb rss_kb mem_percent");
  Table log("output_bytes");
  for (const Sample& sample : series.samples) {
    const auto tree = std::find_if(sample.processes.begin(), sample.processes.end(),
                                   [&](const ProcessTree& t) { return t.handle == handle; });
    if (tree == sample.processes.end()) continue;
    const std::string at = sample_stamp(sample.monotonic_ns, utc_offset_ns);
    cpu.row(at, fmt::format("{} {} {} {} {}", tree->user_us, tree->system_us, known(tree->run_delay_us),
                            tree->processes, tree->threads));
    const std::string share = sample.memory.total_kb > 0
                                  ? fmt::format("{:.3f}", 100.0 * static_cast<double>(tree->rss_kb) /
                                                              static_cast<double>(sample.memory.total_kb))
                                  : "-";
    memory.row(at, fmt::format("{} {} {}", tree->vsz_kb, tree->rss_kb, share));
    log.row(at, fmt::format("{}", tree->output_bytes));
  }
  std::map<std::string, std::string> files;
  cpu.store(files, "tool_cpu_usage");
  memory.store(files, "tool_memory");
  log.store(files, "tool_logsize");
  return files;
}

SampleSeries thinned(const SampleSeries& series, int64_t interval_ms) {
  if (interval_ms <= 0 || series.samples.empty()) return series;
  SampleSeries rows;
  // Samples are taken on a grid of their own: one that is early by less than a tenth still counts.
  const int64_t least_ns = interval_ms * kNsPerMs * 9 / 10;
  for (const Sample& sample : series.samples) {
    const bool last = &sample == &series.samples.back();
    if (rows.samples.empty() || last || sample.monotonic_ns - rows.samples.back().monotonic_ns >= least_ns)
      rows.samples.push_back(sample);
  }
  return rows;
}

namespace {

constexpr std::array kHostFiles = {"cpu", "memory", "disk_io", "network", "psi"};
constexpr std::array kToolFiles = {"tool_cpu_usage", "tool_memory", "tool_logsize"};

bool wanted(const RawMonitoring& monitoring, std::string_view name) {
  if (!monitoring.enabled) return false;
  if (name == "cpu" || name == "tool_cpu_usage") return monitoring.cpu;
  if (name == "memory" || name == "tool_memory") return monitoring.memory;
  return name != "tool_logsize" || monitoring.log_size;
}

std::string sample_file(const std::string& folder, std::string_view kind, std::string_view name,
                        const std::string& time) {
  return fmt::format("{}/{}/{}_{}.log", folder, kind, name, time);
}

Result<void> write_files(Session& session, Host& host, const std::string& folder, std::string_view kind,
                         const std::string& time, const std::map<std::string, std::string>& files) {
  const std::string& root = session.results_of(host);
  for (const auto& [name, text] : files) {
    if (!wanted(session.env.monitoring, name)) continue;
    BPFTAX_TRY(session.ensure_folder(host, fmt::format("{}/{}/{}", root, folder, kind)));
    BPFTAX_TRY(host.write_file(root + "/" + sample_file(folder, kind, name, time), text));
  }
  return {};
}

}  // namespace

void announce_raw_samples(Session& session, const std::string& subject, const std::string& time, bool tool) {
  const std::string folder = session.names.folder(subject);
  for (const Host* host : session.hosts()) {
    for (const char* name : kHostFiles) {
      if (wanted(session.env.monitoring, name))
        session.announce_file(*host, sample_file(folder, "monitoring", name, time));
    }
  }
  if (!tool) return;
  for (const char* name : kToolFiles) {
    if (wanted(session.env.monitoring, name))
      session.announce_file(*session.env.tool_host, sample_file(folder, "ebpf_monitoring", name, time));
  }
}

Result<void> write_raw_samples(Session& session, const std::string& subject, const std::string& time,
                               const std::vector<HostSamples>& samples, int64_t tool_handle) {
  const std::string folder = session.names.folder(subject);
  for (const HostSamples& seen : samples) {
    const SampleSeries rows = thinned(seen.series, session.env.monitoring.interval_ms);
    BPFTAX_TRY(write_files(session, *seen.host, folder, "monitoring", time,
                           host_sample_files(rows, seen.utc_offset_ns)));
    if (tool_handle == 0 || seen.host != session.env.tool_host) continue;
    BPFTAX_TRY(write_files(session, *seen.host, folder, "ebpf_monitoring", time,
                           tool_sample_files(rows, tool_handle, seen.utc_offset_ns)));
  }
  return {};
}

}  // namespace bpftax
