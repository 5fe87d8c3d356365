// The reading end of events.bpf.h: ring buffer or perf buffers, whichever the object was loaded with.
#pragma once

#include <bpf/libbpf.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "probes/event_counters.h"
#include "util/result.h"

namespace bpftax {

enum class BufferKind { kRing, kPerf };

struct BufferRequest {
  std::string kind = "auto";  // as typed: auto, ring, perf
  std::string kib = "1024";   // as typed: for all CPUs together
};

struct BufferPlan {
  BufferKind kind = BufferKind::kRing;
  size_t bytes = 1 << 20;
};

// auto: the ring buffer where the kernel has it (Linux 5.8). kUsage on unknown words and impossible sizes.
Result<BufferPlan> plan_buffer(const BufferRequest& request);
// "ring buffer, 1 MiB" or "perf buffers, 512 KiB for each of 2 CPUs"
std::string to_string(const BufferPlan& plan);

// Before loading: creates only the map that is used, with its size.
void configure_buffer(const BufferPlan& plan, bpf_map* ring, bpf_map* perf);

class EventBuffer {
 public:
  using OnEvent = std::function<void(std::string_view event)>;  // the bytes are valid during the call

  static Result<std::unique_ptr<EventBuffer>> open(const BufferPlan& plan, const bpf_map* ring,
                                                   const bpf_map* perf, OnEvent on_event);
  ~EventBuffer();
  EventBuffer(const EventBuffer&) = delete;
  EventBuffer& operator=(const EventBuffer&) = delete;

  int poll_fd() const;  // readable when events wait
  // Handles what is there, but returns after about `limit` events, so that under a flood signals are heard.
  Result<void> consume(size_t limit);
  // Handles all that is there. Call when nothing is attached any more: it ends when the buffer is empty.
  Result<void> drain();

 private:
  explicit EventBuffer(OnEvent on_event) : on_event_(std::move(on_event)) {}
  static int on_ring(void* self, void* data, size_t size);
  static void on_perf(void* self, int cpu, void* data, __u32 size);
  OnEvent on_event_;
  ring_buffer* ring_ = nullptr;
  perf_buffer* perf_ = nullptr;
  size_t left_ = 0;  // events until consume() returns
};

// Sum over CPUs.
Result<EventCounters> read_event_counters(const bpf_map* map);

}  // namespace bpftax
