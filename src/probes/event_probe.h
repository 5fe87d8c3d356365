// What the details probes share: the buffer, its options, and telling of lost events.
#pragma once

#include <memory>
#include <string>

#include "probes/event_buffer.h"
#include "probes/probe.h"

namespace bpftax {

// A probe derives from this, calls plan() in check_options(), configure_buffer(plan_, ...) while loading and
// open_buffer() after it, and implements on_event().
class EventProbe : public Probe {
 public:
  void add_options(OptionSet& set) override;
  Result<void> check_options() override;
  int poll_fd() const override { return buffer_ ? buffer_->poll_fd() : -1; }
  Result<void> consume(Output& output, size_t limit) override;
  // Says so when events were lost since the last report; else nothing.
  Result<void> report(Output& output, double seconds) override;
  Result<void> finish(Output& output, double seconds) override;

 protected:
  Result<void> open_buffer(const bpf_map* ring, const bpf_map* perf, const bpf_map* counters);
  // Prints one event. `bytes` holds at least what the BPF program submits.
  virtual void on_event(std::string_view bytes, Output& output) = 0;
  virtual void detach() = 0;
  // What is counted, plural: "packets".
  virtual std::string noun() const = 0;
  virtual uint64_t recursion_misses() const = 0;
  const BufferPlan& plan() const { return plan_; }
  // Only after open_buffer().
  Result<EventCounters> counters() const { return read_event_counters(counters_); }

 private:
  BufferRequest request_;
  BufferPlan plan_;
  Output* output_ = nullptr;  // while events are consumed
  const bpf_map* counters_ = nullptr;
  uint64_t lost_told_ = 0;
  std::unique_ptr<EventBuffer> buffer_;
};

}  // namespace bpftax
