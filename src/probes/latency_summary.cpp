// latency-summary: prints the histogram of latency_summary.bpf.c.
#include "probes/latency_summary.h"

#include "probes/flow.h"  // types of the skeleton

#include <fmt/format.h>

#include "latency_summary.skel.h"
#include "probes/histogram.h"
#include "probes/latency_paths.h"
#include "probes/makers.h"
#include "probes/per_cpu.h"
#include "probes/tables.h"

namespace bpftax {
namespace {

class LatencySummaryProbe : public Probe {
 public:
  void add_options(OptionSet& set) override { add_path_option(set, path_); }

  Result<void> check_options() override {
    auto stems = path_stems(path_);
    if (!stems) return propagate(stems);
    return {};
  }

  Result<std::string> start(const ProbeOptions& options, Output& /*output*/) override {
    filter_ = options.filter;
    BPFTAX_ASSIGN(auto stems, path_stems(path_, filter_));
    BPFTAX_ASSIGN(probe_, load_and_attach<latency_summary_bpf>({options.attach, std::move(stems), {}},
                                                               [&](latency_summary_bpf& skeleton) {
                                                                 skeleton.rodata->filter = options.filter;
                                                               }));
    return probe_.attachment.description();
  }

  Result<void> report(Output& output, double seconds) override {
    BPFTAX_ASSIGN(const LatencyHistogram now, read());
    output.line(fmt::format("last {:.1f} s, path {}", seconds, path_));
    output.lines(format_histogram(now - last_));
    last_ = now;
    return {};
  }

  Result<void> finish(Output& output, double seconds) override {
    probe_.attachment.detach();
    BPFTAX_ASSIGN(const LatencyHistogram total, read());
    output.line(fmt::format("summary of {:.1f} s, path {}", seconds, path_));
    output.lines(format_histogram(total));
    output.lines(format_unseen(path_, filter_, count_of(total)));
    output.lines(format_missed(probe_.attachment.recursion_misses()));
    return {};
  }

 private:
  Result<LatencyHistogram> read() const {
    BPFTAX_ASSIGN(const auto values, read_per_cpu<LatencyHistogram>(probe_.skeleton->maps.histograms, 0));
    LatencyHistogram sum{};
    for (const LatencyHistogram& value : values) sum = sum + value;
    return sum;
  }

  std::string path_ = "receive";
  ProbeFilter filter_{};
  LoadedProbe<latency_summary_bpf> probe_;
  LatencyHistogram last_{};
};

}  // namespace

std::unique_ptr<Probe> make_latency_summary() {
  return std::make_unique<LatencySummaryProbe>();
}

}  // namespace bpftax
