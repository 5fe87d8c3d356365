// A load on a machine: started, brought to what was asked for, held, measured, ended. Everything runs below
// the Host's agent, which ends it too when we die, and removes the folder.
//
// Not thread-safe. Calls block; an interrupt makes start() return kInterrupted with nothing left running.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "bench/conditions/cpu_control.h"
#include "bench/conditions/load_spec.h"
#include "bench/conditions/stress.h"
#include "host/host.h"
#include "sample/paths.h"
#include "util/json.h"

namespace bpftax::bench {

// Where a load runs.
struct LoadPlace {
  std::vector<int> cpus;      // one worker of cpu:N on each
  std::string folder_parent;  // for temporary files: an absolute path that the agent may write below
  SampleRoots roots;          // for the limits of control groups
  std::function<Result<int>()> free_port;  // for net
};

class Load {
 public:
  Load(LoadSpec spec, LoadPlace place);

  // Starts it and returns when samples say that it is there: CPU and memory within 5 points of what was asked
  // for, 1 MiB/s of traffic for io and net. kEnvironment: it cannot be reached here, and why.
  Result<void> start(Host& host);
  // Samples every half second from now on; needs start().
  Result<void> begin_sampling();
  // Ends sampling and load. What was reached since begin_sampling(), as in reached_json(); the same before
  // it, with "_before" behind each name; and "stress", what stress-ng was asked for. kWorkload: the load
  // ended by itself or was not what was asked for, so what was measured meanwhile was not measured under it.
  // Nothing is left running in any case.
  Result<Json> stop();

 private:
  Result<void> bring_up();
  Result<void> prepare_folder();
  Result<void> load_memory();
  Result<void> load_traffic();
  Result<void> load_cpu();
  Result<void> check_held();
  // CPU and traffic are not below what was asked for; more of them is the tasks' own. Memory is neither below
  // nor above it: whoever takes it, tasks under mem:75 have no less and no more.
  Result<void> check_kept_up(const SampleSeries& series) const;
  Result<void> run(const std::vector<ProcessSpec>& specs, std::vector<ProcessHandle>& handles);
  Result<void> end(std::vector<ProcessHandle>& handles);
  // Samples for that long, while watching that the load lives.
  Result<SampleSeries> measure(int64_t for_ms);
  Result<void> wait_ms(int64_t for_ms);
  Result<void> clean_up();
  std::vector<ProcessHandle> everything() const;
  SamplingSpec sampling(int interval_ms) const;

  LoadSpec spec_;
  LoadPlace place_;
  std::optional<CpuControl> cpu_;
  bool settled_before_ = false;  // an earlier visit has found cpu_'s setting

  Host* host_ = nullptr;  // while it runs
  StressProgram program_;
  std::vector<ProcessHandle> cpu_load_, other_load_;
  bool folder_owned_ = false, sampling_ = false;
  int64_t memory_bytes_ = 0;
  Json before_;
};

}  // namespace bpftax::bench
