// spin: calibrates spin.bpf.c, lets it burn, and tells how much was burnt.
#include "probes/spin.h"

#include "probes/flow.h"  // types of the skeleton

#include <bpf/bpf.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "probes/makers.h"
#include "probes/per_cpu.h"
#include "probes/spin_calibration.h"
#include "probes/tables.h"
#include "spin.skel.h"

namespace bpftax {
namespace {

// A bounded loop has 4096 iterations, of which each takes at least 15 ns on what we have seen.
constexpr uint64_t kMaxBoundedNs = 50'000;
constexpr uint64_t kMaxNs = 10'000'000;
// The cost outside of the loop does not depend on what is burnt in it, so long burns are calibrated with a
// short one.
constexpr uint64_t kCalibrationNs = 1000;
constexpr int kBatches = 15;
constexpr int kRunsPerBatch = 300;

class SpinProbe : public Probe {
 public:
  void add_options(OptionSet& set) override {
    set.add_required("--ns", ns_text_, "N", "nanoseconds to burn for each packet");
    set.add("--on", on_, "POINT", "receive or transmit");
    set.add_flag("--calibrate", calibrate_only_, "print the loop's resolution and own cost, and end");
  }

  Result<void> check_options() override {
    BPFTAX_ASSIGN(ns_, parse_number("--ns", ns_text_, 1, kMaxNs));
    auto point = parse_choice("--on", on_, {"receive", "transmit"});
    if (!point) return propagate(point);
    return {};
  }

  bool ends_at_once() const override { return calibrate_only_; }

  Result<std::string> start(const ProbeOptions& options, Output& output) override {
    looped_ = libbpf_probe_bpf_helper(BPF_PROG_TYPE_RAW_TRACEPOINT, BPF_FUNC_loop, nullptr) == 1;
    if (!looped_ && ns_ > kMaxBoundedNs)
      return fail(ErrorKind::kEnvironment, "cannot burn that long", fmt::format("--ns {}", ns_),
                  "the kernel has no bpf_loop() (Linux 5.17)", fmt::format("take at most {}", kMaxBoundedNs));
    AttachRequest request{
        options.attach, {}, {"calibrate_empty", looped_ ? "calibrate_loop" : "calibrate_bounded"}};
    if (!calibrate_only_) request.stems = {looped_ ? on_ : on_ + "_bounded"};
    BPFTAX_ASSIGN(probe_, load_and_attach<spin_bpf>(
                              request, [&](spin_bpf& skeleton) { skeleton.rodata->filter = options.filter; },
                              [&](spin_bpf& skeleton) { return calibrate(skeleton); }));
    output.line(format_calibration(ns_, calibration_));
    return fmt::format("{}; {}", probe_.attachment.description(), looped_ ? "bpf_loop" : "bounded loop");
  }

  Result<void> report(Output& output, double seconds) override {
    BPFTAX_ASSIGN(const SpinState now, read(*probe_.skeleton, kSpinEvents));
    const auto events = static_cast<double>(now.events - last_.events);
    const double burnt = static_cast<double>(now.burnt_ns - last_.burnt_ns) + events * calibration_.fixed_ns;
    output.line(fmt::format("{:>10.0f} events/s {:>10.1f} ns each {:>7.2f} % of one CPU", events / seconds,
                            events > 0 ? burnt / events : 0, burnt / seconds / 1e9 * 100));
    last_ = now;
    return {};
  }

  Result<void> finish(Output& output, double seconds) override {
    if (calibrate_only_) return {};
    probe_.attachment.detach();
    BPFTAX_ASSIGN(const SpinState total, read(*probe_.skeleton, kSpinEvents));
    output.line(fmt::format("summary of {:.1f} s", seconds));
    output.lines(format_spin_summary(ns_, total, calibration_));
    output.lines(format_missed(probe_.attachment.recursion_misses()));
    return {};
  }

 private:
  static Result<SpinState> read(const spin_bpf& skeleton, uint32_t entry) {
    BPFTAX_ASSIGN(const auto states, read_per_cpu<SpinState>(skeleton.maps.spin_states, entry));
    SpinState sum{};
    for (const SpinState& state : states) {
      sum.events += state.events;
      sum.burnt_ns += state.burnt_ns;
      sum.iterations += state.iterations;
      sum.clipped += state.clipped;
    }
    return sum;
  }

  static Result<double> time_runs(const bpf_program* program) {
    std::array<char, 64> packet{};  // what the kernel wants to have as a packet; nobody looks at it
    bpf_test_run_opts options{};
    options.sz = sizeof options;
    options.data_in = packet.data();
    options.data_size_in = packet.size();
    options.repeat = kRunsPerBatch;
    const int error = bpf_prog_test_run_opts(bpf_program__fd(program), &options);
    if (error != 0) return fail_errno(-error, "cannot time the BPF program", bpf_program__name(program));
    return options.duration;
  }

  Result<void> calibrate(spin_bpf& skeleton) {
    const bpf_program* program = looped_ ? skeleton.progs.calibrate_loop : skeleton.progs.calibrate_bounded;
    skeleton.bss->target_ns = std::min(ns_, kCalibrationNs);
    std::vector<SpinBatch> spinning, empty;
    SpinState before{};
    // The first batch warms caches and clock up, and does not count.
    for (int i = 0; i <= kBatches; ++i) {
      SpinBatch batch, nothing;
      BPFTAX_ASSIGN(nothing.ns_per_run, time_runs(skeleton.progs.calibrate_empty));
      BPFTAX_ASSIGN(batch.ns_per_run, time_runs(program));
      BPFTAX_ASSIGN(const SpinState after, read(skeleton, kSpinCalibrate));
      const auto runs = static_cast<double>(after.events - before.events);
      batch.burnt_ns_per_run = static_cast<double>(after.burnt_ns - before.burnt_ns) / runs;
      batch.iterations_per_run = static_cast<double>(after.iterations - before.iterations) / runs;
      before = after;
      if (i == 0) continue;
      spinning.push_back(batch);
      empty.push_back(nothing);
    }
    BPFTAX_ASSIGN(calibration_, calibrate_spin(spinning, empty));
    skeleton.bss->target_ns = spin_target_ns(ns_, calibration_);
    return {};
  }

  std::string ns_text_;
  std::string on_ = "receive";
  bool calibrate_only_ = false;
  uint64_t ns_ = 0;
  bool looped_ = true;
  SpinCalibration calibration_;
  LoadedProbe<spin_bpf> probe_;
  SpinState last_{};
};

}  // namespace

std::unique_ptr<Probe> make_spin() {
  return std::make_unique<SpinProbe>();
}

}  // namespace bpftax
