#include "sample/bpf_features.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <functional>
#include <string>

#include "sample/empty_program.h"
#include "util/fd.h"
#include "util/files.h"
#include "util/result.h"
#include "util/strings.h"

namespace bpftax {
namespace {

// r0 = 0; exit
constexpr std::array<bpf_insn, 2> kReturnZero = {bpf_insn{BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0},
                                                 bpf_insn{BPF_JMP | BPF_EXIT, 0, 0, 0, 0}};
// r0 = 1; exit: lets a cgroup's packets pass
constexpr std::array<bpf_insn, 2> kReturnOne = {bpf_insn{BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 1},
                                                bpf_insn{BPF_JMP | BPF_EXIT, 0, 0, 0, 0}};

Result<Fd> load(bpf_prog_type type, const bpf_prog_load_opts* options = nullptr,
                const std::array<bpf_insn, 2>& program = kReturnZero) {
  const int fd =
      bpf_prog_load(type, "bpftax_feature", "Dual MIT/GPL", program.data(), program.size(), options);
  if (fd < 0) return fail_errno(-fd, "the program is refused");
  return Fd(fd);
}

Result<void> attached(int fd_or_error, const char* what) {
  if (fd_or_error < 0) return fail_errno(-fd_or_error, what);
  ::close(fd_or_error);
  return {};
}

Result<void> load_only(bpf_prog_type type) {
  auto program = load(type);
  if (!program) return propagate(program);
  return {};
}

Result<void> empty_program_on(const char* hook, const char* target) {
  BPFTAX_ASSIGN(const EmptyProgram program, EmptyProgram::load(hook, target));
  auto attached = program.attach();
  if (!attached) return propagate(attached);
  return {};
}

Result<Fd> open_perf_event(uint32_t type, uint64_t config) {
  perf_event_attr attribute{};
  attribute.size = sizeof attribute;
  attribute.type = type;
  attribute.config = config;
  attribute.disabled = 1;
  const auto fd = static_cast<int>(
      syscall(SYS_perf_event_open, &attribute, -1 /* any process */, 0 /* CPU */, -1, PERF_FLAG_FD_CLOEXEC));
  if (fd < 0) return fail_errno(errno, "perf_event_open");
  return Fd(fd);
}

Result<void> set_bpf(const Fd& event, const Fd& program) {
  if (ioctl(event.get(), PERF_EVENT_IOC_SET_BPF, program.get()) != 0)
    return fail_errno(errno, "the attachment is refused");
  return {};
}

Result<void> kprobe_multi() {
  bpf_prog_load_opts options{};
  options.sz = sizeof options;
  options.expected_attach_type = BPF_TRACE_KPROBE_MULTI;
  BPFTAX_ASSIGN(const Fd program, load(BPF_PROG_TYPE_KPROBE, &options));
  const char* symbol = "bpf_fentry_test1";
  bpf_link_create_opts link{};
  link.sz = sizeof link;
  link.kprobe_multi.syms = &symbol;
  link.kprobe_multi.cnt = 1;
  return attached(bpf_link_create(program.get(), 0, BPF_TRACE_KPROBE_MULTI, &link),
                  "the attachment is refused");
}

// The target of the uprobe: never called while the probe is there.
[[gnu::noinline]] int uprobe_target(int value) {
  return value + 1;
}

Result<void> uprobe() {
  const auto address = reinterpret_cast<uintptr_t>(&uprobe_target);
  BPFTAX_ASSIGN(const std::string maps, read_file("/proc/self/maps"));
  // "start-end perms offset dev inode path": the file offset of the function is address - start + offset.
  for (const std::string_view line : split(maps, '\n')) {
    const auto fields = split_blank(line);
    if (fields.size() < 6) continue;
    const auto range = split(fields[0], '-');
    const auto start = to_uint64(range[0], 16);
    const auto end = range.size() == 2 ? to_uint64(range[1], 16) : std::nullopt;
    const auto offset = to_uint64(fields[2], 16);
    if (!start || !end || !offset || address < *start || address >= *end) continue;
    BPFTAX_ASSIGN(const Fd program, load(BPF_PROG_TYPE_KPROBE));
    auto attached = attach_dynamic_event("uprobe", "/proc/self/exe", 0, address - *start + *offset, program);
    if (!attached) return propagate(attached);
    return {};
  }
  return fail(ErrorKind::kInternal, "no mapping of our own text", "/proc/self/maps");
}

Result<void> software_perf_event() {
  BPFTAX_ASSIGN(const Fd event, open_perf_event(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK));
  BPFTAX_ASSIGN(const Fd program, load(BPF_PROG_TYPE_PERF_EVENT));
  return set_bpf(event, program);
}

Result<void> hardware_counters() {
  auto event = open_perf_event(PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES);
  if (!event) return propagate(event);
  return {};
}

Result<void> map(bpf_map_type type, uint32_t key, uint32_t value, uint32_t entries) {
  return attached(bpf_map_create(type, "bpftax_feature", key, value, entries, nullptr), "the map is refused");
}

Result<void> runtime_statistics() {
  return attached(bpf_enable_stats(BPF_STATS_RUN_TIME), "BPF_ENABLE_STATS");
}

Result<void> cgroup_skb() {
  auto program = load(BPF_PROG_TYPE_CGROUP_SKB, nullptr, kReturnOne);
  if (!program) return propagate(program);
  return {};
}

}  // namespace

std::vector<BpfFeature> probe_bpf_features() {
  libbpf_set_print(nullptr);
  const std::vector<std::pair<const char*, std::function<Result<void>()>>> probes = {
      {"tracepoint", [] { return empty_program_on("tracepoint", "net/netif_receive_skb"); }},
      {"raw_tp", [] { return empty_program_on("raw_tp", "netif_receive_skb"); }},
      {"tp_btf", [] { return empty_program_on("tp_btf", "netif_receive_skb"); }},
      {"fentry", [] { return empty_program_on("fentry", "bpf_fentry_test1"); }},
      {"fexit", [] { return empty_program_on("fexit", "bpf_fentry_test1"); }},
      {"kprobe", [] { return empty_program_on("kprobe", "bpf_fentry_test1"); }},
      {"kretprobe", [] { return empty_program_on("kretprobe", "bpf_fentry_test1"); }},
      {"kprobe_multi", kprobe_multi},
      {"uprobe", uprobe},
      {"perf_event", software_perf_event},
      {"lsm", [] { return empty_program_on("lsm", "file_open"); }},
      {"xdp", [] { return load_only(BPF_PROG_TYPE_XDP); }},
      {"sched_cls", [] { return load_only(BPF_PROG_TYPE_SCHED_CLS); }},
      {"cgroup_skb", cgroup_skb},
      {"ringbuf", [] { return map(BPF_MAP_TYPE_RINGBUF, 0, 0, 4096); }},
      {"perf_event_array", [] { return map(BPF_MAP_TYPE_PERF_EVENT_ARRAY, 4, 4, 1); }},
      {"runtime_stats", runtime_statistics},
      {"hardware_counters", hardware_counters},
  };
  std::vector<BpfFeature> features;
  features.reserve(probes.size());
  for (const auto& [name, probe] : probes) {
    const Result<void> result = probe();
    features.push_back({name, result.has_value(), result ? std::string() : to_string(result.error())});
  }
  return features;
}

}  // namespace bpftax
