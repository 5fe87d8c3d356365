#include "bench/load/object_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "bench/load/verifier_log.h"
#include "probes/attach.h"
#include "util/clock.h"
#include "util/fd.h"
#include "util/files.h"
#include "util/json.h"
#include "util/strings.h"

namespace bpftax::bench {
namespace {

constexpr std::string_view kElfMagic =
    "\x7f"
    "ELF";
constexpr size_t kMostListed = 4u << 20;  // bytes of a child's answer

uint64_t between(int64_t start_ns, int64_t end_ns) {
  return end_ns > start_ns ? static_cast<uint64_t>(end_ns - start_ns) : 0;
}

// libbpf's warnings; the first is usually the cause.
std::string libbpf_words(int error) {
  const auto& lines = LibbpfLog::instance().lines();
  char text_buffer[128] = {};
  libbpf_strerror(error, text_buffer, sizeof text_buffer);  // also of its own numbers
  const std::string text = text_buffer;
  return lines.empty() ? text : text + ": " + shorten(lines.front(), 300);
}

bool needs_entries(const bpf_map* map) {
  switch (bpf_map__type(map)) {
    case BPF_MAP_TYPE_SK_STORAGE:
    case BPF_MAP_TYPE_TASK_STORAGE:
    case BPF_MAP_TYPE_INODE_STORAGE:
    case BPF_MAP_TYPE_CGROUP_STORAGE:
    case BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE:
    case BPF_MAP_TYPE_STRUCT_OPS:
    case BPF_MAP_TYPE_PERF_EVENT_ARRAY:  // libbpf makes it one for each CPU
      return false;
    default:
      return bpf_map__type(map) != static_cast<bpf_map_type>(32) /* BPF_MAP_TYPE_CGRP_STORAGE */;
  }
}

Json listing(const std::string& bytes, const std::string& name) {
  auto object = open_object(bytes, name);
  if (!object) return Json{{"error", object.error().why}};
  Json programs = Json::array();
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, object->get()) {
    programs.push_back({{"name", bpf_program__name(program)},
                        {"section", bpf_program__section_name(program)},
                        {"type", static_cast<uint32_t>(bpf_program__type(program))},
                        {"attach_type", static_cast<uint32_t>(bpf_program__expected_attach_type(program))}});
  }
  return Json{{"programs", programs}};
}

[[noreturn]] void write_listing(int fd, const std::string& bytes, const std::string& name, int timeout_s) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (const int signal : {SIGALRM, SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL}) ::signal(signal, SIG_DFL);
  alarm(static_cast<unsigned>(timeout_s));
  const std::string text = dump_line(listing(bytes, name));
  for (size_t done = 0; done < text.size();) {
    const ssize_t written = ::write(fd, text.data() + done, text.size() - done);
    if (written <= 0) _exit(1);
    done += static_cast<size_t>(written);
  }
  _exit(0);
}

std::string read_to_end(int fd) {
  std::string text;
  char buffer[65536];
  for (;;) {
    const ssize_t got = ::read(fd, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0 || text.size() > kMostListed) return text;
    text.append(buffer, static_cast<size_t>(got));
  }
}

std::string ending(int status, int timeout_s) {
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
    return fmt::format("parsing it took longer than {} s", timeout_s);
  if (WIFSIGNALED(status)) return fmt::format("the ELF parser crashed ({})", strsignal(WTERMSIG(status)));
  return "the ELF parser gave no answer";
}

}  // namespace

Result<std::string> read_object(const std::string& path) {
  auto bytes = read_file(path, kMostObjectBytes);
  if (!bytes) {
    Error error = bytes.error();
    error.kind = ErrorKind::kUsage;
    return tl::unexpected<Error>(std::move(error));
  }
  if (bytes->substr(0, kElfMagic.size()) != kElfMagic)
    return fail(ErrorKind::kUsage, "not a BPF object file", printable(path),
                bytes->empty() ? "it is empty" : "it is no ELF file",
                "give it what clang -target bpf -g -c wrote");
  return std::move(*bytes);
}

Result<ObjectPtr> open_object(const std::string& bytes, const std::string& name) {
  LibbpfLog::instance().clear();
  bpf_object_open_opts options{};
  options.sz = sizeof options;
  const std::string object_name = name.substr(0, name.find('.'));
  options.object_name = object_name.c_str();
  ObjectPtr object(bpf_object__open_mem(bytes.data(), bytes.size(), &options));
  if (!object)
    return fail(ErrorKind::kSubject, "libbpf cannot open the object file", printable(name),
                libbpf_words(errno), "is it what clang -target bpf -g -c wrote?");
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, object.get()) {
    bpf_map__set_pin_path(map, nullptr);
    if (bpf_map__max_entries(map) == 0 && needs_entries(map)) bpf_map__set_max_entries(map, 1);
  }
  return object;
}

Result<std::vector<ListedProgram>> list_programs(const std::string& bytes, const std::string& name,
                                                 int timeout_s) {
  const auto failed = [&](std::string why) {
    return fail(ErrorKind::kSubject, "cannot read the object file", printable(name), std::move(why),
                "is it what clang -target bpf -g -c wrote?");
  };
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return fail_errno(errno, "cannot make a pipe");
  Fd reading(ends[0]), writing(ends[1]);
  const pid_t child = fork();
  if (child < 0) return fail_errno(errno, "cannot start a process");
  if (child == 0) write_listing(writing.get(), bytes, name, timeout_s);
  writing.reset();
  const std::string text = read_to_end(reading.get());
  reading.reset();
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return failed(ending(status, timeout_s));
  BPFTAX_ASSIGN(const Json answer, parse_json(text, "the ELF parser's process"));
  if (answer.contains("error")) return failed(answer["error"].get<std::string>());
  std::vector<ListedProgram> programs;
  for (const Json& program : answer["programs"])
    programs.push_back({program["name"].get<std::string>(), program["section"].get<std::string>(),
                        program["type"].get<uint32_t>(), program["attach_type"].get<uint32_t>()});
  return programs;
}

LoadTimeline timeline_of(const std::vector<BpfCall>& calls, int64_t start_ns, int64_t end_ns) {
  LoadTimeline timeline;
  timeline.total_ns = between(start_ns, end_ns);
  const auto first_program =
      std::find_if(calls.begin(), calls.end(), [](const BpfCall& c) { return c.of_program; });
  const auto before = [&](auto&& wanted) { return std::find_if(calls.begin(), first_program, wanted); };
  // Trials come first; then BTF; then maps.
  int64_t probe_end = start_ns;
  for (auto call = calls.begin(); call != first_program && call->command == BPF_PROG_LOAD; ++call)
    probe_end = call->end_ns;
  const auto btf = before([](const BpfCall& c) { return c.command == BPF_BTF_LOAD; });
  const auto first_map = before([](const BpfCall& c) { return c.command == BPF_MAP_CREATE; });
  int64_t btf_start = end_ns;
  if (first_program != calls.end()) btf_start = first_program->start_ns;
  if (first_map != first_program) btf_start = first_map->start_ns;
  int64_t btf_end = btf_start;
  if (btf != first_program) {
    timeline.has_btf = true;
    btf_start = btf->start_ns;
    btf_end = btf->end_ns;
  }
  int64_t maps_end = btf_end;
  for (auto call = calls.begin(); call != first_program; ++call) {
    if (call->command == BPF_BTF_LOAD) btf_end = std::max(btf_end, call->end_ns);
    if (call->command == BPF_MAP_CREATE && call->result >= 0) ++timeline.maps;
    if (call->command == BPF_MAP_CREATE || call->command == BPF_MAP_UPDATE_ELEM ||
        call->command == BPF_MAP_FREEZE)
      maps_end = std::max(maps_end, call->end_ns);
  }
  maps_end = std::max(maps_end, btf_end);
  for (const BpfCall& call : calls) {
    if (!call.of_program) continue;
    timeline.programs_ns += between(call.start_ns, call.end_ns);
    if (call.result >= 0) ++timeline.programs;
  }
  timeline.probe_ns = between(start_ns, probe_end);
  timeline.kernel_btf_ns = between(probe_end, btf_start);
  timeline.btf_ns = between(btf_start, btf_end);
  timeline.maps_ns = between(btf_end, maps_end);
  const uint64_t rest = between(maps_end, end_ns);
  timeline.relocate_ns = rest > timeline.programs_ns ? rest - timeline.programs_ns : 0;
  return timeline;
}

void choose_programs(bpf_object* object, const std::vector<std::string>* names) {
  if (names == nullptr) return;
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, object) {
    const std::string name = bpf_program__name(program);
    bpf_program__set_autoload(program, std::find(names->begin(), names->end(), name) != names->end());
  }
}

Result<LoadTimeline> load_object(bpf_object* object, BpfCalls& calls) {
  LibbpfLog::instance().clear();
  const int64_t start_ns = RealClock().monotonic_ns();
  const int error = -bpf_object__load(object);
  const int64_t end_ns = RealClock().monotonic_ns();
  if (error == 0) return timeline_of(calls.calls(), start_ns, end_ns);
  std::string why = libbpf_words(error);
  if (!calls.programs().empty() && calls.programs().back().result < 0) {
    const std::string complaint = last_complaint(calls.programs().back().log);
    if (!complaint.empty()) why = std::string(strerror(-calls.programs().back().result)) + ": " + complaint;
    why = std::string(kRefusedByKernel) + why;
  }
  return fail(ErrorKind::kSubject, "the kernel does not load the object", bpf_object__name(object), why);
}

}  // namespace bpftax::bench
