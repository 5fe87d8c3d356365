#include "agent/sampling.h"

#include <ctime>

#include "agent/process_identity.h"
#include "agent/protocol.h"
#include "sample/types_json.h"

namespace bpftax {
namespace {

constexpr int kMinIntervalMs = 100;
constexpr int kMaxIntervalMs = 1000;
constexpr size_t kMaxSamples = 100'000;
constexpr size_t kMaxSeriesBytes = kMaxLineBytes / 2;  // it has to fit one message, and samples grow

int64_t thread_cpu_us() {
  timespec used{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return used.tv_sec * int64_t{1'000'000} + used.tv_nsec / 1000;
}

}  // namespace

Result<std::unique_ptr<SamplingSession>> SamplingSession::start(EventLoop& loop, Supervisor& supervisor,
                                                                const SamplingSpec& spec) {
  if (spec.interval_ms < kMinIntervalMs || spec.interval_ms > kMaxIntervalMs) {
    return fail(ErrorKind::kUsage, "cannot sample", std::to_string(spec.interval_ms) + " ms",
                "the interval must be 100 to 1000 ms");
  }
  std::vector<Fd> outputs;
  std::vector<TrackedTree> trees;
  for (const int64_t handle : spec.handles) {
    if (!supervisor.knows(handle))
      return fail(ErrorKind::kInternal, "cannot sample: no such process", std::to_string(handle));
    TrackedTree tree;
    tree.handle = handle;
    tree.root_pid = supervisor.main_pid(handle);
    tree.members = [&supervisor, handle] { return supervisor.members(handle, 0); };
    for (Fd& fd : supervisor.output_descriptors(handle)) {
      tree.output_fds.push_back(fd.get());
      outputs.push_back(std::move(fd));
    }
    tree.removed_output_bytes = [&supervisor, handle] { return supervisor.removed_output_bytes(handle); };
    trees.push_back(std::move(tree));
  }
  BPFTAX_ASSIGN(HostSampler sampler, HostSampler::open(spec, std::move(trees)));
  std::unique_ptr<SamplingSession> session(
      new SamplingSession(loop, spec.interval_ms, std::move(outputs), std::move(sampler)));
  session->next_ns_ = monotonic_now_ns();
  session->take();
  session->schedule();
  return session;
}

SamplingSession::~SamplingSession() {
  loop_.cancel(timer_);
}

void SamplingSession::schedule() {
  // On a fixed grid; points that were missed because the loop was busy are left out, not caught up with.
  const int64_t step_ns = interval_ms_ * int64_t{1'000'000};
  next_ns_ += step_ns * std::max<int64_t>(1, (monotonic_now_ns() - next_ns_) / step_ns + 1);
  timer_ = loop_.at(next_ns_, [this] {
    take();
    schedule();
  });
}

void SamplingSession::take(bool last) {
  if (series_.samples.size() >= kMaxSamples || series_.samples.size() * sample_bytes_ >= kMaxSeriesBytes) {
    series_.unavailable.try_emplace(
        "samples",
        "none from CLOCK_MONOTONIC " + std::to_string(monotonic_now_ns()) + " ns on: the series is full");
    return;
  }
  const int64_t before_us = thread_cpu_us();
  series_.samples.push_back(sampler_.take(last));
  series_.sampler_cpu_us += thread_cpu_us() - before_us;
  if (sample_bytes_ == 0) sample_bytes_ = dump_line(to_json(series_.samples.front())).size();
}

SampleSeries SamplingSession::finish() {
  loop_.cancel(timer_);
  take(true);
  for (const auto& [source, reason] : sampler_.unavailable()) series_.unavailable.try_emplace(source, reason);
  return std::move(series_);
}

}  // namespace bpftax
