// tracepoint, raw_tp, tp_btf. Hot: bpf_trigger_tp, called by a program of ours; before Linux 6.10, which has
// no such tracepoint, that of a system call. In place: sched_switch in a ping-pong.
#include <bpf/libbpf.h>
#include <sched.h>
#include <sys/mount.h>

#include <cerrno>

#include "bench/tracing/hook_kinds.h"
#include "bench/tracing/triggers.h"
#include "probes/attach.h"
#include "util/files.h"

namespace bpftax::bench {
namespace {

struct TracepointName {
  std::string category, name;
};

// The perf event of a tracepoint has a number that only tracefs tells. Where it is not mounted we mount it
// for ourselves: in a mount namespace of our own, which ends with us.
Result<void> see_tracefs() {
  if (path_exists("/sys/kernel/tracing/events") || path_exists("/sys/kernel/debug/tracing/events")) return {};
  constexpr const char* kStep = "tracefs is not mounted, and mounting it for this process failed";
  if (::unshare(CLONE_NEWNS) != 0) return fail_refused(errno, kStep, "unshare");
  if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
    return fail_refused(errno, kStep, "/");
  if (::mount("tracefs", "/sys/kernel/tracing", "tracefs", 0, nullptr) != 0)
    return fail_refused(errno, kStep, "/sys/kernel/tracing");
  return {};
}

Result<HookLink> attach_tracepoint(const Body& body, const std::string& kind, const TracepointName& where) {
  LibbpfLog::instance().clear();
  if (kind == "tracepoint")
    return hook_link(
        bpf_program__attach_tracepoint(body.program(), where.category.c_str(), where.name.c_str()),
        where.name);
  if (kind == "raw_tp")
    return hook_link(bpf_program__attach_raw_tracepoint(body.program(), where.name.c_str()), where.name);
  return hook_link(bpf_program__attach_trace(body.program()), where.name);
}

}  // namespace

Result<std::unique_ptr<Hook>> make_tracepoint(const HookWish& wish) {
  HookParts parts;
  TracepointName where;
  if (wish.place == Place::kInPlace) {
    where = {"sched", "sched_switch"};
    parts.slack = kSharedSlack;
    BPFTAX_ASSIGN(parts.trigger, ping_pong(1));
  } else if (driven_function() == DrivenFunction::kKfunc) {
    where = {"bpf_test_run", "bpf_trigger_tp"};
    BPFTAX_ASSIGN(parts.trigger, drive(DrivenFunction::kKfunc));
  } else if (wish.name == "tracepoint") {
    where = {"syscalls", "sys_enter_getpgid"};
    parts.slack = kSharedSlack;
    parts.trigger = call_getpgid();
  } else {
    where = {"raw_syscalls", "sys_enter"};
    parts.slack = kSharedSlack;
    parts.trigger = call_getpgid();
  }
  if (wish.name == "tracepoint") BPFTAX_TRY(see_tracefs());
  parts.target = where.name;
  parts.programs = hook_programs(wish.name);
  if (wish.name == "tp_btf") {
    parts.programs.configure = [where](bpf_object*, bpf_program* program) -> Result<void> {
      const int error = bpf_program__set_attach_target(program, 0, where.name.c_str());
      if (error != 0) return fail_refused(-error, "no such tracepoint in the kernel's BTF", where.name);
      return {};
    };
  }
  parts.attach = [kind = wish.name, where](const Body& body) { return attach_tracepoint(body, kind, where); };
  return make_hook(std::move(parts));
}

}  // namespace bpftax::bench
