#include "bench/conditions/load.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "bench/conditions/memory_room.h"
#include "bench/conditions/reached.h"
#include "host/interrupt.h"
#include "util/rng.h"
#include "util/strings.h"
#include "util/units.h"

namespace bpftax::bench {
namespace {

// Processes have started and caches of pages have been filled.
constexpr int64_t kSettleMs = 500;
constexpr int64_t kFirstMeasureMs = 2000;
// When the setting is known from an earlier visit.
constexpr int64_t kLaterMeasureMs = 1000;
constexpr int kMeasureIntervalMs = 250;
constexpr int kTaskIntervalMs = 500;
constexpr int kTrafficTries = 10;
constexpr double kLeastTraffic = 1 << 20;  // bytes/s
// Filling: nothing that has memory at all fills it slower.
constexpr int64_t kFillBytesPerS = int64_t{100} << 20;
constexpr int64_t kFillExtraMs = 10'000;
constexpr double kGrowth = 0.5;  // percent of the memory in a second
constexpr double kAsleep = 10;   // percent of one CPU
constexpr double kShortestJudgedS = 1;
constexpr size_t kMostTrees = 64;  // more are not sampled: each costs several open files

tl::unexpected<Error> not_reached(const LoadSpec& spec, std::string why) {
  return fail(ErrorKind::kEnvironment, "the load was not reached", spec.name(), std::move(why));
}

}  // namespace

Load::Load(LoadSpec spec, LoadPlace place) : spec_(spec), place_(std::move(place)) {
  if (spec_.cpu_percent) cpu_.emplace(*spec_.cpu_percent);
}

Result<void> Load::start(Host& host) {
  host_ = &host;
  before_ = Json::object();
  memory_bytes_ = 0;
  auto up = bring_up();
  if (up) return {};
  (void)clean_up();  // the first error says more
  return up;
}

Result<void> Load::bring_up() {
  BPFTAX_ASSIGN(program_.path, find_stress(*host_));
  BPFTAX_TRY(prepare_folder());
  if (spec_.memory_percent) BPFTAX_TRY(load_memory());
  if (spec_.io || spec_.net) BPFTAX_TRY(load_traffic());
  if (spec_.cpu_percent) return load_cpu();
  if (before_.empty()) {
    BPFTAX_ASSIGN(const SampleSeries series, measure(kLaterMeasureMs));
    before_ = reached_json(series);
  }
  return {};
}

Result<void> Load::prepare_folder() {
  program_.folder = fmt::format("{}/bpftax-load-{:08x}", place_.folder_parent, random_seed() & 0xffffffffU);
  BPFTAX_TRY(host_->own("tree", program_.folder));
  folder_owned_ = true;
  return host_->make_directories(program_.folder);
}

Result<void> Load::load_memory() {
  BPFTAX_ASSIGN(const SampleSeries now, measure(0));
  if (now.samples.empty()) return not_reached(spec_, "the memory in use is unknown");
  const MemoryState& state = now.samples.back().memory;
  BPFTAX_ASSIGN(memory_bytes_, bytes_to_take(*spec_.memory_percent, state, cgroup_room(place_.roots)));
  if (memory_bytes_ == 0) return {};
  const int workers = std::clamp(static_cast<int>(place_.cpus.size()), 1, 8);
  BPFTAX_TRY(run({stress_memory(program_, memory_bytes_, workers)}, other_load_));
  const int64_t limit_ms = kFillExtraMs + memory_bytes_ / kFillBytesPerS * 1000;
  double last = -1;
  for (int64_t waited_ms = 0; waited_ms < limit_ms; waited_ms += kLaterMeasureMs) {
    BPFTAX_ASSIGN(const SampleSeries series, measure(kLaterMeasureMs));
    const auto reached = memory_percent_of(series);
    if (!reached) return not_reached(spec_, "the memory in use is unknown");
    // Full when it has stopped growing, and its workers sleep (a slow machine fills slowly).
    const auto work = load_cpu_percent_of(series);
    const double of_one_cpu = work ? work->mean * static_cast<double>(series.samples.back().cpus.size()) : 0;
    const bool full = reached->max - last < kGrowth && of_one_cpu < kAsleep;
    if (full && std::abs(reached->mean - *spec_.memory_percent) <= kMemoryTolerance) {
      before_ = reached_json(series);
      return {};
    }
    last = reached->max;
  }
  return not_reached(spec_, fmt::format("{:.1f} % of the memory are in use after {}", last,
                                        format_duration(static_cast<double>(limit_ms) / 1000)));
}

Result<void> Load::load_traffic() {
  std::vector<ProcessSpec> specs;
  if (spec_.io) specs.push_back(stress_disk(program_));
  if (spec_.net) {
    BPFTAX_ASSIGN(const int port, place_.free_port());
    specs.push_back(stress_network(program_, port));
  }
  BPFTAX_TRY(run(specs, other_load_));
  std::string why;
  for (int i = 0; i < kTrafficTries; ++i) {
    BPFTAX_ASSIGN(const SampleSeries series, measure(kLaterMeasureMs));
    const auto written = disk_written_bytes_per_s_of(series);
    const auto received = network_bytes_per_s_of(series);
    why.clear();
    if (spec_.io && !written) {
      why = "this machine has no disk whose traffic could be seen";
    } else if (spec_.io && written->mean < kLeastTraffic) {
      why = fmt::format("the disks write {}/s", format_bytes(written->mean));
    } else if (spec_.net && !received) {
      why = "no network interface could be seen";
    } else if (spec_.net && received->mean < kLeastTraffic) {
      why = fmt::format("the network interfaces receive {}/s", format_bytes(received->mean));
    } else {
      before_ = reached_json(series);
      return {};
    }
  }
  return not_reached(spec_, why);
}

Result<void> Load::load_cpu() {
  cpu_->begin();
  while (true) {
    std::vector<ProcessSpec> specs;
    for (const int cpu : place_.cpus) specs.push_back(stress_cpu(program_, cpu, cpu_->setting()));
    BPFTAX_TRY(run(specs, cpu_load_));
    BPFTAX_TRY(wait_ms(kSettleMs));
    BPFTAX_ASSIGN(const SampleSeries series, measure(settled_before_ ? kLaterMeasureMs : kFirstMeasureMs));
    const auto reached = cpu_percent_of(series);
    if (!reached) return not_reached(spec_, "the use of the CPUs is unknown");
    const int setting = cpu_->setting();
    switch (cpu_->take(reached->mean)) {
      case CpuControl::Step::kReached:
        settled_before_ = true;
        before_ = reached_json(series);
        return {};
      case CpuControl::Step::kCorrect:
        BPFTAX_TRY(end(cpu_load_));
        break;
      case CpuControl::Step::kGiveUp:
        return not_reached(
            spec_, fmt::format("{:.1f} % of the CPUs are in use with --cpu-load {} on {} of them ({})",
                               reached->mean, setting, place_.cpus.size(),
                               reached->mean > cpu_->target() ? "other processes are busy"
                                                              : "the others are not ours to use?"));
    }
  }
}

Result<void> Load::begin_sampling() {
  BPFTAX_TRY(host_->start_sampling(sampling(kTaskIntervalMs)));
  sampling_ = true;
  return {};
}

Result<Json> Load::stop() {
  Json reached = Json::object();
  std::optional<Error> error;
  if (sampling_) {
    sampling_ = false;
    const auto series = host_->stop_sampling();
    if (series) {
      reached = reached_json(*series);
      if (const auto kept = check_kept_up(*series); !kept) error = kept.error();
    } else {
      error = series.error();
    }
  }
  for (const auto& [name, value] : before_.items()) reached[name + "_before"] = value;
  Json stress = Json::object();
  if (cpu_) stress["cpu_load"] = cpu_->setting();
  if (spec_.memory_percent) stress["vm_bytes"] = memory_bytes_;
  reached["stress"] = stress;
  if (const auto held = check_held(); !held) error = held.error();  // says more than what it kept up
  // Of more weight than what was measured: something may be left.
  if (const auto cleaned = clean_up(); !cleaned) error = cleaned.error();
  if (error) return tl::unexpected<Error>(*error);
  return reached;
}

Result<void> Load::check_kept_up(const SampleSeries& series) const {
  const auto did_not_hold = [&](std::string why) {
    return fail(ErrorKind::kWorkload, "the load did not hold", spec_.name(), std::move(why));
  };
  const auto memory = memory_percent_of(series);
  if (spec_.memory_percent && !memory) return did_not_hold("the memory in use while tasks ran is unknown");
  if (spec_.memory_percent && std::abs(memory->mean - *spec_.memory_percent) > kMemoryTolerance)
    return did_not_hold(fmt::format("{:.1f} % of the memory were in use while tasks ran", memory->mean));
  // The rest are rates.
  const auto seconds =
      series.samples.size() < 2
          ? 0
          : static_cast<double>(series.samples.back().monotonic_ns - series.samples.front().monotonic_ns) /
                1e9;
  if (seconds < kShortestJudgedS) return {};
  const auto cpu = cpu_percent_of(series);
  if (spec_.cpu_percent && (!cpu || cpu->mean < *spec_.cpu_percent - CpuControl::kTolerance))
    return did_not_hold(fmt::format("{:.1f} % of the CPUs were in use while tasks ran", cpu ? cpu->mean : 0));
  const auto written = disk_written_bytes_per_s_of(series);
  if (spec_.io && (!written || written->mean < kLeastTraffic)) return did_not_hold("the disks stood still");
  const auto received = network_bytes_per_s_of(series);
  if (spec_.net && (!received || received->mean < kLeastTraffic))
    return did_not_hold("the network stood still");
  return {};
}

// Not interruptible: this is about what has been measured already.
Result<void> Load::check_held() {
  const InterruptShield shield;
  for (const ProcessHandle& process : everything()) {
    BPFTAX_ASSIGN(const auto status, host_->wait(process, 0));
    if (!status) continue;
    const auto words = host_->tail(process, OutputStream::kStderr, 500);
    return fail(ErrorKind::kWorkload, "the load ended by itself", spec_.name(),
                to_string(*status) + (words && !trim(*words).empty() ? ": " + printable(trim(*words)) : ""));
  }
  return {};
}

Result<void> Load::run(const std::vector<ProcessSpec>& specs, std::vector<ProcessHandle>& handles) {
  constexpr size_t kTogether = 64;
  for (size_t i = 0; i < specs.size(); i += kTogether) {
    const std::vector<ProcessSpec> part(
        specs.begin() + static_cast<ptrdiff_t>(i),
        specs.begin() + static_cast<ptrdiff_t>(std::min(specs.size(), i + kTogether)));
    BPFTAX_ASSIGN(const auto started, host_->start_together(part));
    handles.insert(handles.end(), started.begin(), started.end());
  }
  return {};
}

Result<void> Load::end(std::vector<ProcessHandle>& handles) {
  std::optional<Error> error;
  for (const ProcessHandle& handle : handles) {
    const auto stopped = host_->stop(handle);
    if (!stopped && !error) error = stopped.error();
  }
  handles.clear();
  if (error) return tl::unexpected<Error>(*error);
  return {};
}

Result<SampleSeries> Load::measure(int64_t for_ms) {
  BPFTAX_TRY(host_->start_sampling(sampling(kMeasureIntervalMs)));
  const auto waited = wait_ms(for_ms);
  auto series = host_->stop_sampling();
  BPFTAX_TRY(waited);
  return series;
}

// Waits with the first process: its end is the load's.
Result<void> Load::wait_ms(int64_t for_ms) {
  const auto processes = everything();
  if (for_ms <= 0 || processes.empty()) return {};
  BPFTAX_ASSIGN(const auto ended, host_->wait(processes.front(), for_ms));
  (void)ended;
  return check_held();
}

std::vector<ProcessHandle> Load::everything() const {
  std::vector<ProcessHandle> all = cpu_load_;
  all.insert(all.end(), other_load_.begin(), other_load_.end());
  return all;
}

SamplingSpec Load::sampling(int interval_ms) const {
  SamplingSpec spec;
  spec.interval_ms = interval_ms;
  spec.netns = {""};
  spec.hardware_counters = false;
  const auto processes = everything();
  if (processes.size() <= kMostTrees) {
    for (const ProcessHandle& process : processes) spec.handles.push_back(process.id);
  }
  return spec;
}

Result<void> Load::clean_up() {
  const InterruptShield shield;
  std::optional<Error> error;
  const auto note = [&](const Result<void>& done) {
    if (!done && !error) error = done.error();
  };
  if (sampling_) {
    sampling_ = false;
    (void)host_->stop_sampling();
  }
  note(end(cpu_load_));
  note(end(other_load_));
  if (folder_owned_) {
    folder_owned_ = false;
    const auto removed = host_->remove_tree(program_.folder);
    note(removed);
    // What could not be removed stays recorded.
    if (removed) note(host_->disown("tree", program_.folder));
  }
  if (error) return tl::unexpected<Error>(*error);
  return {};
}

}  // namespace bpftax::bench
