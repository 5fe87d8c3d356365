#include <bpf/bpf.h>
#include <fmt/format.h>

#include <algorithm>

#include "bench/maps/keyed_map.h"

namespace bpftax::bench {
namespace {

constexpr const char* kNoInsert = "all elements of an array exist from the start: an insert is an update";
constexpr const char* kNoDelete =
    "-EINVAL: elements of an array cannot be deleted (the helper can be called, and fails each time)";
constexpr const char* kOneKey = "each thread has one key only, which cannot be used up again and again";

std::vector<LoopWork> repeated_works() {
  std::vector<LoopWork> works = {floor_work("key_generation", "repeat", Action::kKeyGeneration),
                                 measured_work("lookup", "repeat", Action::kLookup, "key_generation"),
                                 measured_work("update", "repeat", Action::kUpdate, "key_generation")};
  for (LoopWork& work : works) work.unit = kOperationsPerRun;
  return works;
}

std::vector<std::string> wanted_programs(const MapShape& shape) {
  if (shape.side == "repeat") return {"key_generation_repeated", "lookup_repeated", "update_repeated"};
  std::vector<std::string> programs = {"empty_loop", "key_generation", "lookup", "lookup_miss",
                                       "update",     "insert",         "remove"};
  if (!shape.kind.trie) programs.emplace_back("iterate");
  return programs;
}

}  // namespace

uint32_t keyed_map_flags(const MapShape& shape) {
  if (shape.kind.trie) return BPF_F_NO_PREALLOC;  // the kernel demands it
  return shape.contention == Contention::kBucket && !shape.kind.array ? BPF_F_ZERO_SEED : 0;
}

Result<std::vector<size_t>> copies_of(const std::vector<int>& cpus) {
  BPFTAX_ASSIGN(const std::vector<int> possible, possible_cpus());
  std::vector<size_t> copies;
  for (const int cpu : cpus) {
    const auto found = std::find(possible.begin(), possible.end(), cpu);
    if (found == possible.end())
      return fail(ErrorKind::kUsage, "no such CPU", std::to_string(cpu), "it is not among the possible CPUs");
    copies.push_back(static_cast<size_t>(found - possible.begin()));
  }
  return copies;
}

Result<std::unique_ptr<KeyedProgram>> KeyedProgram::make(const MapShape& shape, const std::vector<int>& cpus,
                                                         uint64_t seed) {
  LibbpfLog::instance().clear();
  auto made = std::make_unique<KeyedProgram>();
  made->skeleton_.reset(keyed_map_bpf::open());
  if (!made->skeleton_) return fail_errno(errno, "cannot open the BPF object", "", ErrorKind::kInternal);
  keyed_map_bpf& skeleton = *made->skeleton_;
  bpf_map__set_type(skeleton.maps.subject, static_cast<bpf_map_type>(shape.kind.type));
  bpf_map__set_key_size(skeleton.maps.subject, shape.map_key_bytes());
  bpf_map__set_value_size(skeleton.maps.subject, shape.value_bytes);
  bpf_map__set_max_entries(skeleton.maps.subject, shape.entries);
  bpf_map__set_map_flags(skeleton.maps.subject, keyed_map_flags(shape));
  skeleton.rodata->scattered_keys = shape.kind.trie;
  skeleton.rodata->prefix_bits = 8 * shape.key_bytes;
  load_only(skeleton.obj, wanted_programs(shape));
  BPFTAX_TRY(load_skeleton(skeleton.skeleton));
  BPFTAX_ASSIGN(const std::vector<int> possible, possible_cpus());
  BPFTAX_ASSIGN(std::vector<size_t> copies, copies_of(cpus));
  BPFTAX_ASSIGN(KeyedElements elements,
                KeyedElements::make(MapAccess(bpf_map__fd(skeleton.maps.subject), shape, possible.size()),
                                    shape, std::move(copies), seed));
  made->elements_ = std::make_unique<KeyedElements>(std::move(elements));
  made->programs_ = ProgramLoop(skeleton.bss->controls);
  return made;
}

std::vector<LoopWork> KeyedProgram::works() const {
  const MapShape& shape = elements_->shape();
  if (shape.side == "repeat") return repeated_works();
  const auto measured = [](const char* name, Action action) {
    return measured_work(name, "program", action, "key_generation");
  };
  std::vector<LoopWork> works = {floor_work("empty_loop", "program", Action::kEmptyLoop),
                                 floor_work("key_generation", "program", Action::kKeyGeneration),
                                 measured("lookup", Action::kLookup)};
  if (!shape.quick) works.push_back(measured("lookup_miss", Action::kLookupMiss));
  works.push_back(measured("update", Action::kUpdate));
  if (shape.kind.array || shape.contention != Contention::kOwn) {
    works.push_back(absent_work("insert", "program", shape.kind.array ? kNoInsert : kOneKey));
    works.push_back(absent_work("delete", "program", shape.kind.array ? kNoDelete : kOneKey));
  } else {
    for (const bool inserts : {true, false}) {
      LoopWork work = inserts ? measured("insert", Action::kInsert) : measured("delete", Action::kDelete);
      work.chunk = elements_->keys(0, work.action).live();
      work.inverse = inserts ? Action::kDelete : Action::kInsert;
      works.push_back(std::move(work));
    }
  }
  if (shape.quick) return works;
  if (shape.kind.lru) works.push_back(measured("insert_evict", Action::kInsertEvict));
  if (shape.kind.trie) {
    works.push_back(
        absent_work("iterate", "program", "the verifier refuses bpf_for_each_map_elem() on this type"));
  } else {
    // Calls a function for each element: no key is generated.
    LoopWork iterate = measured_work("iterate", "program", Action::kIterate, "");
    iterate.unit = elements_->elements();
    works.push_back(std::move(iterate));
  }
  return works;
}

bpf_program* KeyedProgram::program_of(Action action) const {
  const bool repeated = elements_->shape().side == "repeat";
  const auto& programs = skeleton_->progs;
  switch (action) {
    case Action::kEmptyLoop:
      return programs.empty_loop;
    case Action::kKeyGeneration:
      return repeated ? programs.key_generation_repeated : programs.key_generation;
    case Action::kLookup:
      return repeated ? programs.lookup_repeated : programs.lookup;
    case Action::kLookupMiss:
      return programs.lookup_miss;
    case Action::kUpdate:
      return repeated ? programs.update_repeated : programs.update;
    case Action::kInsert:
    case Action::kInsertEvict:
      return programs.insert;
    case Action::kDelete:
      return programs.remove;
    case Action::kIterate:
      return programs.iterate;
    default:
      return nullptr;
  }
}

Result<LoopTotal> KeyedProgram::loop(size_t thread, Action action, uint64_t first, uint64_t count) {
  const bpf_program* program = program_of(action);
  if (program == nullptr) return fail(ErrorKind::kInternal, "there is no such program");
  const int fd = bpf_program__fd(program);
  const ThreadKeys& keys = elements_->keys(thread, action);
  if (elements_->shape().side == "repeat")
    return programs_.repeat(fd, keys, elements_->value(), first, count);
  BPFTAX_ASSIGN(LoopTotal total,
                programs_.run(fd, LoopEntry::kRawTracepoint, thread, keys, elements_->value(), first, count));
  return action == Action::kEmptyLoop ? empty_loop_total(total) : total;
}

std::optional<uint64_t> KeyedProgram::expected_sum(const LoopWork& work, size_t thread,
                                                   uint64_t iterations) const {
  switch (work.action) {
    case Action::kLookup:
      return elements_->sum_of_values(thread, iterations * work.unit, false);
    case Action::kKeyGeneration:
      return elements_->keys(thread, work.action).sum(iterations * work.unit, [&](uint32_t index) {
        return elements_->shape().kind.trie ? 8 * elements_->shape().key_bytes : index;
      });
    case Action::kIterate:
      return iterations * elements_->sum_of_all(false);
    default:
      return 0;
  }
}

Result<std::unique_ptr<Instance>> set_up_keyed(const Task& task, const Sampling& sampling) {
  BPFTAX_ASSIGN(const MapShape shape, shape_of(task));
  BPFTAX_ASSIGN(std::unique_ptr<ThreadTeam> team, ThreadTeam::start(task.cpus));
  std::unique_ptr<LoopSubject> subject;
  if (shape.side == "user") {
    BPFTAX_ASSIGN(subject, KeyedUser::make(shape, sampling.seed));
  } else {
    BPFTAX_ASSIGN(subject, KeyedProgram::make(shape, task.cpus, sampling.seed));
  }
  return std::make_unique<LoopInstance>(std::move(subject), std::move(team), shape.fixed);
}

}  // namespace bpftax::bench
