// drop-details: prints each drop that drop_details.bpf.c reports.
#include "probes/drop_details.h"

#include <fmt/format.h>

#include <cstring>

#include "drop_details.skel.h"
#include "probes/drop_reasons.h"
#include "probes/event_probe.h"
#include "probes/lazy_symbols.h"
#include "probes/makers.h"

namespace bpftax {
namespace {

constexpr const char* kDropRow = "{:<26} {:<6} {:>6} {:<15} {:>3}  {:<44} {}";

class DropDetailsProbe : public EventProbe {
 public:
  void add_options(OptionSet& set) override {
    set.add_flag("--stack", with_stack_, "with the kernel stack of each drop");
    EventProbe::add_options(set);
  }

  Result<std::string> start(const ProbeOptions& options, Output& output) override {
    BPFTAX_ASSIGN(
        probe_,
        load_and_attach<drop_details_bpf>({options.attach, {"drop"}, {}}, [&](drop_details_bpf& skeleton) {
          skeleton.rodata->filter = options.filter;
          skeleton.rodata->with_stack = with_stack_;
          skeleton.rodata->use_perf_buffer = plan().kind == BufferKind::kPerf;
          configure_buffer(plan(), skeleton.maps.ring_events, skeleton.maps.perf_events);
        }));
    const auto& maps = probe_.skeleton->maps;
    BPFTAX_TRY(open_buffer(maps.ring_events, maps.perf_events, maps.event_counters));
    output.heading(fmt::format(kDropRow, "reason", "proto", "bytes", "interface", "cpu", "flow", "location"));
    return fmt::format("{}; {}", probe_.attachment.description(), to_string(plan()));
  }

 protected:
  void on_event(std::string_view bytes, Output& output) override {
    DropEvent event{};
    memcpy(&event, bytes.data(), std::min(bytes.size(), sizeof event));
    output.at(event.time_ns);
    output.line(fmt::format(kDropRow, reason_name(event.reason), format_protocol(event.flow), event.bytes,
                            format_name(event.interface, sizeof event.interface), event.cpu,
                            format_flow(event.flow), symbols_.describe(event.location)));
    if (with_stack_) output.lines(symbols_.stack(event.stack, event.stack_bytes));
  }
  void detach() override { probe_.attachment.detach(); }
  std::string noun() const override { return "drops"; }
  uint64_t recursion_misses() const override { return probe_.attachment.recursion_misses(); }

 private:
  // The kernel's types are read when the first drop is there: that takes longer than starting. That they can
  // be read is known, as the programs were loaded with them.
  std::string reason_name(uint32_t reason) {
    if (!reasons_) {
      auto reasons = DropReasons::from_kernel();
      reasons_ = reasons ? std::move(*reasons) : DropReasons();
    }
    return reasons_->name(reason);
  }

  bool with_stack_ = false;
  std::optional<DropReasons> reasons_;
  LazySymbols symbols_;
  LoadedProbe<drop_details_bpf> probe_;
};

}  // namespace

std::unique_ptr<Probe> make_drop_details() {
  return std::make_unique<DropDetailsProbe>();
}

}  // namespace bpftax
