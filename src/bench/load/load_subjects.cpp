#include "bench/load/load_subjects.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <deque>
#include <set>

#include "bench/load/object_bench.h"
#include "bench/load/program_bench.h"
#include "bench/load/series.h"
#include "util/json.h"
#include "util/strings.h"

namespace bpftax::bench {
namespace {

constexpr size_t kMostPrograms = 4000;  // in one run

std::vector<ObjectSubject>& object_table() {
  static std::vector<ObjectSubject> table;
  return table;
}

Result<const ObjectSubject*> object_of(const Task& task) {
  const auto label = json_string(task.params, "object");
  if (!label || !*label) return nullptr;
  const ObjectSubject* object = find_object(**label);
  if (object == nullptr) return fail(ErrorKind::kInternal, "no such object file", printable(**label));
  return object;
}

Result<ProgramSubject> series_subject(const Task& task) {
  const Series* series = find_series(task.subject);
  if (series == nullptr) return fail(ErrorKind::kUsage, "no such series", printable(task.subject));
  BPFTAX_ASSIGN(const int64_t size, require_integer(task.params, "size"));
  BPFTAX_ASSIGN(SeriesProgram program,
                make_series_program(*series, static_cast<uint64_t>(std::max<int64_t>(size, 0))));
  ProgramSubject subject;
  subject.image =
      ProgramImage::from_instructions(BPF_PROG_TYPE_XDP, task.subject, std::move(program.instructions));
  subject.result = program.result;
  return subject;
}

// One program of an object file, loaded alone, as veristat does.
Result<ProgramSubject> object_program(const ObjectSubject& object, const std::string& name) {
  ProgramSubject subject;
  BPFTAX_ASSIGN(subject.object, open_object(object.bytes, object.label));
  const std::vector<std::string> names = {name};
  choose_programs(subject.object.get(), &names);
  BpfCalls calls(BpfCalls::Keep::kPrograms);
  BPFTAX_TRY(load_object(subject.object.get(), calls));
  BPFTAX_TRY(calls.state());
  subject.program = bpf_object__find_program_by_name(subject.object.get(), name.c_str());
  if (subject.program == nullptr || calls.programs().empty() || calls.programs().back().result < 0)
    return fail(ErrorKind::kSubject, "the program is not loaded", printable(name), "libbpf left it out");
  subject.image = std::move(calls.programs().back().image);
  return subject;
}

Result<ProgramSubject> program_subject(const Task& task) {
  BPFTAX_ASSIGN(const ObjectSubject* const object, object_of(task));
  BPFTAX_ASSIGN(ProgramSubject subject,
                object == nullptr ? series_subject(task) : object_program(*object, task.subject));
  const Json* attach = find_path(task.params, "attach");
  subject.may_attach = attach == nullptr || *attach != "no";
  return subject;
}

Result<std::unique_ptr<Instance>> set_up_load(const Task& task, const Sampling& sampling) {
  if (task.subject == kObjectSubject) {
    BPFTAX_ASSIGN(const ObjectSubject* const object, object_of(task));
    if (object == nullptr) return fail(ErrorKind::kUsage, "no object file was given", "bpftax bench load");
    return make_object_instance(object->bytes, object->label);
  }
  BPFTAX_ASSIGN(ProgramSubject subject, program_subject(task));
  return make_program_instance(std::move(subject), sampling);
}

Result<void> needs_load(const Task& task) {
  if (task.subject == kObjectSubject) {
    BPFTAX_ASSIGN(const ObjectSubject* const object, object_of(task));
    if (object != nullptr) BPFTAX_TRY(open_object(object->bytes, object->label));
    return {};
  }
  BPFTAX_ASSIGN(const ProgramSubject subject, program_subject(task));
  const ProgramImage::Loaded loaded = subject.image.load(ProgramImage::Log::kStatistics);
  if (!loaded.fd)
    return fail(ErrorKind::kSubject, "the kernel refuses the program", printable(task.subject),
                std::string(kRefusedByKernel) + refusal(loaded));
  return {};
}

std::vector<Benchmark>& benchmark_table() {
  static std::vector<Benchmark> table = [] {
    std::vector<Benchmark> made;
    made.reserve(kMostPrograms + all_series().size() + 1);
    for (const Series& series : all_series())
      made.push_back({series.name, series.summary, needs_load, set_up_load});
    made.push_back({kObjectSubject, "an object file: open, kernel BTF, own BTF, maps, relocation, load",
                    needs_load, set_up_load});
    return made;
  }();
  return table;
}

Result<void> add_benchmark(const std::string& program) {
  static std::deque<std::string> names;  // Benchmark::name points here
  static size_t added = 0;
  std::vector<Benchmark>& table = benchmark_table();
  if (std::any_of(table.begin(), table.end(), [&](const Benchmark& b) { return program == b.name; }))
    return {};
  if (++added > kMostPrograms)
    return fail(ErrorKind::kUsage, "too many programs", "bpftax bench load",
                fmt::format("more than {}", kMostPrograms), "choose some with --program");
  names.push_back(program);
  table.push_back({names.back().c_str(), "a program of an object file", needs_load, set_up_load});
  return {};
}

Result<Fd> memory_of(const std::string& bytes) {
  Fd memory(::memfd_create("bpftax-bench-object", MFD_CLOEXEC));
  if (!memory) return fail_errno(errno, "cannot keep an object file", "memfd");
  for (size_t written = 0; written < bytes.size();) {
    const ssize_t some = ::write(memory.get(), bytes.data() + written, bytes.size() - written);
    if (some < 0 && errno == EINTR) continue;
    if (some <= 0) return fail_errno(errno, "cannot keep an object file", "memfd");
    written += static_cast<size_t>(some);
  }
  return memory;
}

std::string last_parts(const std::string& path, size_t count) {
  size_t start = path.size();
  for (size_t i = 0; i < count && start != 0; ++i) {
    const size_t slash = path.rfind('/', start - 1);
    start = slash == path.npos ? 0 : slash;
    if (start == 0) return path;
  }
  return start < path.size() && path[start] == '/' ? path.substr(start + 1) : path;
}

}  // namespace

std::vector<std::string> labels_of(const std::vector<std::string>& paths) {
  for (size_t count = 1; count < 64; ++count) {
    std::vector<std::string> labels;
    labels.reserve(paths.size());
    for (const std::string& path : paths) labels.push_back(last_parts(path, count));
    if (std::set<std::string>(labels.begin(), labels.end()).size() == paths.size()) return labels;
  }
  return paths;
}

Result<void> add_objects(const std::vector<std::string>& paths) {
  if (std::set<std::string>(paths.begin(), paths.end()).size() != paths.size())
    return fail(ErrorKind::kUsage, "the same object file is given twice", "bpftax bench load");
  const std::vector<std::string> labels = labels_of(paths);
  object_table().clear();
  for (size_t i = 0; i < paths.size(); ++i) {
    ObjectSubject object;
    object.label = printable(labels[i]);
    BPFTAX_ASSIGN(object.bytes, read_object(paths[i]));
    BPFTAX_ASSIGN(object.programs, list_programs(object.bytes, object.label));
    for (const ListedProgram& program : object.programs) BPFTAX_TRY(add_benchmark(program.name));
    BPFTAX_ASSIGN(object.memory, memory_of(object.bytes));
    object_table().push_back(std::move(object));
  }
  return {};
}

const std::vector<ObjectSubject>& objects() {
  return object_table();
}

const ObjectSubject* find_object(const std::string& label) {
  for (const ObjectSubject& object : object_table())
    if (object.label == label) return &object;
  return nullptr;
}

std::string ObjectSubject::file() const {
  return fmt::format("/proc/{}/fd/{}", ::getpid(), memory.get());
}

Result<void> recall_object(const Task& task) {
  if (task.params.find("object") == task.params.end()) return {};
  BPFTAX_ASSIGN(std::string label, require_string(task.params, "object"));
  BPFTAX_ASSIGN(const std::string file, require_string(task.options, "file"));
  ObjectSubject object;
  object.label = std::move(label);
  BPFTAX_ASSIGN(object.bytes, read_object(file));
  object_table().push_back(std::move(object));
  return add_benchmark(task.subject);
}

const std::vector<Benchmark>& load_benchmarks() {
  return benchmark_table();
}

}  // namespace bpftax::bench
