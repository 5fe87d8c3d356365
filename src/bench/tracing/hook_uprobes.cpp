// uprobe, uretprobe, their .multi forms, and USDT: on functions of our own binary, in our own process only.
// In place: each call behind some work that fills the first cache.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

#include "bench/tracing/hook_kinds.h"
#include "bench/tracing/triggers.h"
#include "bench/tracing/uprobe_targets.h"
#include "probes/attach.h"
#include "util/files.h"
#define _Bool bool  // the skeleton has a C type in it; NOLINT(bugprone-reserved-identifier)
#include "usdt_programs.skel.h"
#undef _Bool

namespace bpftax::bench {
namespace {

constexpr const char* kUprobePmu = "/sys/bus/event_source/devices/uprobe";
constexpr const char* kOurselves = "/proc/self/exe";
constexpr uint64_t kWorkBytes = 32 * 1024;

// Linux 6.6; not in the headers of the distribution. Value and layout of <linux/bpf.h>.
constexpr auto kTraceUprobeMulti = static_cast<bpf_attach_type>(48);
struct UprobeMultiLink {
  uint32_t program, target, attach_type, flags;
  uint64_t path, offsets, ref_ctr_offsets, cookies;
  uint32_t count, multi_flags, pid, pad;
};
constexpr uint32_t kUprobeMultiReturn = 1;
static_assert(offsetof(UprobeMultiLink, path) == 16 && offsetof(UprobeMultiLink, pid) == 56);

bool at_return(const std::string& name) {
  return name.substr(0, 9) == "uretprobe";
}

bool is_multi(const std::string& name) {
  return name.size() > 6 && name.substr(name.size() - 6) == ".multi";
}

Result<HookLink> attach_multi(const Body& body, uint64_t offset, bool returns) {
  UprobeMultiLink attribute{};
  attribute.program = static_cast<uint32_t>(bpf_program__fd(body.program()));
  attribute.attach_type = kTraceUprobeMulti;
  attribute.path = reinterpret_cast<uintptr_t>(kOurselves);
  attribute.offsets = reinterpret_cast<uintptr_t>(&offset);
  attribute.count = 1;
  attribute.multi_flags = returns ? kUprobeMultiReturn : 0;
  attribute.pid = static_cast<uint32_t>(::getpid());
  const auto fd = static_cast<int>(::syscall(SYS_bpf, BPF_LINK_CREATE, &attribute, sizeof attribute));
  if (fd < 0) {
    LibbpfLog::instance().clear();
    return fail_refused(errno, "the attachment is refused", "uprobe.multi");
  }
  HookLink link;
  link.add(Fd(fd));
  return link;
}

// Without this PMU libbpf would write into tracefs, and what is written there outlives a process that is
// killed.
Result<void> check_uprobe_pmu() {
  if (const auto pmu = read_file(std::string(kUprobePmu) + "/type"); !pmu)
    return fail_refused(pmu.error().errno_value,
                        std::string("the kernel has no uprobe events: ") + kUprobePmu, kUprobePmu);
  return {};
}

uint64_t work_bytes(Place place) {
  return place == Place::kInPlace ? kWorkBytes : 0;
}

}  // namespace

Result<std::unique_ptr<Hook>> make_uprobe(const HookWish& wish) {
  const std::string instruction = wish.instruction.empty() ? "nop" : wish.instruction;
  BPFTAX_ASSIGN(void (*const function)(), uprobe_target(instruction));
  BPFTAX_ASSIGN(const uint64_t offset, file_offset_of(function));
  const bool returns = at_return(wish.name);
  HookParts parts;
  parts.target = "own function";
  parts.trigger = call_function(function, work_bytes(wish.place));
  parts.programs = hook_programs("kprobe");
  if (is_multi(wish.name)) {
    parts.programs.configure = [](bpf_object*, bpf_program* program) -> Result<void> {
      const int error = bpf_program__set_expected_attach_type(program, kTraceUprobeMulti);
      if (error != 0) return fail_refused(-error, "no such attach type", "uprobe.multi");
      return {};
    };
    parts.attach = [offset, returns](const Body& body) { return attach_multi(body, offset, returns); };
    return make_hook(std::move(parts));
  }
  BPFTAX_TRY(check_uprobe_pmu());
  parts.attach = [offset, returns](const Body& body) {
    LibbpfLog::instance().clear();
    bpf_uprobe_opts options{};
    options.sz = sizeof options;
    options.retprobe = returns;
    return hook_link(
        bpf_program__attach_uprobe_opts(body.program(), 0 /* ourselves */, kOurselves, offset, &options),
        kOurselves);
  };
  return make_hook(std::move(parts));
}

Result<std::unique_ptr<Hook>> make_usdt(const HookWish& wish) {
  BPFTAX_TRY(check_uprobe_pmu());
  HookParts parts;
  parts.target = "bpftax:bench";
  parts.trigger = call_function(pass_usdt, work_bytes(wish.place));
  parts.programs.image = usdt_programs_bpf::elf_bytes(&parts.programs.image_size);
  parts.programs.stem = "usdt";
  parts.attach = [](const Body& body) {
    LibbpfLog::instance().clear();
    return hook_link(bpf_program__attach_usdt(body.program(), 0 /* ourselves */, kOurselves, kUsdtProvider,
                                              kUsdtName, nullptr),
                     kOurselves);
  };
  return make_hook(std::move(parts));
}

}  // namespace bpftax::bench
