#include "probes/event_buffer.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <limits>

#include "probes/options.h"
#include "probes/per_cpu.h"
#include "util/units.h"

namespace bpftax {
namespace {

constexpr int kEnough = -ECANCELED;  // what our callback stops ring_buffer__consume() with

size_t page_size() {
  return static_cast<size_t>(sysconf(_SC_PAGESIZE));
}

// A power of two of pages, as both kinds demand.
size_t round_up(size_t bytes) {
  return std::bit_ceil(std::max(bytes, page_size()));
}

size_t perf_bytes_per_cpu(const BufferPlan& plan) {
  return round_up(plan.bytes / static_cast<size_t>(std::max(1, libbpf_num_possible_cpus())));
}

}  // namespace

Result<BufferPlan> plan_buffer(const BufferRequest& request) {
  BPFTAX_ASSIGN(const size_t kind, parse_choice("--buffer", request.kind, {"auto", "ring", "perf"}));
  BPFTAX_ASSIGN(const uint64_t kib, parse_number("--buffer-kib", request.kib, 4, 1 << 20));
  BufferPlan plan;
  plan.bytes = round_up(kib * 1024);
  const bool has_ring = kind != 2 && libbpf_probe_bpf_map_type(BPF_MAP_TYPE_RINGBUF, nullptr) == 1;
  plan.kind = kind == 1 || has_ring ? BufferKind::kRing : BufferKind::kPerf;
  return plan;
}

std::string to_string(const BufferPlan& plan) {
  if (plan.kind == BufferKind::kRing) return "ring buffer, " + format_bytes(static_cast<double>(plan.bytes));
  return fmt::format("perf buffers, {} for each of {} CPUs",
                     format_bytes(static_cast<double>(perf_bytes_per_cpu(plan))), libbpf_num_possible_cpus());
}

void configure_buffer(const BufferPlan& plan, bpf_map* ring, bpf_map* perf) {
  const bool use_ring = plan.kind == BufferKind::kRing;
  bpf_map__set_autocreate(ring, use_ring);
  bpf_map__set_autocreate(perf, !use_ring);
  if (use_ring) bpf_map__set_max_entries(ring, static_cast<__u32>(plan.bytes));
}

Result<std::unique_ptr<EventBuffer>> EventBuffer::open(const BufferPlan& plan, const bpf_map* ring,
                                                       const bpf_map* perf, OnEvent on_event) {
  std::unique_ptr<EventBuffer> buffer(new EventBuffer(std::move(on_event)));
  if (plan.kind == BufferKind::kRing) {
    buffer->ring_ = ring_buffer__new(bpf_map__fd(ring), on_ring, buffer.get(), nullptr);
    if (buffer->ring_ == nullptr) return fail_errno(errno, "cannot map the ring buffer", bpf_map__name(ring));
  } else {
    buffer->perf_ = perf_buffer__new(bpf_map__fd(perf), perf_bytes_per_cpu(plan) / page_size(), on_perf,
                                     nullptr, buffer.get(), nullptr);
    if (buffer->perf_ == nullptr)
      return fail_errno(errno, "cannot map the perf buffers", bpf_map__name(perf));
  }
  return buffer;
}

EventBuffer::~EventBuffer() {
  ring_buffer__free(ring_);
  perf_buffer__free(perf_);
}

int EventBuffer::poll_fd() const {
  return ring_ != nullptr ? ring_buffer__epoll_fd(ring_) : perf_buffer__epoll_fd(perf_);
}

int EventBuffer::on_ring(void* self, void* data, size_t size) {
  auto* buffer = static_cast<EventBuffer*>(self);
  buffer->on_event_({static_cast<const char*>(data), size});
  return --buffer->left_ == 0 ? kEnough : 0;
}

// perf_buffer__consume() looks at what was there when it began, so it ends by itself.
void EventBuffer::on_perf(void* self, int /*cpu*/, void* data, __u32 size) {
  static_cast<EventBuffer*>(self)->on_event_({static_cast<const char*>(data), size});
}

Result<void> EventBuffer::consume(size_t limit) {
  left_ = std::max<size_t>(limit, 1);
  const int result = ring_ != nullptr ? ring_buffer__consume(ring_) : perf_buffer__consume(perf_);
  if (result < 0 && result != kEnough)
    return fail_errno(-result, "cannot read events", ring_ != nullptr ? "ring buffer" : "perf buffers");
  return {};
}

Result<void> EventBuffer::drain() {
  return consume(std::numeric_limits<size_t>::max());
}

Result<EventCounters> read_event_counters(const bpf_map* map) {
  BPFTAX_ASSIGN(const auto values, read_per_cpu<EventCounters>(map, 0));
  EventCounters sum{};
  for (const EventCounters& value : values) {
    sum.examined += value.examined;
    sum.submitted += value.submitted;
    sum.lost += value.lost;
  }
  return sum;
}

}  // namespace bpftax
