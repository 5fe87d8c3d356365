// How much memory the kernel needs to verify and load a program, at its peak.
//
// The verifier's log does not say. The memory controller of cgroup v2 knows: memory.peak, which Linux 6.12
// resets for one reader alone, of what is charged to our cgroup, which since Linux 6.17 is the verifier's
// memory too. No cgroup is made for it (nothing may be left behind), so other processes of the same cgroup
// are counted as well: run it in one of its own (systemd-run --scope). Steps of up to 256 KiB a CPU: the
// kernel charges in advance.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "util/fd.h"
#include "util/result.h"

namespace bpftax::bench {

class PeakMemory {
 public:
  // kEnvironment with the reason: no cgroup v2 memory controller, no memory.peak, one that cannot be reset.
  // The roots are for tests.
  static Result<PeakMemory> open(const std::string& proc_root = "/proc", const std::string& cgroup_root = "");
  // Bytes charged above what was before, at the peak of `work`.
  Result<uint64_t> during(const std::function<Result<void>()>& work);

 private:
  PeakMemory(Fd peak, std::string current) : peak_(std::move(peak)), current_path_(std::move(current)) {}
  Fd peak_;
  std::string current_path_;
};

}  // namespace bpftax::bench
