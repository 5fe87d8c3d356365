// One series of samples: takes them on a timer, keeps them in memory (bounded) until they are asked for.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "agent/event_loop.h"
#include "agent/supervisor.h"
#include "sample/sampler.h"
#include "sample/types.h"
#include "util/fd.h"
#include "util/result.h"

namespace bpftax {

class SamplingSession {
 public:
  // Takes the first sample at once. Loop and supervisor are borrowed and must outlive it.
  static Result<std::unique_ptr<SamplingSession>> start(EventLoop& loop, Supervisor& supervisor,
                                                        const SamplingSpec& spec);
  ~SamplingSession();
  SamplingSession(const SamplingSession&) = delete;
  SamplingSession& operator=(const SamplingSession&) = delete;

  // Takes the last sample and hands the series out. When memory ran out on the way, unavailable["samples"]
  // says from when on there are none.
  SampleSeries finish();

 private:
  SamplingSession(EventLoop& loop, int interval_ms, std::vector<Fd> outputs, HostSampler sampler)
      : loop_(loop), interval_ms_(interval_ms), outputs_(std::move(outputs)), sampler_(std::move(sampler)) {}
  void take(bool last = false);
  void schedule();

  EventLoop& loop_;
  int interval_ms_;
  std::vector<Fd> outputs_;  // copies of the supervisor's, which may close its own while we sample
  HostSampler sampler_;
  SampleSeries series_;
  int64_t next_ns_ = 0;
  TimerId timer_ = 0;
  size_t sample_bytes_ = 0;  // of the first one, as JSON
};

}  // namespace bpftax
