// spin: calibrates spin.bpf.c, lets it burn, and tells how much was burnt.
#include "probes/spin.h"

#include "probes/flow.h"  // types of the skeleton

#include <bpf/bpf.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "probes/makers.h"
#include "probes/per_cpu.h"
#include "probes/spin_calibration.h"
#include "probes/spin_in_place.h"
#include "probes/tables.h"
#include "sample/loopback_traffic.h"
#include "spin.skel.h"

namespace bpftax {
namespace {

// A bounded loop has 4096 iterations, of which each takes at least 15 ns on what we have seen.
constexpr uint64_t kMaxBoundedNs = 50'000;
constexpr uint64_t kMaxNs = 10'000'000;
// Long burns are calibrated with a short one, see kMostBurnNs.
constexpr uint64_t kCalibrationNs = 1000;
constexpr int kBatches = 15;
constexpr int kRunsPerBatch = 300;

class SpinProbe : public Probe {
 public:
  void add_options(OptionSet& set) override {
    set.add_required("--ns", ns_text_, "N", "nanoseconds to burn for each packet");
    set.add("--on", on_, "POINT", "receive or transmit");
    set.add_flag("--calibrate", calibrate_only_,
                 "print what an event costs in place and the loop's resolution, and end");
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
    BPFTAX_TRY(calibrate_over_and_over(options.attach));
    if (auto calibrated = calibrate_here(options); !calibrated)
      calibration_.not_in_place = to_string(calibrated.error());
    output.line(format_calibration(ns_, calibration_));
    if (calibrate_only_) return std::string();
    // What was calibrated is used where it can be: another copy lies elsewhere in memory, and costs a little
    // more or less.
    if (probe_.skeleton) {
      BPFTAX_ASSIGN(probe_.attachment, attach_selected(probe_.skeleton->obj, {stem()}, mode_));
    } else {
      BPFTAX_TRY(load(options.attach, options.filter));
    }
    probe_.skeleton->bss->target_ns = spin_target_ns(ns_, calibration_);
    BPFTAX_ASSIGN(last_, read(*probe_.skeleton, kSpinEvents));
    first_ = last_;
    return fmt::format("{}; {}; {}", probe_.attachment.description(), looped_ ? "bpf_loop" : "bounded loop",
                       format_spin_truth(calibration_));
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
    BPFTAX_ASSIGN(SpinState total, read(*probe_.skeleton, kSpinEvents));
    total.events -= first_.events;
    total.burnt_ns -= first_.burnt_ns;
    total.clipped -= first_.clipped;
    output.line(fmt::format("summary of {:.1f} s", seconds));
    output.lines(format_spin_summary(ns_, total, calibration_));
    output.lines(format_missed(probe_.attachment.recursion_misses()));
    return {};
  }

 private:
  std::string stem() const { return looped_ ? on_ : on_ + "_bounded"; }

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

  // The resolution of the loop, and a first idea of what lies outside of it.
  Result<void> calibrate_over_and_over(std::optional<AttachMode> mode) {
    const char* name = looped_ ? "calibrate_loop" : "calibrate_bounded";
    BPFTAX_ASSIGN(const auto loaded,
                  load_and_attach<spin_bpf>({mode, {}, {"calibrate_empty", name}}, [](spin_bpf&) {}));
    spin_bpf& skeleton = *loaded.skeleton;
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
    return {};
  }

  Result<void> load(std::optional<AttachMode> mode, const ProbeFilter& filter) {
    BPFTAX_ASSIGN(probe_,
                  load_and_attach<spin_bpf>(
                      {mode, {stem()}, {}}, [&](spin_bpf& skeleton) { skeleton.rodata->filter = filter; },
                      [&](spin_bpf& skeleton) {
                        skeleton.bss->target_ns = spin_target_ns(ns_, calibration_);
                        return Result<void>();
                      }));
    return {};
  }

  // Leaves in probe_ what was calibrated, detached, unless its filter is not the user's.
  Result<void> calibrate_here(const ProbeOptions& options) {
    BPFTAX_ASSIGN(LoopbackTraffic traffic,
                  LoopbackTraffic::start(options.filter.family == 6 ? 6 : 4, TrafficPriority::kFirst));
    const ProbeFilter filter = filter_for_traffic(options.filter, traffic.port());
    BPFTAX_TRY(load(options.attach, filter));
    mode_ = probe_.attachment.mode();
    probe_.attachment.detach();
    SpinSwitch program;
    program.in_place.attach = [&]() -> Result<void> {
      BPFTAX_ASSIGN(probe_.attachment, attach_selected(probe_.skeleton->obj, {stem()}, mode_));
      return {};
    };
    program.in_place.detach = [&] { probe_.attachment.detach(); };
    program.set_target_ns = [&](uint64_t target_ns) { probe_.skeleton->bss->target_ns = target_ns; };
    program.in_place.events_on_cpu = [&](int cpu) -> Result<uint64_t> {
      BPFTAX_ASSIGN(const auto states,
                    read_per_cpu<SpinState>(probe_.skeleton->maps.spin_states, kSpinEvents));
      return states.at(static_cast<size_t>(cpu)).events;
    };
    auto calibrated = calibrate_in_place(ns_, program, traffic, calibration_);
    probe_.attachment.detach();
    if (std::memcmp(&filter, &options.filter, sizeof filter) != 0) probe_ = {};
    return calibrated;
  }

  std::string ns_text_;
  std::string on_ = "receive";
  bool calibrate_only_ = false;
  uint64_t ns_ = 0;
  bool looped_ = true;
  SpinCalibration calibration_;
  LoadedProbe<spin_bpf> probe_;
  AttachMode mode_ = AttachMode::kTpBtf;
  SpinState first_{}, last_{};  // account of the program before the run, and at the last report
};

}  // namespace

std::unique_ptr<Probe> make_spin() {
  return std::make_unique<SpinProbe>();
}

}  // namespace bpftax
