// packet-trace: prints each packet that packet_trace.bpf.c reports.
#include "probes/packet_trace.h"

#include <fmt/format.h>

#include <cstring>

#include "packet_trace.skel.h"
#include "probes/event_probe.h"
#include "probes/lazy_symbols.h"
#include "probes/makers.h"
#include "probes/tables.h"

namespace bpftax {
namespace {

constexpr const char* kTraceRow = "{:<8} {:<6} {:>6} {:<15} {:>3}  {}";

class PacketTraceProbe : public EventProbe {
 public:
  void add_options(OptionSet& set) override {
    add_direction_option(set, direction_);
    set.add_flag("--stack", with_stack_, "with the kernel stack of each packet");
    EventProbe::add_options(set);
  }

  Result<void> check_options() override {
    auto stems = direction_stems(direction_);
    if (!stems) return propagate(stems);
    return EventProbe::check_options();
  }

  Result<std::string> start(const ProbeOptions& options, Output& output) override {
    BPFTAX_ASSIGN(auto stems, direction_stems(direction_));
    BPFTAX_ASSIGN(probe_, load_and_attach<packet_trace_bpf>(
                              {options.attach, std::move(stems), {}}, [&](packet_trace_bpf& skeleton) {
                                skeleton.rodata->filter = options.filter;
                                skeleton.rodata->with_stack = with_stack_;
                                skeleton.rodata->use_perf_buffer = plan().kind == BufferKind::kPerf;
                                configure_buffer(plan(), skeleton.maps.ring_events,
                                                 skeleton.maps.perf_events);
                              }));
    const auto& maps = probe_.skeleton->maps;
    BPFTAX_TRY(open_buffer(maps.ring_events, maps.perf_events, maps.event_counters));
    output.heading(fmt::format(kTraceRow, "dir", "proto", "bytes", "interface", "cpu", "flow"));
    return fmt::format("{}; {}", probe_.attachment.description(), to_string(plan()));
  }

 protected:
  void on_event(std::string_view bytes, Output& output) override {
    PacketEvent event{};
    memcpy(&event, bytes.data(), std::min(bytes.size(), sizeof event));
    output.at(event.time_ns);
    output.line(fmt::format(kTraceRow, direction_name(static_cast<int>(event.direction)),
                            format_protocol(event.flow), event.bytes,
                            format_name(event.interface, sizeof event.interface), event.cpu,
                            format_flow(event.flow)));
    if (with_stack_) output.lines(symbols_.stack(event.stack, event.stack_bytes));
  }
  void detach() override { probe_.attachment.detach(); }
  std::string noun() const override { return "packets"; }
  uint64_t recursion_misses() const override { return probe_.attachment.recursion_misses(); }

 private:
  std::string direction_ = "both";
  bool with_stack_ = false;
  LazySymbols symbols_;
  LoadedProbe<packet_trace_bpf> probe_;
};

}  // namespace

std::unique_ptr<Probe> make_packet_trace() {
  return std::make_unique<PacketTraceProbe>();
}

}  // namespace bpftax
