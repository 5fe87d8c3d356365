// Kernel functions called in a loop by a program of ours (hook_driver.bpf.c).
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

#include "bench/tracing/triggers.h"
#include "hook_driver.skel.h"
#include "probes/attach.h"

namespace bpftax::bench {
namespace {

// Of one run: bpf_loop() takes 8 million, and no other task can run on this CPU meanwhile.
constexpr uint64_t kMostCalls = 1'000'000;

class DriverTrigger : public Trigger {
 public:
  static Result<std::unique_ptr<Trigger>> load(DrivenFunction function) {
    LibbpfLog::instance().clear();
    auto driver = std::make_unique<DriverTrigger>();
    driver->skeleton_.reset(hook_driver_bpf::open());
    if (!driver->skeleton_) return fail_refused(errno, "the driver cannot be opened", "");
    const bool kfunc = function == DrivenFunction::kKfunc;
    bpf_program__set_autoload(driver->skeleton_->progs.drive_kfunc, kfunc);
    bpf_program__set_autoload(driver->skeleton_->progs.drive_helper, !kfunc);
    if (const int error = hook_driver_bpf::load(driver->skeleton_.get()); error != 0)
      return fail_refused(-error, "the program that drives the hook is refused", name_of(function));
    driver->program_ =
        bpf_program__fd(kfunc ? driver->skeleton_->progs.drive_kfunc : driver->skeleton_->progs.drive_helper);
    return driver;
  }

  Result<Fired> fire(uint64_t n) override {
    Fired sum;
    while (sum.events < n) {
      uint64_t calls = std::min(n - sum.events, kMostCalls);
      auto& results = *skeleton_->bss;
      results.executed = results.elapsed_ns = 0;
      bpf_test_run_opts options{};
      options.sz = sizeof options;
      options.ctx_in = &calls;
      options.ctx_size_in = sizeof calls;
      if (bpf_prog_test_run_opts(program_, &options) != 0) return fail_errno(errno, "BPF_PROG_TEST_RUN");
      if (results.executed != calls)
        return fail(ErrorKind::kWorkload, "wrong work", "",
                    fmt::format("the driver made {} of {} calls", results.executed, calls));
      sum.events += results.executed;
      sum.ns += results.elapsed_ns;
    }
    return sum;
  }

 private:
  SkeletonPtr<hook_driver_bpf> skeleton_;
  int program_ = -1;  // owned by the skeleton
};

}  // namespace

Result<std::unique_ptr<Trigger>> drive(DrivenFunction function) {
  return DriverTrigger::load(function);
}

DrivenFunction driven_function() {
  LibbpfLog::instance();  // keeps libbpf quiet about what it does not find
  const int id = libbpf_find_vmlinux_btf_id(name_of(DrivenFunction::kKfunc), BPF_TRACE_FENTRY);
  return id > 0 ? DrivenFunction::kKfunc : DrivenFunction::kHelper;
}

const char* name_of(DrivenFunction function) {
  return function == DrivenFunction::kKfunc ? "bpf_modify_return_test_tp" : "bpf_get_numa_node_id";
}

}  // namespace bpftax::bench
