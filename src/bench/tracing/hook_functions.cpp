// Kernel functions: trampolines (fentry, fexit, fmod_ret, LSM) and kprobes. Hot: a function that a program of
// ours calls; an LSM's hook by a system call. In place: what a write to a pipe passes, in a ping-pong.
#include <bpf/libbpf.h>

#include <cerrno>

#include "bench/tracing/hook_kinds.h"
#include "bench/tracing/triggers.h"
#include "probes/attach.h"
#include "util/files.h"

namespace bpftax::bench {
namespace {

constexpr const char* kKprobePmu = "/sys/bus/event_source/devices/kprobe";

// A program whose target is chosen before it is loaded, by the kernel's BTF.
Result<std::unique_ptr<Hook>> trampoline(HookParts parts, const HookWish& wish) {
  parts.programs = hook_programs(wish.name);
  parts.programs.configure = [target = parts.target](bpf_object*, bpf_program* program) -> Result<void> {
    const int error = bpf_program__set_attach_target(program, 0, target.c_str());
    if (error != 0) return fail_refused(-error, "the kernel's BTF has no function " + target, target);
    return {};
  };
  const bool lsm = wish.name == "lsm";
  parts.attach = [lsm, target = parts.target](const Body& body) {
    LibbpfLog::instance().clear();
    return hook_link(
        lsm ? bpf_program__attach_lsm(body.program()) : bpf_program__attach_trace(body.program()), target);
  };
  return make_hook(std::move(parts));
}

Result<HookParts> function_of_write(const char* function, uint64_t calls_a_message) {
  HookParts parts;
  parts.target = function;
  parts.slack = kSharedSlack;
  BPFTAX_ASSIGN(parts.trigger, ping_pong(calls_a_message));
  return parts;
}

Result<HookParts> function_of_driver(DrivenFunction function) {
  HookParts parts;
  parts.target = name_of(function);
  BPFTAX_ASSIGN(parts.trigger, drive(function));
  return parts;
}

Result<HookParts> traced_function(const HookWish& wish) {
  if (wish.place == Place::kInPlace) return function_of_write("vfs_write", 1);
  return function_of_driver(driven_function());
}

}  // namespace

Result<std::unique_ptr<Hook>> make_trampoline(const HookWish& wish) {
  if (wish.name != "fmod_ret") {
    BPFTAX_ASSIGN(HookParts parts, traced_function(wish));
    return trampoline(std::move(parts), wish);
  }
  // Only some functions may be replaced: security hooks, and the one that is there for tests. A write and a
  // read ask for the file's permission once each.
  auto parts = wish.place == Place::kInPlace ? function_of_write("security_file_permission", 2)
                                             : function_of_driver(DrivenFunction::kKfunc);
  if (!parts) return propagate(parts);
  return trampoline(std::move(*parts), wish);
}

Result<std::unique_ptr<Hook>> make_lsm(const HookWish& wish) {
  HookParts parts;
  if (wish.place == Place::kInPlace) {
    BPFTAX_ASSIGN(parts, function_of_write("file_permission", 2));
  } else {
    parts.target = "task_getpgid";
    parts.slack = kSharedSlack;
    parts.trigger = call_getpgid();
  }
  return trampoline(std::move(parts), wish);
}

Result<std::unique_ptr<Hook>> make_kprobe(const HookWish& wish) {
  BPFTAX_ASSIGN(HookParts parts, traced_function(wish));
  const bool returns = wish.name == "kretprobe" || wish.name == "kretprobe.multi";
  const bool multi = wish.name == "kprobe.multi" || wish.name == "kretprobe.multi";
  parts.programs = hook_programs("kprobe");
  if (multi) {
    parts.programs.configure = [](bpf_object*, bpf_program* program) -> Result<void> {
      const int error = bpf_program__set_expected_attach_type(program, BPF_TRACE_KPROBE_MULTI);
      if (error != 0) return fail_refused(-error, "no such attach type", "kprobe.multi");
      return {};
    };
    parts.attach = [returns, target = parts.target](const Body& body) {
      LibbpfLog::instance().clear();
      const char* symbol = target.c_str();
      bpf_kprobe_multi_opts options{};
      options.sz = sizeof options;
      options.syms = &symbol;
      options.cnt = 1;
      options.retprobe = returns;
      return hook_link(bpf_program__attach_kprobe_multi_opts(body.program(), nullptr, &options), target);
    };
    return make_hook(std::move(parts));
  }
  // Without this PMU libbpf would write into tracefs, and what is written there outlives a process that is
  // killed.
  if (const auto pmu = read_file(std::string(kKprobePmu) + "/type"); !pmu)
    return fail_refused(pmu.error().errno_value,
                        std::string("the kernel has no kprobe events: ") + kKprobePmu, kKprobePmu);
  parts.attach = [returns, target = parts.target](const Body& body) {
    LibbpfLog::instance().clear();
    return hook_link(bpf_program__attach_kprobe(body.program(), returns, target.c_str()), target);
  };
  return make_hook(std::move(parts));
}

}  // namespace bpftax::bench
