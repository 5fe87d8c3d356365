#include "probes/event_probe.h"

#include <fmt/format.h>

#include "probes/tables.h"

namespace bpftax {

void EventProbe::add_options(OptionSet& set) {
  set.add("--buffer", request_.kind, "KIND",
          "how events come to user space: ring, perf, or auto (ring where it exists)");
  set.add("--buffer-kib", request_.kib, "N", "size of the buffer, rounded up to a power of two");
}

Result<void> EventProbe::check_options() {
  BPFTAX_ASSIGN(plan_, plan_buffer(request_));
  return {};
}

Result<void> EventProbe::open_buffer(const bpf_map* ring, const bpf_map* perf, const bpf_map* counters) {
  counters_ = counters;
  BPFTAX_ASSIGN(buffer_, EventBuffer::open(plan_, ring, perf,
                                           [this](std::string_view bytes) { on_event(bytes, *output_); }));
  return {};
}

Result<void> EventProbe::consume(Output& output, size_t limit) {
  output_ = &output;
  return buffer_->consume(limit);
}

Result<void> EventProbe::report(Output& output, double seconds) {
  BPFTAX_ASSIGN(const EventCounters now, counters());
  if (now.lost > lost_told_)
    output.line(fmt::format("lost {} events in the last {:.1f} s", now.lost - lost_told_, seconds));
  lost_told_ = now.lost;
  return {};
}

Result<void> EventProbe::finish(Output& output, double seconds) {
  detach();
  output_ = &output;
  BPFTAX_TRY(buffer_->drain());
  BPFTAX_ASSIGN(const EventCounters total, counters());
  output.at_now();
  output.line(fmt::format("summary of {:.1f} s", seconds));
  output.lines(format_events(noun(), total.submitted, total.lost));
  output.lines(format_missed(recursion_misses()));
  return {};
}

}  // namespace bpftax
