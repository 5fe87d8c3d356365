#include "probes/attach.h"

#include <bpf/bpf.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstring>

#include "probes/symbols.h"
#include "util/files.h"
#include "util/strings.h"

namespace bpftax {
namespace {

constexpr const char* kKernelBtf = "/sys/kernel/btf/vmlinux";
constexpr const char* kPrivilegeHint = "run it as root, or with CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN";

struct ModeNames {
  AttachMode mode;
  std::string_view name;
  std::string_view suffix;  // of program names
};
constexpr std::array kModeNames = {
    ModeNames{AttachMode::kTpBtf, "tp_btf", "btf"}, ModeNames{AttachMode::kRawTp, "raw_tp", "raw"},
    ModeNames{AttachMode::kTracepoint, "tracepoint", "tp"},
    ModeNames{AttachMode::kFentry, "fentry", "fentry"}, ModeNames{AttachMode::kKprobe, "kprobe", "kprobe"}};

const ModeNames& names_of(AttachMode mode) {
  return *std::find_if(kModeNames.begin(), kModeNames.end(),
                       [&](const ModeNames& n) { return n.mode == mode; });
}

// "netif_receive_skb" of "tp_btf/netif_receive_skb"
std::string target_of(const bpf_program* program) {
  const std::string section = bpf_program__section_name(program);
  return section.substr(section.rfind('/') + 1);
}

// The programs of a stem and a way: the plain one, then its variants in the order of their numbers.
std::vector<bpf_program*> variants(bpf_object* object, const std::string& stem, AttachMode mode) {
  std::vector<bpf_program*> found;
  const std::string plain = fmt::format("{}_{}", stem, names_of(mode).suffix);
  for (int number = 1;; ++number) {
    const std::string name = number == 1 ? plain : fmt::format("{}{}", plain, number);
    bpf_program* program = bpf_object__find_program_by_name(object, name.c_str());
    if (program == nullptr) return found;
    found.push_back(program);
  }
}

// Whether this process may use BPF at all: then a refusal has another cause than who we are.
bool is_privileged() {
  constexpr uint64_t kSysAdmin = 1ull << 21, kPerfmon = 1ull << 38, kBpf = 1ull << 39;
  const auto status = read_file("/proc/self/status");
  if (!status) return false;
  for (const std::string_view line : split(*status, '\n')) {
    const auto fields = split_blank(line);
    if (fields.size() != 2 || fields[0] != "CapEff:") continue;
    const uint64_t capabilities = to_uint64(fields[1], 16).value_or(0);
    return (capabilities & kSysAdmin) != 0 || (capabilities & (kPerfmon | kBpf)) == (kPerfmon | kBpf);
  }
  return false;
}

bool is_refusal(int error) {
  return error == EPERM || error == EACCES;
}

tl::unexpected<Error> fail_bpf(int error, const char* what, const std::string& where) {
  auto failure = fail(ErrorKind::kEnvironment, what, where, bpf_cause(error));
  failure.value().errno_value = error;
  if (is_refusal(error) && !is_privileged()) failure.value().hint = kPrivilegeHint;
  return failure;
}

// For fentry the kernel's BTF must know the function, for kprobe its symbol table.
Result<std::string> existing_function(const bpf_program* program, AttachMode mode) {
  const std::string function = target_of(program);
  if (mode == AttachMode::kFentry) {
    const int id = libbpf_find_vmlinux_btf_id(function.c_str(), BPF_TRACE_FENTRY);
    if (id > 0) return function;
    return fail(ErrorKind::kEnvironment, "the kernel's BTF has no such function", function);
  }
  return find_kernel_function(function);
}

Result<bpf_program*> choose(bpf_object* object, const std::string& stem, AttachMode mode) {
  const std::vector<bpf_program*> candidates = variants(object, stem, mode);
  if (candidates.empty())
    return fail(ErrorKind::kEnvironment,
                fmt::format("this probe has no {} way to '{}'", to_string(mode), stem), {}, {},
                "leave --attach away, or take a tracepoint's: tp_btf, raw_tp, tracepoint");
  if (mode != AttachMode::kFentry && mode != AttachMode::kKprobe) return candidates.front();
  Error first;
  for (bpf_program* program : candidates) {
    auto function = existing_function(program, mode);
    if (function) return program;
    if (first.what.empty()) first = function.error();
  }
  return tl::unexpected<Error>(std::move(first));
}

Result<void> check_mode(AttachMode mode) {
  if (!is_privileged())
    return fail_errno(EPERM, "cannot load BPF programs", "", ErrorKind::kEnvironment, kPrivilegeHint);
  if (mode == AttachMode::kKprobe && !path_exists("/sys/bus/event_source/devices/kprobe") &&
      !path_exists("/sys/kernel/tracing/kprobe_events") &&
      !path_exists("/sys/kernel/debug/tracing/kprobe_events"))
    return fail(ErrorKind::kEnvironment, "the kernel has no kprobe events",
                "/sys/bus/event_source/devices/kprobe",
                "built without CONFIG_KPROBE_EVENTS, or tracefs is not mounted");
  if (mode == AttachMode::kTracepoint && !path_exists("/sys/kernel/tracing/events/net") &&
      !path_exists("/sys/kernel/debug/tracing/events/net"))
    return fail(ErrorKind::kEnvironment, "tracefs does not show the tracepoints",
                "/sys/kernel/tracing/events/net", "not mounted, or not readable",
                "mount -t tracefs tracefs /sys/kernel/tracing");
  return {};
}

int print_to_log(libbpf_print_level level, const char* format, va_list arguments) {
  if (level != LIBBPF_WARN) return 0;
  char text[1024];
  vsnprintf(text, sizeof text, format, arguments);
  LibbpfLog::instance().add(text);
  return 0;
}

}  // namespace

std::string bpf_cause(int error) {
  const auto& lines = LibbpfLog::instance().lines();
  std::string text = strerror(error);
  if (!lines.empty()) text += " (" + lines.front() + ")";
  return text;
}

std::string_view to_string(AttachMode mode) {
  return names_of(mode).name;
}

Result<std::optional<AttachMode>> parse_attach_mode(const std::string& text) {
  if (text == "auto") return std::optional<AttachMode>();
  std::vector<std::string> known = {"auto"};
  for (const ModeNames& names : kModeNames) {
    if (names.name == text) return std::optional<AttachMode>(names.mode);
    known.emplace_back(names.name);
  }
  const auto nearest = nearest_name(text, known);
  return fail(ErrorKind::kUsage, "unknown way to attach", "--attach " + printable(text), {},
              nearest ? "did you mean " + *nearest + "?" : "one of " + join(known, ", "));
}

LibbpfLog& LibbpfLog::instance() {
  static LibbpfLog log;
  return log;
}

LibbpfLog::LibbpfLog() {
  libbpf_set_print(print_to_log);
}

void LibbpfLog::add(std::string_view text) {
  for (const std::string_view piece : split(text, '\n')) {
    std::string_view line = trim(piece);
    if (line.substr(0, 8) == "libbpf: ") line.remove_prefix(8);
    if (line.find("BEGIN PROG LOAD LOG") != line.npos) in_verifier_log_ = true;
    if (!line.empty() && !in_verifier_log_) lines_.emplace_back(printable(line));
    if (line.find("END PROG LOAD LOG") != line.npos) in_verifier_log_ = false;
  }
}

void Attachment::add(bpf_link* link, const bpf_program* program) {
  links_.emplace_back(link);
  programs_.push_back(bpf_program__fd(program));
}

uint64_t Attachment::recursion_misses() const {
  uint64_t sum = 0;
  for (const int fd : programs_) {
    bpf_prog_info info{};
    __u32 size = sizeof info;
    if (bpf_obj_get_info_by_fd(fd, &info, &size) == 0) sum += info.recursion_misses;
  }
  return sum;
}

Result<void> check_kernel() {
  if (!path_exists(kKernelBtf))
    return fail(ErrorKind::kEnvironment, "the kernel gives no type information (BTF)", kKernelBtf,
                "No such file or directory",
                "the probes need a kernel built with CONFIG_DEBUG_INFO_BTF=y, and /sys mounted");
  return {};
}

Result<void> select_programs(bpf_object* object, const std::vector<std::string>& stems, AttachMode mode,
                             const std::vector<std::string>& others) {
  BPFTAX_TRY(check_mode(mode));
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, object) {
    const std::string name = bpf_program__name(program);
    bpf_program__set_autoload(program, std::find(others.begin(), others.end(), name) != others.end());
  }
  for (const std::string& stem : stems) {
    BPFTAX_ASSIGN(program, choose(object, stem, mode));
    bpf_program__set_autoload(program, true);
  }
  return {};
}

Result<void> load_skeleton(bpf_object_skeleton* skeleton) {
  const int error = -bpf_object__load_skeleton(skeleton);
  if (error != 0) return fail_bpf(error, "cannot load the BPF programs", "");
  return {};
}

Result<Attachment> attach_selected(bpf_object* object, const std::vector<std::string>& stems,
                                   AttachMode mode) {
  std::vector<std::pair<bpf_link*, const bpf_program*>> links;
  std::vector<std::string> targets;
  for (const std::string& stem : stems) {
    BPFTAX_ASSIGN(bpf_program* const program, choose(object, stem, mode));
    std::string target = target_of(program);
    bpf_link* link = nullptr;
    if (mode == AttachMode::kKprobe) {
      BPFTAX_ASSIGN(target, find_kernel_function(target));
      link = bpf_program__attach_kprobe(program, false, target.c_str());
    } else {
      link = bpf_program__attach(program);
    }
    const int error = errno;
    if (link == nullptr) {
      for (const auto& [made, of] : links) bpf_link__destroy(made);
      return fail_bpf(error, "cannot attach the BPF program", target);
    }
    links.emplace_back(link, program);
    targets.push_back(std::move(target));
  }
  Attachment attachment(mode, fmt::format("{}: {}", to_string(mode), join(targets, ", ")));
  for (const auto& [link, program] : links) attachment.add(link, program);
  return attachment;
}

Result<void> add_failure(Error& all, AttachMode mode, const Error& error) {
  // Without privilege, or with a broken object or calibration, the next way fails in the same manner.
  if ((is_refusal(error.errno_value) && !is_privileged()) || error.kind != ErrorKind::kEnvironment)
    return tl::unexpected<Error>(error);
  all.kind = ErrorKind::kEnvironment;
  all.what = "this kernel offers no way to attach";
  if (!all.why.empty()) all.why += "; ";
  all.why += fmt::format("{}: {}", to_string(mode), to_string(error));
  all.hint = "bpftax-probe --list says what works here";
  return {};
}

}  // namespace bpftax
