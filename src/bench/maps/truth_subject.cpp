// Injected truth: is a known difference found? Two loop bodies differ by kTruthExtra dependent
// multiplications (truth.bpf.c). What these cost is measured in another way too, by instructions of this
// program without any BPF, right after each sample: the metric "truth". The row's time, floor subtracted, has
// to agree with it.
#include <bpf/bpf.h>
#include <fmt/format.h>

#include <cerrno>
#include <cmath>
#include <vector>

#include "bench/maps/map_shape.h"
#include "bench/maps/program_loop.h"
#include "bench/maps/truth.h"
#include "bench/maps/truth_subject.h"
#include "probes/attach.h"
#include "stats/descriptive.h"

#include "truth.skel.h"

namespace bpftax::bench {
namespace {

constexpr const char* kLess = "multiply_100";
constexpr const char* kMore = "multiply_400";
constexpr int kPieces = 51, kRoundsInPiece = 200;  // of the calibration: a piece takes some 0.1 ms
// Times its length by which an interrupt never prolongs a piece, and by which whoever takes the CPU away
// does: some 150 us. Gaps that a loop sees which does nothing but read the clock: 26 us on average, a third
// of them beyond 25, one in 200 or fewer beyond 150 (a virtual machine, 250 timer interrupts a second).
constexpr double kTakenAway = 3;

// The multiplication of 64-bit registers, as the JIT of the kernel emits it.
#if defined(__x86_64__)
#define BPFTAX_MULTIPLY_TIMES(n) ".rept " #n "\n\timulq %1, %0\n\t.endr"
constexpr bool kCanCalibrate = true;
#elif defined(__aarch64__)
#define BPFTAX_MULTIPLY_TIMES(n) ".rept " #n "\n\tmul %0, %0, %1\n\t.endr"
constexpr bool kCanCalibrate = true;
#else
#define BPFTAX_MULTIPLY_TIMES(n) ""
constexpr bool kCanCalibrate = false;
#endif

uint64_t multiply_ns(bool more) {
  uint64_t product = 1;
  const uint64_t factor = kTruthFactor;
  const uint64_t begin = loop_clock_ns();
  for (int i = 0; i < kRoundsInPiece; ++i) {
    if (more)
      asm volatile(BPFTAX_MULTIPLY_TIMES(400) : "+r"(product) : "r"(factor));
    else
      asm volatile(BPFTAX_MULTIPLY_TIMES(100) : "+r"(product) : "r"(factor));
  }
  return loop_clock_ns() - begin;
}

// Nanoseconds of kTruthExtra multiplications, each waiting for the one before it: the mean of short pieces.
// Interrupts are in it, as they are in the program's time; pieces in which somebody else had the CPU, which
// cannot happen to the program, are not.
double extra_in_user_space_ns() {
  std::vector<double> pieces;
  for (int i = 0; i < kPieces; ++i) {
    const auto less = static_cast<double>(multiply_ns(false)), more = static_cast<double>(multiply_ns(true));
    pieces.push_back((more - less) / kRoundsInPiece);
  }
  const double middle = median(pieces).value_or(0);
  std::erase_if(pieces, [&](double piece) { return std::abs(piece / middle - 1) > kTakenAway; });
  return mean(pieces).value_or(0);
}
static_assert(kTruthBase == 100 && kTruthBase + kTruthExtra == 400, "what the loops above multiply");

uint64_t power(uint64_t base, uint64_t exponent) {  // modulo 2^64
  uint64_t result = 1;
  for (; exponent != 0; exponent >>= 1, base *= base)
    if ((exponent & 1) != 0) result *= base;
  return result;
}

class Truth : public LoopSubject {
 public:
  static Result<std::unique_ptr<Truth>> make(uint64_t seed) {
    auto made = std::make_unique<Truth>();
    PcgRng rng(seed);
    made->keys_.emplace_back(0, 1, rng);
    made->skeleton_.reset(truth_bpf::open());
    if (!made->skeleton_) return fail_errno(errno, "cannot open the BPF object", "", ErrorKind::kInternal);
    load_only(made->skeleton_->obj, {"empty_loop", kLess, kMore});
    BPFTAX_TRY(load_skeleton(made->skeleton_->skeleton));
    made->programs_ = ProgramLoop(made->skeleton_->bss->controls);
    return made;
  }

  std::vector<LoopWork> works() const override {
    return {floor_work("empty_loop", "program", Action::kEmptyLoop),
            floor_work(kLess, "program", Action::kMultiplyLess),
            kCanCalibrate ? measured_work(kMore, "program", Action::kMultiplyMore, kLess)
                          : absent_work(kMore, "program", "no calibration for this kind of CPU")};
  }
  Result<void> prepare(const LoopWork&, uint64_t) override { return {}; }
  Result<LoopTotal> loop(size_t thread, Action action, uint64_t first, uint64_t count) override {
    const auto& programs = skeleton_->progs;
    const bpf_program* program = action == Action::kMultiplyMore   ? programs.multiply_400
                                 : action == Action::kMultiplyLess ? programs.multiply_100
                                                                   : programs.empty_loop;
    BPFTAX_ASSIGN(LoopTotal total,
                  programs_.run(bpf_program__fd(program), LoopEntry::kRawTracepoint, thread, keys_[0], 0,
                                first, count, action == Action::kEmptyLoop ? 0 : 1));
    return action == Action::kEmptyLoop ? empty_loop_total(total) : total;
  }
  // The product tells how many multiplications there were.
  std::optional<uint64_t> expected_sum(const LoopWork& work, size_t, uint64_t iterations) const override {
    if (work.action == Action::kEmptyLoop) return 0;
    const uint64_t each = work.action == Action::kMultiplyMore ? kTruthBase + kTruthExtra : kTruthBase;
    uint64_t sum = 0;
    for (uint64_t first = 0; first < iterations; first += work.chunk)
      sum += power(kTruthFactor, each * std::min(work.chunk, iterations - first));
    return sum;
  }
  Result<void> check(const LoopWork&, uint64_t) override { return {}; }
  std::vector<SampleMetric> metrics(const LoopWork& work) override {
    if (work.action != Action::kMultiplyMore) return {};
    return {{"truth", "ns", extra_in_user_space_ns()}};
  }

 private:
  SkeletonPtr<truth_bpf> skeleton_;
  ProgramLoop programs_;
  std::vector<ThreadKeys> keys_;  // one, of no meaning
};

}  // namespace

Result<std::unique_ptr<Instance>> set_up_truth(const Task& task, const Sampling& sampling) {
  BPFTAX_ASSIGN(const MapShape shape, shape_of(task));
  BPFTAX_ASSIGN(std::unique_ptr<ThreadTeam> team, ThreadTeam::start(task.cpus));
  BPFTAX_ASSIGN(std::unique_ptr<Truth> subject, Truth::make(sampling.seed));
  return std::make_unique<LoopInstance>(std::move(subject), std::move(team), shape.fixed);
}

}  // namespace bpftax::bench
