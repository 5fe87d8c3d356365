#include "bench/tracing/triggers.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <numeric>
#include <vector>

#include "util/clock.h"

namespace bpftax::bench {
namespace {

constexpr size_t kFaultPages = 1024;  // between two times that they are given back

// The compiler must neither know nor drop it.
void keep(uint64_t value) {
  asm volatile("" : : "r"(value) : "memory");
}

class GetpgidTrigger : public Trigger {
 public:
  Result<Fired> fire(uint64_t n) override {
    const pid_t self = ::getpid();  // 0 would take a way past the LSMs
    uint64_t done = 0;
    const uint64_t begin_ns = monotonic_now_ns();
    for (uint64_t i = 0; i < n; ++i) done += ::getpgid(self) >= 0 ? 1 : 0;
    const Fired fired{monotonic_now_ns() - begin_ns, done};
    if (done != n)
      return fail(ErrorKind::kEnvironment, "getpgid", "",
                  fmt::format("{} of {} calls were refused", n - done, n));
    return fired;
  }
};

class FunctionTrigger : public Trigger {
 public:
  FunctionTrigger(void (*function)(), uint64_t work_bytes)
      : function_(function), work_(work_bytes / sizeof(uint64_t)) {
    std::iota(work_.begin(), work_.end(), 1u);
  }
  Result<Fired> fire(uint64_t n) override {
    void (*volatile function)() = function_;
    const uint64_t begin_ns = monotonic_now_ns();
    for (uint64_t i = 0; i < n; ++i) {
      if (!work_.empty()) keep(std::accumulate(work_.begin(), work_.end(), i));
      function();
    }
    return Fired{monotonic_now_ns() - begin_ns, n};
  }

 private:
  void (*function_)();
  std::vector<uint64_t> work_;
};

class PageFaultTrigger : public Trigger {
 public:
  explicit PageFaultTrigger(char* pages)
      : pages_(pages), page_(static_cast<size_t>(::sysconf(_SC_PAGESIZE))) {}
  ~PageFaultTrigger() override { ::munmap(pages_, kFaultPages * page_); }
  PageFaultTrigger(const PageFaultTrigger&) = delete;
  PageFaultTrigger& operator=(const PageFaultTrigger&) = delete;

  Result<Fired> fire(uint64_t n) override {
    const uint64_t before = faults();
    const uint64_t begin_ns = monotonic_now_ns();
    for (uint64_t done = 0; done < n;) {
      const uint64_t some = std::min<uint64_t>(n - done, kFaultPages);
      for (uint64_t i = 0; i < some; ++i) *const_cast<volatile char*>(pages_ + i * page_) = 1;
      done += some;
      if (::madvise(pages_, some * page_, MADV_DONTNEED) != 0)
        return fail_errno(errno, "cannot give pages back");
    }
    const uint64_t took_ns = monotonic_now_ns() - begin_ns;
    const uint64_t made = faults() - before;
    if (made >= n && made <= n + n / 10 + kStrayFaults) return Fired{took_ns, made};
    return fail(ErrorKind::kWorkload, "wrong work", "",
                fmt::format("{} page faults where {} were made", made, n));
  }

 private:
  static uint64_t faults() {
    rusage usage{};
    ::getrusage(RUSAGE_THREAD, &usage);
    return static_cast<uint64_t>(usage.ru_minflt);
  }
  char* pages_;
  size_t page_;
};

uint64_t spin(uint64_t steps) {
  uint64_t sum = 0;
  for (uint64_t i = 0; i < steps; ++i) {
    sum += i;
    keep(sum);
  }
  return sum;
}

}  // namespace

std::unique_ptr<Trigger> call_getpgid() {
  return std::make_unique<GetpgidTrigger>();
}

std::unique_ptr<Trigger> call_function(void (*function)(), uint64_t work_bytes) {
  return std::make_unique<FunctionTrigger>(function, work_bytes);
}

Result<std::unique_ptr<Trigger>> fault_pages() {
  const size_t size = kFaultPages * static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  void* pages = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) return fail_errno(errno, "cannot map pages");
  ::madvise(pages, size, MADV_NOHUGEPAGE);  // refused where the kernel has no huge pages: the same to us
  return std::make_unique<PageFaultTrigger>(static_cast<char*>(pages));
}

SpinTrigger::SpinTrigger(uint64_t period_ns) : period_ns_(period_ns) {
  constexpr uint64_t kTrial = 200'000, kPiecesOfPeriod = 32, kTrialPeriods = 20;
  constexpr int kTrials = 5;
  uint64_t shortest_ns = UINT64_MAX;
  for (int i = 0; i < kTrials; ++i) {
    const uint64_t begin_ns = monotonic_now_ns();
    keep(spin(kTrial));
    shortest_ns = std::min(shortest_ns, monotonic_now_ns() - begin_ns);
  }
  steps_ = std::max<uint64_t>(kTrial * (period_ns / kPiecesOfPeriod) / std::max<uint64_t>(shortest_ns, 1), 1);
  piece_ns_ = HUGE_VAL;
  for (int i = 0; i < kTrials; ++i) {
    const Spun spun = spin_for(kTrialPeriods * period_ns);
    piece_ns_ = std::min(piece_ns_, static_cast<double>(spun.ns) / static_cast<double>(spun.pieces));
  }
}

SpinTrigger::Spun SpinTrigger::spin_for(uint64_t ns) const {
  Spun spun;
  const uint64_t begin_ns = monotonic_now_ns();
  do {
    keep(spin(steps_));
    ++spun.pieces;
    spun.ns = monotonic_now_ns() - begin_ns;
  } while (spun.ns < ns);
  return spun;
}

Result<Fired> SpinTrigger::fire(uint64_t n) {
  const Spun spun = spin_for(n * period_ns_);
  const auto passed = static_cast<double>(spun.ns);
  const double beside = passed - piece_ns_ * static_cast<double>(spun.pieces);
  return Fired{static_cast<uint64_t>(std::max(passed + beside, 1.0)), std::max(n, spun.ns / period_ns_)};
}

}  // namespace bpftax::bench
