// The benchmark of docs/adding_a_benchmark.md: a byte through a pipe.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "bench/example_benchmark.h"
#include "util/clock.h"
#include "util/fd.h"

namespace bpftax::bench {
namespace {

class PipeInstance : public Instance {
 public:
  PipeInstance(Fd out, Fd in) : out_(std::move(out)), in_(std::move(in)) {
    operations_.resize(2);
    operations_[0].name = "loop";  // the floor: the same loop and the same counting, without the pipe
    operations_[0].side = "user";
    operations_[0].is_floor = true;
    operations_[1].name = "write_read";
    operations_[1].side = "user";
    operations_[1].floor = "loop";
  }

  const std::vector<Operation>& operations() const override { return operations_; }

  Result<void> prepare(size_t, uint64_t) override {
    sum_ = 0;
    return {};
  }

  Result<Stretch> run(size_t operation, uint64_t n) override {
    const RealClock clock;
    Stretch stretch;
    const int64_t start_ns = clock.monotonic_ns();
    for (uint64_t i = 0; i < n; ++i) {
      auto byte = static_cast<unsigned char>(i);
      if (operation == 1) {
        if (write(in_.get(), &byte, 1) != 1) return fail_errno(errno, "cannot write", "pipe");
        byte = 0;  // what is counted below came out of the pipe
        if (read(out_.get(), &byte, 1) != 1) return fail_errno(errno, "cannot read", "pipe");
      }
      sum_ = sum_ + byte;  // volatile: the empty loop stays a loop
      ++stretch.operations;
    }
    stretch.ns = static_cast<uint64_t>(clock.monotonic_ns() - start_ns);
    return stretch;
  }

  // 0 + 1 + ... + 255, again and again.
  Result<void> check(size_t, uint64_t n) override {
    const uint64_t rest = n % 256, wanted = n / 256 * (255 * 256 / 2) + rest * (rest - 1) / 2;
    if (sum_ == wanted) return {};
    return fail(ErrorKind::kWorkload, "wrong work", "pipe",
                "the bytes add up to " + std::to_string(sum_) + ", not to " + std::to_string(wanted));
  }

 private:
  Fd out_, in_;
  volatile uint64_t sum_ = 0;
  std::vector<Operation> operations_;
};

Result<void> pipe_needs(const Task&) {
  if (access("/proc/sys/fs/pipe-max-size", F_OK) == 0) return {};
  return fail(ErrorKind::kEnvironment, "no pipes", "", "this kernel has no pipes");
}

Result<std::unique_ptr<Instance>> pipe_setup(const Task&, const Sampling&) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return fail_errno(errno, "cannot make", "pipe");
  return std::make_unique<PipeInstance>(Fd(ends[0]), Fd(ends[1]));
}

}  // namespace

const Benchmark& pipe_benchmark() {
  static const Benchmark kPipe = {"pipe", "a byte written to a pipe and read from it", pipe_needs,
                                  pipe_setup};
  return kPipe;
}

}  // namespace bpftax::bench
