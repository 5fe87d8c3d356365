#include "sample/empty_program.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>

#include "util/files.h"
#include "util/strings.h"

namespace bpftax {
namespace {

// r0 = 0; exit
constexpr std::array<bpf_insn, 2> kDoNothing = {bpf_insn{BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0},
                                                bpf_insn{BPF_JMP | BPF_EXIT, 0, 0, 0, 0}};

// What the kernel finds by its BTF, and how the attachment is called there.
std::optional<bpf_attach_type> attach_type_by_btf(const std::string& hook) {
  if (hook == "tp_btf") return BPF_TRACE_RAW_TP;
  if (hook == "fentry") return BPF_TRACE_FENTRY;
  if (hook == "fexit") return BPF_TRACE_FEXIT;
  if (hook == "lsm") return BPF_LSM_MAC;
  return std::nullopt;
}

Result<Fd> load_it(bpf_prog_type type, const bpf_prog_load_opts* options = nullptr) {
  const int fd =
      bpf_prog_load(type, "bpftax_empty", "Dual MIT/GPL", kDoNothing.data(), kDoNothing.size(), options);
  if (fd < 0) return fail_errno(-fd, "the program is refused");
  return Fd(fd);
}

Result<Fd> raw_attachment(const char* name, int program) {
  const int fd = bpf_raw_tracepoint_open(name, program);
  if (fd < 0) return fail_errno(-fd, "the attachment is refused");
  return Fd(fd);
}

// The event counts on one CPU; the program runs on all.
Result<Fd> perf_attachment(perf_event_attr attribute, int program) {
  attribute.size = sizeof attribute;
  attribute.disabled = 1;
  Fd event(static_cast<int>(
      syscall(SYS_perf_event_open, &attribute, -1 /* any process */, 0 /* CPU */, -1, PERF_FLAG_FD_CLOEXEC)));
  if (!event) return fail_errno(errno, "perf_event_open");
  if (ioctl(event.get(), PERF_EVENT_IOC_SET_BPF, program) != 0 ||
      ioctl(event.get(), PERF_EVENT_IOC_ENABLE, 0) != 0)
    return fail_errno(errno, "the attachment is refused");
  return event;
}

Result<Fd> tracepoint_attachment(const std::string& event, int program) {
  const std::string path = "/sys/kernel/tracing/events/" + event + "/id";
  Result<std::string> text = read_file(path);
  if (!text) text = read_file("/sys/kernel/debug/tracing/events/" + event + "/id");
  if (!text) return fail(ErrorKind::kEnvironment, "tracefs is not mounted", "/sys/kernel/tracing");
  const auto id = to_uint64(trim(*text));
  if (!id) return fail(ErrorKind::kEnvironment, "unexpected text", path);
  perf_event_attr attribute{};
  attribute.type = PERF_TYPE_TRACEPOINT;
  attribute.config = *id;
  return perf_attachment(attribute, program);
}

}  // namespace

Result<Fd> attach_dynamic_event(const char* pmu, const char* target, uint64_t config, uint64_t offset,
                                const Fd& program) {
  const std::string path = std::string("/sys/bus/event_source/devices/") + pmu + "/type";
  Result<std::string> text = read_file(path);
  if (!text) return fail(ErrorKind::kEnvironment, std::string("the kernel has no ") + pmu + " events", path);
  const auto type = to_uint64(trim(*text));
  if (!type) return fail(ErrorKind::kEnvironment, "unexpected text", path);
  perf_event_attr attribute{};
  attribute.type = static_cast<uint32_t>(*type);
  attribute.config = config;
  attribute.config1 = reinterpret_cast<uintptr_t>(target);
  attribute.config2 = offset;
  return perf_attachment(attribute, program.get());
}

Result<EmptyProgram> EmptyProgram::load(const std::string& hook, const std::string& target) {
  Result<Fd> program = Fd();
  if (const auto attach = attach_type_by_btf(hook)) {
    const int id = libbpf_find_vmlinux_btf_id(target.c_str(), *attach);
    if (id <= 0) return fail_errno(id == 0 ? ENOENT : -id, "no kernel BTF for", target);
    bpf_prog_load_opts options{};
    options.sz = sizeof options;
    options.expected_attach_type = *attach;
    options.attach_btf_id = static_cast<__u32>(id);
    program = load_it(hook == "lsm" ? BPF_PROG_TYPE_LSM : BPF_PROG_TYPE_TRACING, &options);
  } else if (hook == "raw_tp") {
    program = load_it(BPF_PROG_TYPE_RAW_TRACEPOINT);
  } else if (hook == "tracepoint") {
    program = load_it(BPF_PROG_TYPE_TRACEPOINT);
  } else if (hook == "kprobe" || hook == "kretprobe") {
    program = load_it(BPF_PROG_TYPE_KPROBE);
  } else {
    return fail(ErrorKind::kEnvironment, "cannot load an empty BPF program", hook,
                "not a hook on which one can be tried");
  }
  if (!program) return propagate(program);
  return EmptyProgram(hook, target, std::move(*program));
}

Result<Fd> EmptyProgram::attach() const {
  if (hook_ == "raw_tp") return raw_attachment(target_.c_str(), fd());
  if (hook_ == "tracepoint") return tracepoint_attachment(target_, fd());
  if (hook_ == "kprobe" || hook_ == "kretprobe")
    return attach_dynamic_event("kprobe", target_.c_str(), hook_ == "kretprobe" ? 1 : 0, 0, program_);
  return raw_attachment(nullptr, fd());
}

}  // namespace bpftax
