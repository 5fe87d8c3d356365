#include "sample/cpu_sources.h"

#include "sample/proc_system.h"
#include "util/files.h"
#include "util/strings.h"

namespace bpftax {
namespace {

std::string cpu_path(const SampleRoots& roots, int cpu) {
  return roots.sys + paths::kCpuDirectory + "/cpu" + std::to_string(cpu);
}

}  // namespace

Result<IdleSource> IdleSource::open(const SampleRoots& roots, const std::vector<int>& cpus,
                                    FdBudget& budget) {
  IdleSource source;
  for (const int cpu : cpus) {
    std::vector<State> states;
    for (int number = 0;; ++number) {
      const std::string state = cpu_path(roots, cpu) + "/cpuidle/state" + std::to_string(number);
      const auto name = read_file(state + "/name");
      if (!name) break;
      if (trim(*name) == "POLL") continue;
      auto time = SourceFile::open(state + "/time", Records::kOne, budget);
      auto usage = SourceFile::open(state + "/usage", Records::kOne, budget);
      if (!time || !usage) break;
      states.push_back({std::move(*time), std::move(*usage)});
    }
    if (!states.empty()) source.cpus_.emplace_back(cpu, std::move(states));
  }
  if (source.cpus_.empty()) {
    return fail(ErrorKind::kEnvironment, "cannot read idle times",
                roots.sys + paths::kCpuDirectory + "/cpu*/cpuidle", "no idle states are exposed");
  }
  return source;
}

std::vector<CpuIdle> IdleSource::read(std::string& buffer) const {
  std::vector<CpuIdle> idle;
  idle.reserve(cpus_.size());
  for (const auto& [cpu, states] : cpus_) {
    CpuIdle sum;
    sum.cpu = cpu;
    bool good = true;
    for (const State& state : states) {
      const auto time = state.time.read_number(buffer);
      const auto usage = time ? state.usage.read_number(buffer) : time;
      good = good && time && usage;
      if (!good) break;
      sum.residency_us += *time;
      sum.entries += *usage;
    }
    if (good) idle.push_back(sum);
  }
  return idle;
}

Result<FrequencySource> FrequencySource::open(const SampleRoots& roots, const std::vector<int>& cpus,
                                              FdBudget& budget) {
  FrequencySource source;
  for (const int cpu : cpus) {
    auto file = SourceFile::open(cpu_path(roots, cpu) + "/cpufreq/scaling_cur_freq", Records::kOne, budget);
    if (!file) break;
    source.files_.push_back(std::move(*file));
  }
  if (!cpus.empty() && source.files_.size() == cpus.size()) return source;

  source.files_.clear();
  const std::string path = roots.proc + paths::kCpuinfo;
  const auto text = read_file(path);
  if (!text || !parse_cpuinfo_frequency(*text).live) {
    return fail(ErrorKind::kEnvironment, "cannot read CPU frequencies", cpu_path(roots, 0) + "/cpufreq",
                "no cpufreq driver, and /proc/cpuinfo shows no live value");
  }
  BPFTAX_ASSIGN(SourceFile cpuinfo, SourceFile::open(path, Records::kMany, budget));
  source.files_.push_back(std::move(cpuinfo));
  source.cpuinfo_ = true;
  return source;
}

const std::vector<int64_t>& FrequencySource::read(int64_t now_ns, std::string& buffer) {
  constexpr int64_t kPeriodNs = 1'000'000'000;
  if (read_at_ns_ != INT64_MIN && now_ns - read_at_ns_ < kPeriodNs) return khz_;
  read_at_ns_ = now_ns;
  khz_.clear();
  if (cpuinfo_) {
    const auto text = files_.front().read(buffer);
    if (text) khz_ = parse_cpuinfo_frequency(*text).khz;
    return khz_;
  }
  for (const SourceFile& file : files_) {
    const auto khz = file.read_number(buffer);
    if (!khz || *khz <= 0) {
      khz_.clear();  // one per CPU or none: a list with holes would put values beside the wrong CPUs
      break;
    }
    khz_.push_back(*khz);
  }
  return khz_;
}

}  // namespace bpftax
