// What it takes one controller to have many agents: AGENTS local processes stand in for hosts, all sample at
// 1 Hz, and their series are fetched every ten seconds, as at the end of a window.
//   agents_bench [AGENTS [ROUNDS]]
// Prints the controller's CPU share and memory; promise: <= 1 CPU and <= 300 MB with 100 agents. What the
// agents themselves take is printed beside it: on real hosts it is spread over them.
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <thread>
#include <vector>

#include "host/local_host.h"
#include "util/clock.h"
#include "util/files.h"

namespace {

using bpftax::AgentHost;

constexpr int kWindowS = 10;

double cpu_s() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double peak_mb() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

bpftax::Result<void> run(int count, int rounds, const std::string& folder) {
  std::vector<std::unique_ptr<AgentHost>> agents;
  for (int i = 0; i < count; ++i) {
    bpftax::LocalHostOptions options;
    options.run_id = fmt::format("agents-bench-{}-{}", ::getpid(), i);
    options.roots = {fmt::format("{}/{}", folder, i)};
    options.state_dir = folder + "/state";
    BPFTAX_ASSIGN(std::unique_ptr<AgentHost> agent, bpftax::start_local_agent(options));
    agents.push_back(std::move(agent));
  }
  const double before_cpu_s = cpu_s();
  const int64_t began_ns = bpftax::RealClock().monotonic_ns();
  size_t samples = 0;
  int64_t sampler_cpu_us = 0;
  for (int round = 0; round < rounds; ++round) {
    for (auto& agent : agents) {
      bpftax::SamplingSpec spec;
      spec.interval_ms = 1000;
      BPFTAX_TRY(agent->start_sampling(spec));
    }
    std::this_thread::sleep_for(std::chrono::seconds(kWindowS));
    for (auto& agent : agents) {
      BPFTAX_ASSIGN(const bpftax::SampleSeries series, agent->stop_sampling());
      samples += series.samples.size();
      sampler_cpu_us += series.sampler_cpu_us;
    }
  }
  const double wall_s = static_cast<double>(bpftax::RealClock().monotonic_ns() - began_ns) * 1e-9;
  fmt::print("  {} agents, {:.0f} s, {} samples\n", count, wall_s, samples);
  fmt::print("  controller: {:.3f} of one CPU, {:.0f} MB at most\n", (cpu_s() - before_cpu_s) / wall_s,
             peak_mb());
  fmt::print("  taking the samples, all agents: {:.3f} of one CPU\n",
             static_cast<double>(sampler_cpu_us) * 1e-6 / wall_s);
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  const int count = argc > 1 ? std::atoi(argv[1]) : 100;
  const int rounds = argc > 2 ? std::atoi(argv[2]) : 3;
  std::string folder = "/tmp/bpftax-agents-bench.XXXXXX";
  if (count < 1 || rounds < 1 || ::mkdtemp(folder.data()) == nullptr) return 2;
  const auto done = run(count, rounds, folder);
  const auto removed = bpftax::remove_tree(folder);
  if (!done) fmt::print(stderr, "agents_bench: {}\n", to_string(done.error()));
  return done && removed ? 0 : 3;
}
