#include "bench/maps/nested_map.h"

#include <bpf/bpf.h>
#include <fmt/format.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace bpftax::bench {
namespace {

constexpr uint32_t kMostInner = 256;  // different inner maps; more elements share them
constexpr const char* kNestedFloor = "key_generation";
constexpr const char* kProgramsLookUp = "programs can only look up in a map of maps";

}  // namespace

Result<std::unique_ptr<NestedMap>> NestedMap::make(const MapShape& shape, uint64_t seed) {
  auto made = std::make_unique<NestedMap>();
  made->shape_ = shape;
  PcgRng rng(seed);
  const auto threads = static_cast<uint32_t>(shape.threads);
  const uint32_t live = shape.live() / threads;
  for (uint32_t thread = 0; thread < threads; ++thread) {
    made->present_.emplace_back(thread * live, live, rng);
    made->absent_.emplace_back(0x40000000u + thread * live, live, rng);
  }
  BPFTAX_TRY(made->make_inner_maps());
  made->skeleton_.reset(nested_map_bpf::open());
  if (!made->skeleton_) return fail_errno(errno, "cannot open the BPF object", "", ErrorKind::kInternal);
  nested_map_bpf& skeleton = *made->skeleton_;
  bpf_map__set_type(skeleton.maps.subject, static_cast<bpf_map_type>(shape.kind.type));
  bpf_map__set_max_entries(skeleton.maps.subject, shape.entries);
  bpf_map__set_inner_map_fd(skeleton.maps.subject, made->inner_[0].fd.get());
  load_only(skeleton.obj, {"empty_loop", "key_generation", "lookup", "lookup_miss"});
  BPFTAX_TRY(load_skeleton(skeleton.skeleton));
  made->fd_ = bpf_map__fd(skeleton.maps.subject);
  made->programs_ = ProgramLoop(skeleton.bss->controls);
  return made;
}

Result<void> NestedMap::make_inner_maps() {
  const uint32_t count = std::min(shape_.live(), kMostInner);
  for (uint32_t i = 0; i < count; ++i) {
    Inner inner;
    inner.fd.reset(bpf_map_create(BPF_MAP_TYPE_ARRAY, "inner", 4, shape_.value_bytes, 1, nullptr));
    if (!inner.fd) return fail_errno(errno, "cannot create an inner map");
    bpf_map_info info{};
    uint32_t size = sizeof info;
    if (bpf_obj_get_info_by_fd(inner.fd.get(), &info, &size) != 0)
      return fail_errno(errno, "cannot ask an inner map for its number");
    inner.id = info.id;
    const uint32_t first = 0;
    std::vector<uint64_t> value((shape_.value_bytes + 7) / 8);
    value[0] = first_value(i);
    if (bpf_map_update_elem(inner.fd.get(), &first, value.data(), BPF_ANY) != 0)
      return fail_errno(errno, "cannot fill an inner map");
    inner_.push_back(std::move(inner));
  }
  return {};
}

const ThreadKeys& NestedMap::keys(size_t thread, Action action) const {
  return action == Action::kLookupMiss ? absent_[thread] : present_[thread];
}

std::vector<LoopWork> NestedMap::works() const {
  const std::string& side = shape_.side;
  const auto measured = [&](const char* name, Action action) {
    return measured_work(name, side, action, kNestedFloor);
  };
  std::vector<LoopWork> works;
  works.push_back(side == "user" ? floor_work("syscall", side, Action::kSyscall)
                                 : floor_work("empty_loop", side, Action::kEmptyLoop));
  works.push_back(floor_work(kNestedFloor, side, Action::kKeyGeneration));
  works.push_back(measured("lookup", Action::kLookup));
  works.push_back(measured("lookup_miss", Action::kLookupMiss));
  if (side != "user") {
    for (const char* name : {"insert", "update", "delete", "iterate"})
      works.push_back(absent_work(name, side, kProgramsLookUp));
    return works;
  }
  works.push_back(measured("update", Action::kUpdate));
  for (const bool inserts : {true, false}) {
    LoopWork work = measured(inserts ? "insert" : "delete", inserts ? Action::kInsert : Action::kDelete);
    work.chunk = present_[0].live();
    work.inverse = inserts ? Action::kDelete : Action::kInsert;
    if (shape_.kind.array && inserts)
      work = absent_work("insert", side, "an array has all its places: an insert is an update");
    works.push_back(std::move(work));
  }
  return works;
}

// In one call: alone each update would wait for the programs to end that may use the map.
Result<void> NestedMap::put_all() {
  std::vector<uint32_t> indices, values;
  for (const ThreadKeys& keys : present_) {
    for (uint32_t j = 0; j < keys.live(); ++j) {
      indices.push_back(keys.index_at(j));
      values.push_back(static_cast<uint32_t>(inner_of(keys.index_at(j)).fd.get()));
    }
  }
  bpf_attr attribute = empty_attribute();
  attribute.batch.map_fd = static_cast<uint32_t>(fd_);
  attribute.batch.keys = user_address(indices.data());
  attribute.batch.values = user_address(values.data());
  attribute.batch.count = static_cast<uint32_t>(indices.size());
  if (const int error = -bpf_call(BPF_MAP_UPDATE_BATCH, attribute); error != 0)
    return fail_errno(error, "cannot fill the map");
  complete_ = true;
  return {};
}

Result<void> NestedMap::prepare(const LoopWork& work, uint64_t iterations) {
  if (!complete_) BPFTAX_TRY(put_all());
  if (work.action != Action::kInsert && work.action != Action::kDelete) return {};
  complete_ = false;
  if (work.action == Action::kDelete) return {};
  std::vector<uint32_t> indices;
  for (const ThreadKeys& keys : present_)
    for (uint32_t j = 0; j < std::min<uint64_t>(keys.live(), iterations); ++j)
      indices.push_back(keys.index_at(j));
  bpf_attr attribute = empty_attribute();
  attribute.batch.map_fd = static_cast<uint32_t>(fd_);
  attribute.batch.keys = user_address(indices.data());
  attribute.batch.count = static_cast<uint32_t>(indices.size());
  if (const int error = -bpf_call(BPF_MAP_DELETE_BATCH, attribute); error != 0)
    return fail_errno(error, "cannot make room in the map");
  return {};
}

LoopTotal NestedMap::user_loop(size_t thread, Action action, uint64_t first, uint64_t count) const {
  LoopTotal total;
  KeyCursor cursor = keys(thread, action).cursor_at(first);
  uint32_t key = 0, value = 0;
  bpf_attr attribute = empty_attribute();
  attribute.map_fd = static_cast<uint32_t>(fd_);
  attribute.key = user_address(&key);
  if (action != Action::kDelete) attribute.value = user_address(&value);
  const auto timed = [&](auto step) {
    const uint64_t begin = loop_clock_ns();
    for (uint64_t i = 0; i < count; ++i) {
      key = next_key_index(&cursor);
      ++total.executed;
      if (step()) {
        ++total.succeeded;
        total.sum += value;
      }
      ++total.looped;
    }
    total.ns = loop_clock_ns() - begin;
  };
  const auto put = [&](uint64_t flags) {
    attribute.flags = flags;
    timed([&] {
      value = static_cast<uint32_t>(inner_of(key).fd.get());
      return bpf_call(BPF_MAP_UPDATE_ELEM, attribute) == 0;
    });
  };
  switch (action) {
    case Action::kSyscall:
      timed([] { return syscall(SYS_getppid) >= 0; });
      break;
    case Action::kKeyGeneration:
      timed([&] {
        value = key;
        asm volatile("" ::: "memory");
        return true;
      });
      break;
    case Action::kLookup:
      timed([&] { return bpf_call(BPF_MAP_LOOKUP_ELEM, attribute) == 0; });
      break;
    case Action::kLookupMiss:
      timed([&] { return bpf_call(BPF_MAP_LOOKUP_ELEM, attribute) == -ENOENT; });
      break;
    // An array's place that was emptied is filled by an update of any kind.
    case Action::kInsert:
      put(shape_.kind.array ? BPF_ANY : BPF_NOEXIST);
      break;
    case Action::kUpdate:
      put(BPF_ANY);
      break;
    default:
      timed([&] { return bpf_call(BPF_MAP_DELETE_ELEM, attribute) == 0; });
      break;
  }
  return total;
}

Result<LoopTotal> NestedMap::loop(size_t thread, Action action, uint64_t first, uint64_t count) {
  if (shape_.side == "user") return user_loop(thread, action, first, count);
  const auto& programs = skeleton_->progs;
  const bpf_program* program = action == Action::kEmptyLoop       ? programs.empty_loop
                               : action == Action::kKeyGeneration ? programs.key_generation
                               : action == Action::kLookup        ? programs.lookup
                                                                  : programs.lookup_miss;
  BPFTAX_ASSIGN(LoopTotal total, programs_.run(bpf_program__fd(program), LoopEntry::kRawTracepoint, thread,
                                               keys(thread, action), 0, first, count));
  return action == Action::kEmptyLoop ? empty_loop_total(total) : total;
}

std::optional<uint64_t> NestedMap::expected_sum(const LoopWork& work, size_t thread,
                                                uint64_t iterations) const {
  const ThreadKeys& visited = keys(thread, work.action);
  const bool user = shape_.side == "user";
  const auto inner_count = static_cast<uint32_t>(inner_.size());
  switch (work.action) {
    case Action::kKeyGeneration:
      return visited.sum(iterations, [](uint32_t index) { return index; });
    case Action::kLookup:
      return visited.sum(iterations, [&](uint32_t index) -> uint64_t {
        return user ? inner_of(index).id : first_value(index % inner_count);
      });
    case Action::kEmptyLoop:
      return 0;
    default:
      return std::nullopt;
  }
}

std::optional<uint32_t> NestedMap::id_at(uint32_t index) const {
  uint32_t id = 0;
  bpf_attr attribute = empty_attribute();
  attribute.map_fd = static_cast<uint32_t>(fd_);
  attribute.key = user_address(&index);
  attribute.value = user_address(&id);
  if (bpf_call(BPF_MAP_LOOKUP_ELEM, attribute) != 0) return std::nullopt;
  return id;
}

Result<void> NestedMap::check(const LoopWork& work, uint64_t iterations) {
  for (const ThreadKeys& visited : present_) {
    const uint64_t live = visited.live();
    const uint64_t removed = work.action != Action::kDelete ? 0
                             : iterations % live == 0       ? live
                                                            : iterations % live;
    for (uint32_t j = 0; j < live; ++j) {
      const uint32_t index = visited.index_at(j);
      const auto id = id_at(index);
      if (id.has_value() == (j < removed))
        return wrong_work(
            fmt::format("element {} {}", index, id ? "is still in the map" : "is not in the map"));
      if (id && *id != inner_of(index).id)
        return wrong_work(fmt::format("element {} is map {} instead of {}", index, *id, inner_of(index).id));
    }
  }
  return {};
}

std::optional<double> NestedMap::memory_bytes() const {
  const auto outer = map_memory_bytes(fd_);
  const auto inner = map_memory_bytes(inner_[0].fd.get());
  if (!outer || !inner) return std::nullopt;
  return *outer + *inner * static_cast<double>(inner_.size());
}

Result<std::unique_ptr<Instance>> set_up_nested(const Task& task, const Sampling& sampling) {
  BPFTAX_ASSIGN(const MapShape shape, shape_of(task));
  BPFTAX_ASSIGN(std::unique_ptr<ThreadTeam> team, ThreadTeam::start(task.cpus));
  BPFTAX_ASSIGN(std::unique_ptr<NestedMap> subject, NestedMap::make(shape, sampling.seed));
  return std::make_unique<LoopInstance>(std::move(subject), std::move(team), shape.fixed);
}

}  // namespace bpftax::bench
