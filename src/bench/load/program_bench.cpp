#include "bench/load/program_bench.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "bench/load/attach_way.h"
#include "bench/load/peak_memory.h"
#include "bench/load/series.h"
#include "bench/load/test_run.h"
#include "bench/load/verifier_log.h"
#include "util/clock.h"

namespace bpftax::bench {
namespace {

constexpr uint64_t kMostLoads = 1000;  // in one sample
constexpr uint64_t kHalfMicrosecondNs = 500;
// Peak memory is believed when a program of 4096 paths, thousands of verifier states, shows at least so much.
constexpr uint64_t kStatesMustCharge = 2u << 20;
constexpr const char* kEmptyRun = "empty_run";
constexpr const char* kEmptyFirstRun = "empty_first_run";

enum class Kind { kLoad, kVerify, kJit, kPeak, kAttach, kFirstRun, kRun, kDetach, kCallFloor, kLoopFloor };

// The kernel cuts to whole microseconds: half of one is what it cuts on average.
uint64_t verification_ns(const VerifierStats& stats) {
  return *stats.time_us * 1000 + kHalfMicrosecondNs;
}

tl::unexpected<Error> wrong_work(std::string why) {
  return fail(ErrorKind::kWorkload, "wrong work", "", std::move(why));
}

class ProgramInstance : public Instance {
 public:
  ProgramInstance(ProgramSubject subject, const Sampling& sampling)
      : subject_(std::move(subject)), empty_image_(subject_.image.empty()), sampling_(sampling) {}

  Result<void> set_up() {
    const uint32_t type = subject_.image.type();
    if (is_network_type(type)) (void)enter_own_network();  // attach_way() gives the reason where it matters
    BPFTAX_TRY(load_with_statistics());
    BPFTAX_ASSIGN(reference_, program_facts(last_.fd.get()));
    reference_stats_ = stats_;
    const uint64_t stretch = std::max<uint64_t>(sampling_.stretch_ns, 1);
    loads_ = std::clamp<uint64_t>(stretch / std::max<uint64_t>(last_.ns, 1), 1, kMostLoads);

    add("load", Kind::kLoad, {.fixed_n = loads_});
    add("verify", Kind::kVerify, {.fixed_n = loads_, .absent = why_no_time()});
    add("jit_and_rest", Kind::kJit, {.fixed_n = loads_, .absent = why_no_jit()});
    set_up_peak();
    set_up_attaching();
    set_up_runs();
    return {};
  }

  const std::vector<Operation>& operations() const override { return operations_; }

  Result<void> prepare(size_t operation, uint64_t /*n*/) override {
    // A new program has run on no CPU yet: its code is cold.
    return kinds_[operation] == Kind::kFirstRun ? load_again() : Result<void>();
  }

  Result<Stretch> run(size_t operation, uint64_t n) override {
    switch (kinds_[operation]) {
      case Kind::kLoad:
        return run_loads(n);
      case Kind::kVerify:
        return run_verifications(n, false);
      case Kind::kJit:
        return run_verifications(n, true);
      case Kind::kPeak:
        return run_peak();
      case Kind::kAttach:
        return run_attachments(n, false);
      case Kind::kDetach:
        return run_attachments(n, true);
      case Kind::kFirstRun:
        return run_single(last_.fd.get(), 1, true);
      case Kind::kCallFloor:
        return run_single(empty_.fd.get(), n, false);
      case Kind::kRun:
        return run_repeated(last_.fd.get(), n, true);
      case Kind::kLoopFloor:
        return run_repeated(empty_.fd.get(), n, false);
    }
    return wrong_work("no such operation");
  }

  Result<void> check(size_t operation, uint64_t /*n*/) override {
    switch (kinds_[operation]) {
      case Kind::kLoad:
      case Kind::kVerify:
      case Kind::kJit:
      case Kind::kPeak:
        return check_loaded();
      case Kind::kFirstRun:
      case Kind::kRun:
        return check_result(returned_);
      case Kind::kCallFloor:
      case Kind::kLoopFloor:
        return returned_ == 0 ? Result<void>()
                              : wrong_work(fmt::format("the empty program returned {}", returned_));
      default:
        return {};
    }
  }

  uint64_t most(size_t operation) const override {
    const Kind kind = kinds_[operation];
    return kind == Kind::kRun || kind == Kind::kLoopFloor || kind == Kind::kCallFloor ? INT32_MAX
                                                                                      : kMostLoads;
  }

 private:
  // The parts of an Operation that differ from one to the next.
  struct Parts {
    bool is_floor = false;
    std::string floor = {};
    std::optional<uint64_t> fixed_n = {};
    std::string absent = {};
  };
  void add(const char* name, Kind kind, Parts parts) {
    Operation operation;
    operation.name = name;
    operation.is_floor = parts.is_floor;
    operation.floor = std::move(parts.floor);
    operation.fixed_n = parts.fixed_n;
    operation.absent = std::move(parts.absent);
    operations_.push_back(std::move(operation));
    kinds_.push_back(kind);
  }

  std::string why_no_time() const {
    return stats_.time_us ? "" : "the verifier's log tells no time (Linux before 5.2)";
  }
  // jit_subprogs() of kernel/bpf/verifier.c runs before the clock of bpf_check() is read again.
  std::string why_no_jit() const {
    if (!stats_.time_us) return why_no_time();
    if (reference_.functions && *reference_.functions > 1)
      return fmt::format(
          "the program has {} functions, which the kernel compiles inside the verification: "
          "'verify' holds the JIT",
          *reference_.functions);
    if (!reference_.jited_bytes) return "not compiled (net.core.bpf_jit_enable is 0), or its size is hidden";
    return "";
  }

  void set_up_peak() {
    auto peak = PeakMemory::open();
    std::string absent = peak ? "" : peak.error().why;
    if (peak) {
      peak_ = std::make_unique<PeakMemory>(std::move(*peak));
      const auto states = make_series_program(*find_series("paths"), 4096);
      const ProgramImage probe =
          ProgramImage::from_instructions(BPF_PROG_TYPE_XDP, "charge_probe", states->instructions);
      const auto charged = peak_->during([&]() -> Result<void> {
        const auto loaded = probe.load(ProgramImage::Log::kNone);
        if (!loaded.fd) return fail_errno(loaded.error, "cannot load the probe of memory accounting");
        return {};
      });
      if (!charged)
        absent = charged.error().why;
      else if (*charged < kStatesMustCharge)
        absent = "this kernel does not charge the verifier's memory to the cgroup (Linux before 6.17)";
    }
    add("peak_memory", Kind::kPeak, {.fixed_n = 1, .absent = absent});
  }

  void set_up_attaching() {
    way_ = attach_way(subject_.image.type(), subject_.image.expected_attach_type(), subject_.program);
    if (!subject_.may_attach) way_.absent = "--no-attach";
    if (way_.absent.empty())
      if (const auto attached = way_.attach(attachable_fd()); !attached)
        way_.absent = attached.error().why.empty() ? to_string(attached.error()) : attached.error().why;
    add("attach", Kind::kAttach, {.fixed_n = 1, .absent = way_.absent});
    add("detach", Kind::kDetach, {.fixed_n = 1, .absent = way_.absent});
  }

  void set_up_runs() {
    const uint32_t type = subject_.image.type();
    std::string absent;
    if (const auto ran = test_run(last_.fd.get(), type, 1); !ran) absent = ran.error().why;
    bool has_floor = false;
    if (absent.empty()) {
      empty_ = empty_image_.load(ProgramImage::Log::kNone);
      has_floor = empty_.fd && test_run(empty_.fd.get(), type, 1).has_value();
    }
    add("first_run", Kind::kFirstRun,
        {.floor = has_floor ? kEmptyFirstRun : "", .fixed_n = 1, .absent = absent});
    add("run", Kind::kRun, {.floor = has_floor ? kEmptyRun : "", .absent = absent});
    if (!has_floor) return;
    add(kEmptyFirstRun, Kind::kCallFloor, {.is_floor = true, .fixed_n = 16});
    add(kEmptyRun, Kind::kLoopFloor, {.is_floor = true});
  }

  int attachable_fd() const {
    return subject_.program != nullptr ? bpf_program__fd(subject_.program) : last_.fd.get();
  }

  Result<void> load_again() {
    last_.fd.reset();
    last_ = subject_.image.load(ProgramImage::Log::kNone);
    if (!last_.fd) return fail_errno(last_.error, "cannot load the program");
    return {};
  }

  Result<void> load_with_statistics() {
    last_.fd.reset();
    last_ = subject_.image.load(ProgramImage::Log::kStatistics);
    if (!last_.fd) {
      auto error =
          fail(ErrorKind::kSubject, "the kernel refuses the program", subject_.image.name(), refusal(last_));
      error.value().errno_value = last_.error;
      return error;
    }
    stats_ = parse_verifier_log(last_.log);
    return {};
  }

  Result<Stretch> run_loads(uint64_t n) {
    Stretch stretch;
    for (uint64_t i = 0; i < n; ++i) {
      BPFTAX_TRY(load_again());
      stretch.ns += last_.ns;
      ++stretch.operations;
    }
    add_sizes(stretch);
    return stretch;
  }

  // Of each load: the verifier's own time, or (rest) what is left of the system call.
  Result<Stretch> run_verifications(uint64_t n, bool rest) {
    Stretch stretch;
    int64_t sum_ns = 0;
    for (uint64_t i = 0; i < n; ++i) {
      BPFTAX_TRY(load_with_statistics());
      if (!stats_.time_us) return wrong_work("the verifier's log tells no time");
      const auto verified = static_cast<int64_t>(verification_ns(stats_));
      sum_ns += rest ? static_cast<int64_t>(last_.ns) - verified : verified;
      ++stretch.operations;
    }
    if (sum_ns < 0) return wrong_work("the verification took longer than the system call it is a part of");
    stretch.ns = static_cast<uint64_t>(sum_ns);
    if (rest)
      add_metric(stretch, "jited", "bytes", reference_.jited_bytes);
    else
      add_statistics(stretch);
    return stretch;
  }

  Result<Stretch> run_peak() {
    Stretch stretch;
    BPFTAX_ASSIGN(const uint64_t bytes, peak_->during([this] { return load_again(); }));
    stretch.ns = last_.ns;
    stretch.operations = 1;
    stretch.metrics.push_back({"peak_memory", "bytes", static_cast<double>(bytes)});
    return stretch;
  }

  Result<Stretch> run_attachments(uint64_t n, bool detaching) {
    Stretch stretch;
    for (uint64_t i = 0; i < n; ++i) {
      const int64_t start_ns = RealClock().monotonic_ns();
      BPFTAX_ASSIGN(auto attached, way_.attach(attachable_fd()));
      const int64_t attached_ns = RealClock().monotonic_ns();
      auto detached = attached->detach();
      const int64_t end_ns = RealClock().monotonic_ns();
      if (!detached) return propagate(detached);
      stretch.ns += static_cast<uint64_t>(detaching ? end_ns - attached_ns : attached_ns - start_ns);
      ++stretch.operations;
    }
    return stretch;
  }

  // Single runs, by the kernel's own clock where it has one for this type.
  Result<Stretch> run_single(int fd, uint64_t n, bool of_subject) {
    Stretch stretch;
    for (uint64_t i = 0; i < n; ++i) {
      BPFTAX_ASSIGN(const TestRun one, test_run(fd, subject_.image.type(), 1));
      stretch.ns += can_repeat(subject_.image.type()) ? one.own_ns : one.wall_ns;
      ++stretch.operations;
      BPFTAX_TRY(keep_result(one.result, of_subject));
    }
    return stretch;
  }

  Result<Stretch> run_repeated(int fd, uint64_t n, bool of_subject) {
    BPFTAX_ASSIGN(const TestRun many, test_run(fd, subject_.image.type(), static_cast<uint32_t>(n)));
    BPFTAX_TRY(keep_result(many.result, of_subject));
    // For XDP the call itself takes milliseconds when it repeats: the dispatcher is rewritten, and readers
    // are waited for. The kernel's own mean is cut to whole nanoseconds; half of one is what is cut on
    // average.
    const bool by_kernel = subject_.image.type() == BPF_PROG_TYPE_XDP;
    return Stretch{by_kernel ? many.own_ns * n + n / 2 : many.wall_ns, n, {}};
  }

  Result<void> keep_result(uint32_t result, bool of_subject) {
    returned_ = result;
    return of_subject ? check_result(result) : Result<void>();
  }

  Result<void> check_result(uint32_t result) const {
    if (subject_.result && result != *subject_.result)
      return wrong_work(fmt::format("the program returned {}, not {}", result, *subject_.result));
    return {};
  }

  // Is what was loaded last the whole program, verified as before?
  Result<void> check_loaded() {
    BPFTAX_ASSIGN(const ProgramFacts facts, program_facts(last_.fd.get()));
    if (facts.xlated_bytes != reference_.xlated_bytes || facts.verified != reference_.verified)
      return wrong_work("the kernel verified another program than before");
    if (stats_.instructions != reference_stats_.instructions)
      return wrong_work(fmt::format("{} instructions were verified, not {}", stats_.instructions.value_or(0),
                                    reference_stats_.instructions.value_or(0)));
    if (!subject_.result) return {};
    BPFTAX_ASSIGN(const TestRun ran, test_run(last_.fd.get(), subject_.image.type(), 1));
    return check_result(ran.result);
  }

  static void add_metric(Stretch& stretch, const char* name, const char* unit,
                         std::optional<uint64_t> value) {
    if (value) stretch.metrics.push_back({name, unit, static_cast<double>(*value)});
  }
  void add_sizes(Stretch& stretch) const {
    add_metric(stretch, "instructions", "count", subject_.image.instructions().size());
    add_metric(stretch, "xlated", "bytes", reference_.xlated_bytes);
    add_metric(stretch, "jited", "bytes", reference_.jited_bytes);
    add_metric(stretch, "functions", "count", reference_.functions);
    add_metric(stretch, "memory", "bytes", reference_.memory_bytes);
  }
  void add_statistics(Stretch& stretch) const {
    add_metric(stretch, "processed", "instructions", stats_.instructions);
    add_metric(stretch, "total_states", "count", stats_.total_states);
    add_metric(stretch, "peak_states", "count", stats_.peak_states);
    add_metric(stretch, "max_states_per_insn", "count", stats_.max_states_per_instruction);
    add_metric(stretch, "mark_read", "count", stats_.mark_read);
    add_metric(stretch, "stack_depth", "bytes", stats_.stack_depth);
  }

  ProgramSubject subject_;
  ProgramImage empty_image_;
  Sampling sampling_;
  std::vector<Operation> operations_;
  std::vector<Kind> kinds_;
  uint64_t loads_ = 1;          // of one sample
  ProgramImage::Loaded last_;   // the subject, loaded last
  ProgramImage::Loaded empty_;  // what floors run
  VerifierStats stats_, reference_stats_;
  ProgramFacts reference_;
  std::unique_ptr<PeakMemory> peak_;
  AttachWay way_;
  uint32_t returned_ = 0;
};

}  // namespace

Result<std::unique_ptr<Instance>> make_program_instance(ProgramSubject subject, const Sampling& sampling) {
  auto instance = std::make_unique<ProgramInstance>(std::move(subject), sampling);
  BPFTAX_TRY(instance->set_up());
  return instance;
}

}  // namespace bpftax::bench
