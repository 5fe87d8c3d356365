// latency-details: prints the slow packets that latency_details.bpf.c reports.
#include "probes/latency_details.h"

#include <fmt/format.h>

#include <cmath>
#include <cstring>

#include "latency_details.skel.h"
#include "probes/event_probe.h"
#include "probes/latency_paths.h"
#include "probes/makers.h"
#include "util/strings.h"

namespace bpftax {
namespace {

constexpr const char* kLatencyRow = "{:>12} {:<6} {:>6} {:>3} {:>7} {:<15} {}";

class LatencyDetailsProbe : public EventProbe {
 public:
  void add_options(OptionSet& set) override {
    set.add("--threshold", threshold_, "US", "only packets that took at least this many microseconds");
    add_path_option(set, path_);
    EventProbe::add_options(set);
  }

  Result<void> check_options() override {
    auto stems = path_stems(path_);
    if (!stems) return propagate(stems);
    const auto us = to_double(threshold_);
    if (!us || *us < 0 || *us > 1e9)
      return fail(ErrorKind::kUsage, "unusable threshold",
                  "--threshold " + shell_quote(printable(threshold_)), {},
                  "microseconds from 0 to 1000000000");
    threshold_ns_ = static_cast<uint64_t>(std::llround(*us * 1e3));
    return EventProbe::check_options();
  }

  Result<std::string> start(const ProbeOptions& options, Output& output) override {
    filter_ = options.filter;
    BPFTAX_ASSIGN(auto stems, path_stems(path_, filter_));
    BPFTAX_ASSIGN(probe_, load_and_attach<latency_details_bpf>(
                              {options.attach, std::move(stems), {}}, [&](latency_details_bpf& skeleton) {
                                skeleton.rodata->filter = options.filter;
                                skeleton.rodata->threshold_ns = threshold_ns_;
                                skeleton.rodata->use_perf_buffer = plan().kind == BufferKind::kPerf;
                                configure_buffer(plan(), skeleton.maps.ring_events,
                                                 skeleton.maps.perf_events);
                              }));
    const auto& maps = probe_.skeleton->maps;
    BPFTAX_TRY(open_buffer(maps.ring_events, maps.perf_events, maps.event_counters));
    output.heading(fmt::format(kLatencyRow, "latency", "proto", "bytes", "cpu", "pid", "command", "flow"));
    return fmt::format("{}; {}", probe_.attachment.description(), to_string(plan()));
  }

  Result<void> finish(Output& output, double seconds) override {
    BPFTAX_TRY(EventProbe::finish(output, seconds));
    BPFTAX_ASSIGN(const EventCounters total, counters());
    output.line(fmt::format("{} packets measured on the path {}, {} took {} or longer", total.examined, path_,
                            total.submitted + total.lost, format_ns(static_cast<double>(threshold_ns_))));
    output.lines(format_unseen(path_, filter_, total.examined));
    return {};
  }

 protected:
  void on_event(std::string_view bytes, Output& output) override {
    LatencyEvent event{};
    memcpy(&event, bytes.data(), std::min(bytes.size(), sizeof event));
    output.at(event.end_ns);
    output.line(
        fmt::format(kLatencyRow, fmt::format("{:.3f} us", static_cast<double>(event.latency_ns) / 1e3),
                    format_protocol(event.flow), event.bytes, event.cpu, event.pid,
                    printable(std::string_view(event.command, strnlen(event.command, sizeof event.command))),
                    format_flow(event.flow)));
  }
  void detach() override { probe_.attachment.detach(); }
  std::string noun() const override { return "slow packets"; }
  uint64_t recursion_misses() const override { return probe_.attachment.recursion_misses(); }

 private:
  std::string threshold_ = "100";
  std::string path_ = "receive";
  ProbeFilter filter_{};
  uint64_t threshold_ns_ = 0;
  LoadedProbe<latency_details_bpf> probe_;
};

}  // namespace

std::unique_ptr<Probe> make_latency_details() {
  return std::make_unique<LatencyDetailsProbe>();
}

}  // namespace bpftax
