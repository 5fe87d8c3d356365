// packet-count: prints what packet_count.bpf.c counts.
#include "probes/packet_count.h"

#include <fmt/format.h>

#include "packet_count.skel.h"
#include "probes/makers.h"
#include "probes/per_cpu.h"
#include "probes/tables.h"

namespace bpftax {
namespace {

constexpr int kLinesPerHeading = 24;

class PacketCountProbe : public Probe {
 public:
  void add_options(OptionSet& set) override { add_direction_option(set, direction_); }

  Result<void> check_options() override {
    auto stems = direction_stems(direction_);
    if (!stems) return propagate(stems);
    return {};
  }

  Result<std::string> start(const ProbeOptions& options, Output& output) override {
    BPFTAX_ASSIGN(auto stems, direction_stems(direction_));
    BPFTAX_ASSIGN(probe_, load_and_attach<packet_count_bpf>(
                              {options.attach, std::move(stems), {}},
                              [&](packet_count_bpf& skeleton) { skeleton.rodata->filter = options.filter; }));
    print_heading(output);
    return probe_.attachment.description();
  }

  Result<void> report(Output& output, double seconds) override {
    BPFTAX_ASSIGN(const PacketCounts now, read());
    if (lines_++ % kLinesPerHeading == 0 && lines_ > 1) print_heading(output);
    output.line(format_count_line(now - last_, seconds));
    last_ = now;
    return {};
  }

  Result<void> finish(Output& output, double seconds) override {
    probe_.attachment.detach();
    BPFTAX_ASSIGN(const PacketCounts total, read());
    output.lines(format_count_summary(total, seconds));
    output.lines(format_missed(probe_.attachment.recursion_misses()));
    return {};
  }

 private:
  static void print_heading(Output& output) {
    for (const std::string& line : count_heading()) output.heading(line);
  }

  Result<PacketCounts> read() const {
    BPFTAX_ASSIGN(const auto values, read_per_cpu<PacketCounts>(probe_.skeleton->maps.packet_counts, 0));
    PacketCounts sum{};
    for (const PacketCounts& value : values) sum = sum + value;
    return sum;
  }

  std::string direction_ = "both";
  LoadedProbe<packet_count_bpf> probe_;
  PacketCounts last_{};
  int lines_ = 0;
};

}  // namespace

std::unique_ptr<Probe> make_packet_count() {
  return std::make_unique<PacketCountProbe>();
}

}  // namespace bpftax
