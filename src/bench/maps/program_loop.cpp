#include "bench/maps/program_loop.h"

#include <bpf/bpf.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace bpftax::bench {
namespace {

constexpr const char* kCannotRun = "cannot run the BPF program";

void set_control(LoopControl& control, const ThreadKeys& keys, uint64_t value, uint64_t first,
                 uint64_t count) {
  control.count = count;
  control.value = value + first;
  control.cursor = keys.cursor_at(first);
  control.begin_ns = control.end_ns = 0;
  control.looped = control.per_step = control.executed = control.succeeded = control.sum = 0;
}

}  // namespace

Result<LoopTotal> ProgramLoop::run(int program, LoopEntry entry, size_t thread, const ThreadKeys& keys,
                                   uint64_t value, uint64_t first, uint64_t count, uint64_t sum) {
  LoopControl& control = controls_[thread];
  set_control(control, keys, value, first, count);
  control.sum = sum;
  if (tamper_) tamper_(control);
  std::array<uint64_t, 1> argument = {thread};
  std::array<char, 64> packet{};
  bpf_test_run_opts options{};
  options.sz = sizeof options;
  if (entry == LoopEntry::kRawTracepoint) {
    options.ctx_in = argument.data();
    options.ctx_size_in = sizeof argument;
  } else {
    options.data_in = packet.data();
    options.data_size_in = packet.size();
    options.repeat = 1;
  }
  if (bpf_prog_test_run_opts(program, &options) != 0) return fail_errno(errno, kCannotRun);
  if (options.retval != 0)
    return fail(ErrorKind::kSubject, kCannotRun, {}, fmt::format("it ended with {}", options.retval));
  if (control.end_ns < control.begin_ns || control.begin_ns == 0)
    return fail(ErrorKind::kSubject, kCannotRun, {}, "it did not read the clock at both ends");
  // bpf_loop() counts steps of several operations; the last one may do fewer.
  const uint64_t per_step = std::max<uint64_t>(control.per_step, 1);
  const bool all_steps = control.looped == (count + per_step - 1) / per_step;
  return LoopTotal{.ns = control.end_ns - control.begin_ns,
                   .looped = all_steps ? count : control.looped * per_step,
                   .executed = control.executed,
                   .succeeded = control.succeeded,
                   .sum = control.sum};
}

Result<LoopTotal> ProgramLoop::repeat(int program, const ThreadKeys& keys, uint64_t value, uint64_t first_run,
                                      uint64_t runs) {
  LoopControl& control = controls_[0];
  set_control(control, keys, value, first_run * kOperationsPerRun, UINT64_MAX);  // no end of its own
  std::array<char, 64> packet{};
  bpf_test_run_opts options{};
  options.sz = sizeof options;
  options.data_in = packet.data();
  options.data_size_in = packet.size();
  options.repeat = static_cast<int>(runs);
  if (bpf_prog_test_run_opts(program, &options) != 0) return fail_errno(errno, kCannotRun);
  // The mean of all runs in whole nanoseconds, cut off: half of one is what it is short of on average. A run
  // is many operations, so that this is nothing.
  return LoopTotal{.ns = options.duration * runs,
                   .looped = control.looped,
                   .executed = control.executed,
                   .succeeded = control.succeeded,
                   .sum = control.sum};
}

void load_only(bpf_object* object, const std::vector<std::string>& programs) {
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, object) {
    const std::string name = bpf_program__name(program);
    bpf_program__set_autoload(program, std::find(programs.begin(), programs.end(), name) != programs.end());
  }
}

}  // namespace bpftax::bench
