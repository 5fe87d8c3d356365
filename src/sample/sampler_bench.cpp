// What taking a sample costs: CPU time per take(), and what that is at 10 Hz. Target: 0.3 % of one CPU, that
// is 300 us per sample.
#include <benchmark/benchmark.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ctime>
#include <vector>

#include "sample/bpf_inventory.h"
#include "sample/sampler.h"

namespace {

int64_t thread_cpu_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

// Processes to follow: `trees` roots with `children` each. As in real trees one works (the tool itself, the
// traffic's server, its client) and wakes up between samples, while those around it (sudo, a shell, helpers)
// sleep.
class Sleepers {
 public:
  Sleepers(int trees, int children) {
    for (int i = 0; i < trees; ++i) {
      const pid_t root = ::fork();
      if (root == 0) {
        ::setpgid(0, 0);
        for (int k = 0; k < children; ++k) {
          if (::fork() == 0) break;
        }
        if (::getpgrp() == ::getpid()) {
          while (true) ::usleep(30'000);
        }
        while (true) ::pause();
      }
      ::setpgid(root, root);
      roots_.push_back(root);
    }
    ::usleep(50'000);
  }
  ~Sleepers() {
    for (const pid_t root : roots_) {
      ::kill(-root, SIGKILL);
      ::waitpid(root, nullptr, 0);
    }
  }
  const std::vector<pid_t>& roots() const { return roots_; }

 private:
  std::vector<pid_t> roots_;
};

// Everything on: own namespace, hardware counters where there are any, three trees of four processes (tool,
// server, client), taken at 10 Hz. Slept between samples as in real life: caches are cold, and trees are
// walked.
void take_everything(benchmark::State& state) {
  const Sleepers sleepers(3, 3);
  bpftax::SamplingSpec spec;
  spec.netns = {""};
  std::vector<bpftax::TrackedTree> trees;
  for (const pid_t root : sleepers.roots()) {
    bpftax::TrackedTree tree;
    tree.handle = root;
    tree.root_pid = root;
    trees.push_back(tree);
  }
  auto sampler = bpftax::HostSampler::open(spec, trees);
  if (!sampler) {
    state.SkipWithError(to_string(sampler.error()).c_str());
    return;
  }
  int64_t used_ns = 0, samples = 0;
  for (auto _ : state) {
    ::usleep(100'000);
    const int64_t before = thread_cpu_ns();
    benchmark::DoNotOptimize(sampler->take());
    const int64_t took = thread_cpu_ns() - before;
    state.SetIterationTime(static_cast<double>(took) * 1e-9);
    used_ns += took;
    ++samples;
  }
  const double us = static_cast<double>(used_ns) / 1000 / static_cast<double>(samples);
  state.counters["us_per_take"] = us;
  state.counters["percent_of_cpu_at_10Hz"] = us * 10 / 1e6 * 100;
}
BENCHMARK(take_everything)->UseManualTime()->Iterations(50)->Repetitions(3)->Unit(benchmark::kMicrosecond);

// The same without pauses: the cost of the code alone.
void take_hot(benchmark::State& state) {
  bpftax::SamplingSpec spec;
  spec.netns = {""};
  auto sampler = bpftax::HostSampler::open(spec, {});
  if (!sampler) {
    state.SkipWithError(to_string(sampler.error()).c_str());
    return;
  }
  for (auto _ : state) benchmark::DoNotOptimize(sampler->take());
}
BENCHMARK(take_hot)->Unit(benchmark::kMicrosecond);

// One look for readiness at a process without BPF, as the agent does it every 50 ms.
void inventory_of_one_process(benchmark::State& state) {
  bpftax::BpfInspector inspector;
  for (auto _ : state) benchmark::DoNotOptimize(inspector.of_processes({::getpid()}));
}
BENCHMARK(inventory_of_one_process)->Unit(benchmark::kMicrosecond);

}  // namespace
