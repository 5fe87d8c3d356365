#include "sample/sampler.h"

#include <ctime>

#include "sample/cpu_sources.h"
#include "sample/disk_reader.h"
#include "sample/hardware_counters.h"
#include "sample/link_states.h"
#include "sample/proc_net.h"
#include "sample/proc_system.h"
#include "sample/source_file.h"
#include "sample/tree_sampler.h"

namespace bpftax {
namespace {

int64_t monotonic_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

// "WHERE: WHY" is all that belongs under the name of a field.
std::string reason(const Error& error) {
  return error.where.empty() ? error.why : error.where + ": " + error.why;
}

}  // namespace

class HostSampler::Impl {
 public:
  Impl(std::vector<TrackedTree> trees, const SampleRoots& roots) : roots_(roots) {
    for (TrackedTree& tree : trees) trees_.emplace_back(std::move(tree), roots);
  }

  Result<void> open(const SamplingSpec& spec);
  Sample take(bool last);
  const std::map<std::string, std::string>& unavailable() const { return unavailable_; }

 private:
  struct Interfaces {
    std::string netns;
    SourceFile file;
    Fd links;  // a netlink socket; none: the states are unknown
  };

  template <class T>
  void note(const std::string& field, const Result<T>& result) {
    if (!result) unavailable_.try_emplace(field, reason(result.error()));
  }
  // Opens a file; where there is none the source stays empty and its field is noted.
  std::optional<SourceFile> source(const char* file, Records records, const std::string& field) {
    auto opened = SourceFile::open(roots_.proc + file, records, budget_);
    note(field, opened);
    if (!opened) return std::nullopt;
    return std::move(*opened);
  }
  // Reads and parses into `use`; an error is noted.
  template <class Parse, class Use>
  void read(const std::optional<SourceFile>& file, const std::string& field, Parse&& parse, Use&& use) {
    if (!file) return;
    const auto text = file->read(buffer_);
    note(field, text);
    if (!text) return;
    auto parsed = parse(*text);
    note(field, parsed);
    if (parsed) use(*parsed);
  }
  void read_disks(Sample& sample);
  void read_links(Sample& sample, bool last);

  SampleRoots roots_;
  FdBudget budget_ = FdBudget::of_this_process();
  std::string buffer_;
  std::optional<SourceFile> stat_, meminfo_, pressure_cpu_, pressure_memory_, pressure_io_;
  std::vector<Interfaces> interfaces_;
  std::optional<int64_t> links_read_at_ns_;
  std::optional<DiskReader> disks_;
  MemoryState memory_;
  std::optional<int64_t> memory_read_at_ns_;
  std::optional<IdleSource> idle_;
  std::optional<FrequencySource> frequency_;
  std::optional<HardwareCounterReader> hardware_;
  std::vector<TreeSampler> trees_;
  std::map<std::string, std::string> unavailable_;
};

Result<void> HostSampler::Impl::open(const SamplingSpec& spec) {
  BPFTAX_ASSIGN(stat_, SourceFile::open(roots_.proc + paths::kStat, Records::kOne, budget_));
  BPFTAX_ASSIGN(const std::string_view text, stat_->read(buffer_));
  BPFTAX_ASSIGN(const SystemStat stat, parse_system_stat(text, clock_tick_us()));
  std::vector<int> cpus;
  for (const CpuTimes& times : stat.cpus) cpus.push_back(times.cpu);

  for (const std::string& netns : spec.netns) {
    BPFTAX_ASSIGN(Fd fd, open_net_dev(netns, roots_.proc));
    auto links = open_link_states(netns);
    note("links:" + netns, links);
    interfaces_.push_back(
        {netns,
         SourceFile(std::move(fd), "net/dev of " + (netns.empty() ? "the host" : netns), Records::kMany),
         links ? std::move(*links) : Fd()});
  }
  meminfo_ = source(paths::kMeminfo, Records::kOne, "memory");
  auto disks = DiskReader::open(roots_, budget_);
  note("disks", disks);
  if (disks) disks_ = std::move(*disks);
  pressure_cpu_ = source(paths::kPressureCpu, Records::kOne, "pressure");
  pressure_memory_ = source(paths::kPressureMemory, Records::kOne, "pressure");
  pressure_io_ = source(paths::kPressureIo, Records::kOne, "pressure");

  auto idle = IdleSource::open(roots_, cpus, budget_);
  note("idle", idle);
  if (idle) idle_ = std::move(*idle);
  auto frequency = FrequencySource::open(roots_, cpus, budget_);
  note("frequency_khz", frequency);
  if (frequency) frequency_ = std::move(*frequency);
  if (spec.hardware_counters) {
    auto hardware = HardwareCounterReader::open(roots_);
    note("hardware", hardware);
    if (hardware) hardware_ = std::move(*hardware);
  } else {
    unavailable_.emplace("hardware", "not asked for");
  }
  // A file may open and yet refuse to be read (PSI switched off on the kernel's command line): find out now.
  take(false);
  links_read_at_ns_.reset();
  return {};
}

void HostSampler::Impl::read_disks(Sample& sample) {
  if (!disks_) return;
  auto disks = disks_->read(sample.monotonic_ns, buffer_, budget_);
  note("disks", disks);
  if (disks) sample.disks = std::move(*disks);
}

// A dump of all interfaces costs more than their counters, and what changed meanwhile shows in the next one.
void HostSampler::Impl::read_links(Sample& sample, bool last) {
  constexpr int64_t kLinkPeriodNs = 1'000'000'000;
  if (!last && links_read_at_ns_ && sample.monotonic_ns - *links_read_at_ns_ < kLinkPeriodNs) return;
  links_read_at_ns_ = sample.monotonic_ns;
  for (const Interfaces& source : interfaces_) {
    if (!source.links) continue;
    const auto links = read_link_states(source.links.get());
    note("links:" + source.netns, links);
    if (!links) continue;
    for (NetInterface& row : sample.interfaces) {
      const auto found = links->find(row.name);
      if (row.netns != source.netns || found == links->end()) continue;
      row.carrier_changes = found->second.carrier_changes;
      row.operstate = found->second.operstate;
    }
  }
}

Sample HostSampler::Impl::take(bool last) {
  Sample sample;
  sample.monotonic_ns = monotonic_ns();
  // What workloads are judged by comes first, so that it is nearest to the time stamp.
  for (const Interfaces& source : interfaces_) {
    const std::string field = "interfaces:" + source.netns;
    const auto text = source.file.read(buffer_);
    note(field, text);
    if (!text) continue;
    auto rows = parse_net_dev(*text, source.netns);
    note(field, rows);
    if (!rows) continue;
    for (NetInterface& row : *rows) sample.interfaces.push_back(std::move(row));
  }
  read(
      stat_, "cpus", [](std::string_view text) { return parse_system_stat(text, clock_tick_us()); },
      [&](SystemStat& stat) {
        sample.cpus = std::move(stat.cpus);
        sample.context_switches = stat.context_switches;
        sample.interrupts = stat.interrupts;
        sample.softirq_net_rx = stat.softirq_net_rx;
        sample.softirq_net_tx = stat.softirq_net_tx;
      });
  if (idle_) sample.idle = idle_->read(buffer_);
  for (TreeSampler& tree : trees_) {
    sample.processes.push_back(tree.read(sample.monotonic_ns, buffer_, budget_));
    if (!tree.run_delay_missing().empty()) unavailable_.try_emplace("run_delay_us", tree.run_delay_missing());
  }
  if (hardware_) {
    const auto counters = hardware_->read();
    note("hardware", counters);
    if (counters) sample.hardware = *counters;
  }
  read(pressure_cpu_, "pressure", parse_pressure,
       [&](const PressureTotals& totals) { sample.pressure.cpu_some_us = totals.some_us; });
  read(pressure_memory_, "pressure", parse_pressure, [&](const PressureTotals& totals) {
    sample.pressure.memory_some_us = totals.some_us;
    sample.pressure.memory_full_us = totals.full_us;
  });
  read(pressure_io_, "pressure", parse_pressure, [&](const PressureTotals& totals) {
    sample.pressure.io_some_us = totals.some_us;
    sample.pressure.io_full_us = totals.full_us;
  });
  // Memory moves slowly, and the kernel adds up a lot to tell it: twice a second is enough.
  constexpr int64_t kMemoryPeriodNs = 500'000'000;
  if (!memory_read_at_ns_ || sample.monotonic_ns - *memory_read_at_ns_ >= kMemoryPeriodNs) {
    memory_read_at_ns_ = sample.monotonic_ns;
    memory_ = MemoryState{};
    read(meminfo_, "memory", parse_meminfo, [&](const MemoryState& memory) { memory_ = memory; });
  }
  sample.memory = memory_;
  read_disks(sample);
  read_links(sample, last);
  if (frequency_) sample.frequency_khz = frequency_->read(sample.monotonic_ns, buffer_);
  return sample;
}

Result<HostSampler> HostSampler::open(const SamplingSpec& spec, std::vector<TrackedTree> trees,
                                      SampleRoots roots) {
  auto impl = std::make_unique<Impl>(std::move(trees), roots);
  BPFTAX_TRY(impl->open(spec));
  return HostSampler(std::move(impl));
}

HostSampler::HostSampler(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HostSampler::HostSampler(HostSampler&&) noexcept = default;
HostSampler& HostSampler::operator=(HostSampler&&) noexcept = default;
HostSampler::~HostSampler() = default;

Sample HostSampler::take(bool last) {
  return impl_->take(last);
}
const std::map<std::string, std::string>& HostSampler::unavailable() const {
  return impl_->unavailable();
}

}  // namespace bpftax
