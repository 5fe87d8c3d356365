#include "bench/maps/storage_map.h"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "util/files.h"
#include "util/strings.h"

namespace bpftax::bench {
namespace {

constexpr const char* kOneElement =
    "an owner has one element, which can only be made and deleted by turns: see insert_delete";
constexpr const char* kNoWalk = "neither programs nor user space can walk it, but for BPF iterators";
constexpr const char* kOnlyLsm =
    "only LSM programs have helpers for it, and the kernel does not run those on demand (BPF_PROG_TEST_RUN)";

struct StorageNames {
  const char* prefix;  // of the programs
  bpf_map* map;
};

StorageNames names_of(const MapShape& shape, const storage_map_bpf& skeleton) {
  if (shape.kind.type == BPF_MAP_TYPE_TASK_STORAGE) return {"task", skeleton.maps.task_elements};
  if (shape.kind.type == BPF_MAP_TYPE_SK_STORAGE) return {"sk", skeleton.maps.sk_elements};
  if (shape.kind.type == BPF_MAP_TYPE_INODE_STORAGE) return {nullptr, skeleton.maps.inode_elements};
  return {"cgrp", skeleton.maps.cgrp_elements};
}

// Of this process in the unified hierarchy.
Result<Fd> open_cgroup() {
  BPFTAX_ASSIGN(const std::string text, read_file("/proc/self/cgroup"));
  for (const std::string_view line : split(text, '\n')) {
    if (!line.starts_with("0::")) continue;
    for (const char* root : {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"}) {
      const std::string path = root + std::string(line.substr(3));
      Fd fd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
      if (fd && path_exists(path + "/cgroup.procs")) return fd;
    }
  }
  return fail(ErrorKind::kEnvironment, "there is no cgroup to own an element", "/proc/self/cgroup",
              "this process is in no cgroup of version 2 that is mounted at /sys/fs/cgroup");
}

}  // namespace

Result<std::unique_ptr<StorageMap>> StorageMap::make(const MapShape& shape, uint64_t seed) {
  auto made = std::make_unique<StorageMap>();
  made->shape_ = shape;
  if (shape.threads > 1)
    return fail(ErrorKind::kEnvironment, "one thread only", shape.kind.name,
                "an element has one owner: threads would have nothing in common");
  PcgRng rng(seed);
  made->keys_.emplace_back(0, 1, rng);
  BPFTAX_ASSIGN(made->owner_, made->open_owner());
  LibbpfLog::instance().clear();
  made->skeleton_.reset(storage_map_bpf::open());
  if (!made->skeleton_) return fail_errno(errno, "cannot open the BPF object", "", ErrorKind::kInternal);
  storage_map_bpf& skeleton = *made->skeleton_;
  const StorageNames names = names_of(shape, skeleton);
  std::vector<std::string> programs;
  if (shape.side != "user" && names.prefix != nullptr) {
    programs.emplace_back("empty_loop");
    for (const char* step : {"owner", "lookup", "miss", "update", "insert_delete"})
      programs.push_back(fmt::format("{}_{}", names.prefix, step));
  }
  load_only(skeleton.obj, programs);
  for (bpf_map* map : {skeleton.maps.task_elements, skeleton.maps.cgrp_elements, skeleton.maps.sk_elements,
                       skeleton.maps.inode_elements})
    if (map != names.map) bpf_map__set_autocreate(map, false);
  BPFTAX_TRY(load_skeleton(skeleton.skeleton));
  made->fd_ = bpf_map__fd(names.map);
  made->programs_ = ProgramLoop(skeleton.bss->controls);
  return made;
}

Result<Fd> StorageMap::open_owner() const {
  if (is(BPF_MAP_TYPE_TASK_STORAGE)) {
    Fd fd(static_cast<int>(syscall(SYS_pidfd_open, getpid(), 0)));
    if (!fd) return fail_errno(errno, "pidfd_open");
    return fd;
  }
  if (is(BPF_MAP_TYPE_SK_STORAGE)) {
    Fd fd(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!fd) return fail_errno(errno, "socket");
    return fd;
  }
  if (is(BPF_MAP_TYPE_INODE_STORAGE)) {
    Fd fd(memfd_create("bpftax-owner", MFD_CLOEXEC));
    if (!fd) return fail_errno(errno, "memfd_create");
    return fd;
  }
  return open_cgroup();
}

std::vector<LoopWork> StorageMap::works() const {
  const std::string& side = shape_.side;
  std::vector<LoopWork> works;
  if (side != "user" && is(BPF_MAP_TYPE_INODE_STORAGE)) {
    for (const char* name :
         {"lookup", "lookup_miss", "update", "insert", "delete", "insert_delete", "iterate"})
      works.push_back(absent_work(name, side, kOnlyLsm));
    return works;
  }
  works.push_back(side == "user" ? floor_work("syscall", side, Action::kSyscall)
                                 : floor_work("empty_loop", side, Action::kEmptyLoop));
  // The owner, instead of a key.
  works.push_back(floor_work("key_generation", side, Action::kKeyGeneration));
  works.push_back(measured_work("lookup", side, Action::kLookup, "key_generation"));
  works.push_back(measured_work("lookup_miss", side, Action::kLookupMiss, "key_generation"));
  works.push_back(measured_work("update", side, Action::kUpdate, "key_generation"));
  works.push_back(measured_work("insert_delete", side, Action::kInsertDelete, "key_generation"));
  works.push_back(absent_work("insert", side, kOneElement));
  works.push_back(absent_work("delete", side, kOneElement));
  works.push_back(absent_work("iterate", side, kNoWalk));
  return works;
}

std::string StorageMap::program_name(Action action) const {
  const char* step = action == Action::kKeyGeneration ? "owner"
                     : action == Action::kLookup      ? "lookup"
                     : action == Action::kLookupMiss  ? "miss"
                     : action == Action::kUpdate      ? "update"
                                                      : "insert_delete";
  return fmt::format("{}_{}", names_of(shape_, *skeleton_).prefix, step);
}

Result<void> StorageMap::prepare(const LoopWork& work, uint64_t /*iterations*/) {
  value_ += uint64_t{1} << 32;
  // A socket that the kernel makes for each run: its program puts the element there itself.
  if (of_socket() && shape_.side != "user") return {};
  const int key = owner_.get();
  const bool there = work.action != Action::kLookupMiss && work.action != Action::kInsertDelete;
  if (there) {
    const uint64_t value = first_value(0);
    if (bpf_map_update_elem(fd_, &key, &value, BPF_ANY) != 0)
      return fail_errno(errno, "cannot make the element", shape_.kind.name);
  } else if (bpf_map_delete_elem(fd_, &key) != 0 && errno != ENOENT) {
    return fail_errno(errno, "cannot delete the element", shape_.kind.name);
  }
  return {};
}

LoopTotal StorageMap::user_loop(Action action, uint64_t first, uint64_t count) const {
  LoopTotal total;
  int key = 0;
  uint64_t element = 0, value = value_ + first;
  bpf_attr with_value = empty_attribute(), without = empty_attribute();
  with_value.map_fd = without.map_fd = static_cast<uint32_t>(fd_);
  with_value.key = without.key = user_address(&key);
  with_value.value = user_address(&element);
  const auto timed = [&](auto step) {
    const uint64_t begin = loop_clock_ns();
    for (uint64_t i = 0; i < count; ++i) {
      key = owner_.get();
      element = value++;
      ++total.executed;
      if (step()) {
        ++total.succeeded;
        total.sum += element;
      }
      ++total.looped;
    }
    total.ns = loop_clock_ns() - begin;
  };
  switch (action) {
    case Action::kSyscall:
      timed([] { return syscall(SYS_getppid) >= 0; });
      break;
    case Action::kKeyGeneration:
      timed([&] {
        asm volatile("" ::: "memory");
        return key >= 0;
      });
      break;
    case Action::kLookup:
      timed([&] { return bpf_call(BPF_MAP_LOOKUP_ELEM, with_value) == 0; });
      break;
    case Action::kLookupMiss:
      timed([&] { return bpf_call(BPF_MAP_LOOKUP_ELEM, with_value) == -ENOENT; });
      break;
    case Action::kUpdate:
      timed([&] { return bpf_call(BPF_MAP_UPDATE_ELEM, with_value) == 0; });
      break;
    default:
      timed([&] {
        return bpf_call(BPF_MAP_UPDATE_ELEM, with_value) == 0 && bpf_call(BPF_MAP_DELETE_ELEM, without) == 0;
      });
      break;
  }
  return total;
}

Result<LoopTotal> StorageMap::loop(size_t /*thread*/, Action action, uint64_t first, uint64_t count) {
  if (shape_.side == "user") return user_loop(action, first, count);
  const bool empty = action == Action::kEmptyLoop;
  const bpf_program* program =
      empty ? skeleton_->progs.empty_loop
            : bpf_object__find_program_by_name(skeleton_->obj, program_name(action).c_str());
  if (program == nullptr) return fail(ErrorKind::kInternal, "there is no such program");
  const LoopEntry entry = of_socket() && !empty ? LoopEntry::kPacket : LoopEntry::kRawTracepoint;
  BPFTAX_ASSIGN(LoopTotal total,
                programs_.run(bpf_program__fd(program), entry, 0, keys_[0], value_, first, count));
  return empty ? empty_loop_total(total) : total;
}

std::optional<uint64_t> StorageMap::expected_sum(const LoopWork& work, size_t /*thread*/,
                                                 uint64_t iterations) const {
  if (work.action == Action::kLookup) return iterations * first_value(0);
  if (shape_.side == "user") return std::nullopt;
  return work.action == Action::kKeyGeneration ? iterations : 0;
}

std::optional<uint64_t> StorageMap::value_left() const {
  if (of_socket() && shape_.side != "user")
    return skeleton_->bss->left_value == 0 ? std::nullopt
                                           : std::optional<uint64_t>(skeleton_->bss->left_value);
  const int key = owner_.get();
  uint64_t value = 0;
  if (bpf_map_lookup_elem(fd_, &key, &value) != 0) return std::nullopt;
  return value;
}

Result<void> StorageMap::check(const LoopWork& work, uint64_t iterations) {
  // A raw tracepoint's loop has no packet, so no socket whose element could be looked at.
  if (of_socket() && shape_.side != "user" && work.action == Action::kEmptyLoop) return {};
  const auto left = value_left();
  const bool there = work.action != Action::kLookupMiss && work.action != Action::kInsertDelete;
  if (left.has_value() != there)
    return wrong_work(there ? "the owner has no element" : "the owner still has an element");
  const uint64_t wanted = work.action == Action::kUpdate ? value_ + iterations - 1 : first_value(0);
  if (there && *left != wanted)
    return wrong_work(fmt::format("the element holds {:#x} instead of {:#x}", *left, wanted));
  return {};
}

Result<std::unique_ptr<Instance>> set_up_storage(const Task& task, const Sampling& sampling) {
  BPFTAX_ASSIGN(const MapShape shape, shape_of(task));
  BPFTAX_ASSIGN(std::unique_ptr<ThreadTeam> team, ThreadTeam::start(task.cpus));
  BPFTAX_ASSIGN(std::unique_ptr<StorageMap> subject, StorageMap::make(shape, sampling.seed));
  return std::make_unique<LoopInstance>(std::move(subject), std::move(team), shape.fixed);
}

}  // namespace bpftax::bench
