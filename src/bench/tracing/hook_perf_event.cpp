// perf_event: a program on a software event. Hot: page faults, each an event, so that there is a count to
// check against. In place: the CPU clock, whose timer interrupts a computation.
#include <bpf/libbpf.h>
#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "bench/tracing/hook_kinds.h"
#include "bench/tracing/triggers.h"
#include "probes/attach.h"

namespace bpftax::bench {
namespace {

// Time between two interrupts of the CPU clock. A timer that is late leaves periods out, and while another
// task or another machine has the CPU time passes without interrupts: such a sample is slow, as it is with
// any other hook, and not wrong. More interrupts than periods there are not.
constexpr uint64_t kClockPeriodNs = 100'000;
constexpr Slack kClockSlack{0.50, 0.10, 3};

Result<HookLink> attach_software_event(const Body& body, uint64_t event, uint64_t period) {
  perf_event_attr attribute{};
  attribute.size = sizeof attribute;
  attribute.type = PERF_TYPE_SOFTWARE;
  attribute.config = event;
  attribute.sample_period = period;
  LibbpfLog::instance().clear();
  Fd fd(static_cast<int>(
      ::syscall(SYS_perf_event_open, &attribute, 0 /* this thread */, -1, -1, PERF_FLAG_FD_CLOEXEC)));
  if (!fd) return fail_refused(errno, "perf_event_open", "perf_event");
  BPFTAX_ASSIGN(HookLink link,
                hook_link(bpf_program__attach_perf_event(body.program(), fd.get()), "perf_event"));
  static_cast<void>(fd.release());  // the link's now
  return link;
}

}  // namespace

Result<std::unique_ptr<Hook>> make_perf_event(const HookWish& wish) {
  HookParts parts;
  parts.programs = hook_programs("perf_event");
  if (wish.place == Place::kInPlace) {
    parts.target = "cpu-clock";
    parts.slack = kClockSlack;
    parts.trigger = std::make_unique<SpinTrigger>(kClockPeriodNs);
    parts.attach = [](const Body& body) {
      return attach_software_event(body, PERF_COUNT_SW_CPU_CLOCK, kClockPeriodNs);
    };
  } else {
    parts.target = "page-faults";
    parts.slack = {0, 0, 2 * kStrayFaults};
    BPFTAX_ASSIGN(parts.trigger, fault_pages());
    parts.attach = [](const Body& body) { return attach_software_event(body, PERF_COUNT_SW_PAGE_FAULTS, 1); };
  }
  return make_hook(std::move(parts));
}

}  // namespace bpftax::bench
