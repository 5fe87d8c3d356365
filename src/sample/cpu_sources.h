// What each CPU says about itself in sysfs: time spent idle, and frequency.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "sample/paths.h"
#include "sample/source_file.h"
#include "sample/types.h"

namespace bpftax {

// Residency in the idle states of each CPU. The state POLL is left out: the CPU spins in it and does not
// sleep.
class IdleSource {
 public:
  // Fails where no CPU has an idle state that counts its time.
  static Result<IdleSource> open(const SampleRoots& roots, const std::vector<int>& cpus, FdBudget& budget);
  // CPUs that have gone offline meanwhile are left out.
  std::vector<CpuIdle> read(std::string& buffer) const;

 private:
  struct State {
    SourceFile time, usage;
  };
  std::vector<std::pair<int, std::vector<State>>> cpus_;
};

// Current frequency of each CPU: cpufreq's scaling_cur_freq. Without cpufreq, /proc/cpuinfo's "cpu MHz", but
// only where it is a live value (see CpuinfoFrequency). Reading either may interrupt idle CPUs (x86 before
// Linux 5.18 asks each CPU by IPI), so it is read at most once a second; in between the last values are
// returned.
class FrequencySource {
 public:
  static Result<FrequencySource> open(const SampleRoots& roots, const std::vector<int>& cpus,
                                      FdBudget& budget);
  const std::vector<int64_t>& read(int64_t now_ns, std::string& buffer);

 private:
  std::vector<SourceFile> files_;  // one per CPU, or /proc/cpuinfo alone
  bool cpuinfo_ = false;
  int64_t read_at_ns_ = INT64_MIN;
  std::vector<int64_t> khz_;
};

}  // namespace bpftax
