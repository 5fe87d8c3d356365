#include "bench/maps/ring_map.h"

#include <bpf/bpf.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>

namespace bpftax::bench {
namespace {

constexpr const char* kInOrder = "records are put in at one end and taken out at the other, in order";
constexpr const char* kUserReads = "user space takes the records out, through its mapping; programs cannot";
constexpr const char* kProgramsWrite = "programs put the records in; user space can only take them out";
constexpr const char* kOneReader = "there is one reader; more threads would have to take turns";

}  // namespace

Result<std::unique_ptr<RingReader>> RingReader::open(int fd, uint32_t ring_bytes) {
  std::unique_ptr<RingReader> ring(new RingReader());
  ring->ring_bytes_ = ring_bytes;
  ring->page_ = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  void* reader = mmap(nullptr, ring->page_, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (reader == MAP_FAILED) return fail_errno(errno, "cannot map the ring buffer");
  ring->reader_ = static_cast<uint64_t*>(reader);
  void* writer = mmap(nullptr, ring->page_ + 2 * size_t{ring_bytes}, PROT_READ, MAP_SHARED, fd,
                      static_cast<off_t>(ring->page_));
  if (writer == MAP_FAILED) return fail_errno(errno, "cannot map the ring buffer");
  ring->writer_ = static_cast<const uint64_t*>(writer);
  ring->records_ = static_cast<const char*>(writer) + ring->page_;
  return ring;
}

RingReader::~RingReader() {
  if (reader_ != nullptr) munmap(reader_, page_);
  if (writer_ != nullptr) munmap(const_cast<uint64_t*>(writer_), page_ + 2 * size_t{ring_bytes_});
}

Result<std::unique_ptr<RingMap>> RingMap::make(const MapShape& shape, uint64_t seed) {
  auto made = std::make_unique<RingMap>();
  made->shape_ = shape;
  PcgRng rng(seed);
  const auto threads = static_cast<uint32_t>(shape.threads);
  for (uint32_t thread = 0; thread < threads; ++thread)
    made->keys_.emplace_back(thread * (shape.live() / threads), shape.live() / threads, rng);
  made->skeleton_.reset(ring_map_bpf::open());
  if (!made->skeleton_) return fail_errno(errno, "cannot open the BPF object", "", ErrorKind::kInternal);
  ring_map_bpf& skeleton = *made->skeleton_;
  // A power of two in which all entries have room; the writer never fills the last byte.
  const uint64_t record = RingReader::kHeaderBytes + (shape.value_bytes + 7) / 8 * 8;
  const auto page = static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  const auto bytes = static_cast<uint32_t>(std::max(page, std::bit_ceil(record * shape.entries + 1)));
  bpf_map__set_max_entries(skeleton.maps.subject, bytes);
  skeleton.rodata->record_bytes = shape.value_bytes;
  load_only(skeleton.obj, {"empty_loop", "key_generation", "push", "push_copy"});
  BPFTAX_TRY(load_skeleton(skeleton.skeleton));
  made->fd_ = bpf_map__fd(skeleton.maps.subject);
  made->programs_ = ProgramLoop(skeleton.bss->controls);
  BPFTAX_ASSIGN(made->reader_, RingReader::open(made->fd_, bytes));
  return made;
}

std::vector<LoopWork> RingMap::works() const {
  const std::string& side = shape_.side;
  std::vector<LoopWork> works;
  if (side == "user") {
    works.push_back(floor_work("syscall", side, Action::kSyscall));
    works.push_back(absent_work("push", side, kProgramsWrite));
    LoopWork pop = measured_work("pop", side, Action::kPop, "");
    pop.chunk = each();
    pop.inverse = Action::kPush;
    works.push_back(shape_.threads > 1 ? absent_work("pop", side, kOneReader) : std::move(pop));
  } else {
    works.push_back(floor_work("empty_loop", side, Action::kEmptyLoop));
    works.push_back(floor_work("key_generation", side, Action::kKeyGeneration));
    for (const Action action : {Action::kPush, Action::kPushCopy}) {
      if (action == Action::kPushCopy && shape_.quick) continue;
      LoopWork push =
          measured_work(action == Action::kPush ? "push" : "push_copy", side, action, "key_generation");
      push.chunk = each();
      push.inverse = Action::kDrain;
      works.push_back(std::move(push));
    }
    works.push_back(absent_work("pop", side, kUserReads));
  }
  for (const char* name : {"peek", "lookup", "insert", "update", "delete", "iterate"})
    works.push_back(absent_work(name, side, kInOrder));
  return works;
}

Result<LoopTotal> RingMap::run_program(bpf_program* program, size_t thread, uint64_t first, uint64_t count) {
  return programs_.run(bpf_program__fd(program), LoopEntry::kRawTracepoint, thread, keys_[thread], value_,
                       first, count);
}

Result<void> RingMap::prepare(const LoopWork& work, uint64_t /*iterations*/) {
  value_ += uint64_t{1} << 32;
  reader_->take(UINT64_MAX, [](uint64_t) {});
  if (work.action != Action::kPop) return {};
  BPFTAX_ASSIGN(const LoopTotal put, run_program(skeleton_->progs.push, 0, 0, each()));
  if (put.succeeded != each()) return wrong_work("the ring buffer took fewer records than it has room for");
  return {};
}

LoopTotal RingMap::user_loop(Action action, uint64_t count) {
  LoopTotal total;
  const uint64_t begin = loop_clock_ns();
  if (action == Action::kSyscall) {
    for (uint64_t i = 0; i < count; ++i) total.succeeded += syscall(SYS_getppid) >= 0 ? 1 : 0;
    total.executed = count;
  } else {
    total.executed = reader_->take(count, [&](uint64_t value) {
      ++total.succeeded;
      total.sum += value;
    });
  }
  total.ns = loop_clock_ns() - begin;
  total.looped = total.executed;
  return total;
}

Result<LoopTotal> RingMap::loop(size_t thread, Action action, uint64_t first, uint64_t count) {
  const auto& programs = skeleton_->progs;
  switch (action) {
    case Action::kDrain:  // there is one reader
      if (thread == 0) reader_->take(UINT64_MAX, [](uint64_t) {});
      return LoopTotal{};
    case Action::kPop:
    case Action::kSyscall:
      return user_loop(action, count);
    case Action::kPush:
      return run_program(programs.push, thread, first, count);
    case Action::kPushCopy:
      return run_program(programs.push_copy, thread, first, count);
    case Action::kKeyGeneration:
      return run_program(programs.key_generation, thread, first, count);
    default: {
      BPFTAX_ASSIGN(LoopTotal total, run_program(programs.empty_loop, thread, first, count));
      return empty_loop_total(total);
    }
  }
}

// The first chunk of pops takes what prepare() put in, each later one what the inverse pushed: the value of
// an iteration is always value + number, the whole chunk before it.
std::optional<uint64_t> RingMap::expected_sum(const LoopWork& work, size_t thread,
                                              uint64_t iterations) const {
  switch (work.action) {
    case Action::kKeyGeneration:
      return keys_[thread].sum(iterations, [](uint32_t index) { return index; });
    case Action::kPop: {
      const uint64_t chunk = each(), first = std::min(chunk, iterations);
      return sum_of_row(value_, first) + sum_of_row(value_, iterations - first);
    }
    default:
      return 0;
  }
}

Result<void> RingMap::check(const LoopWork& work, uint64_t iterations) {
  std::vector<uint64_t> left;
  reader_->take(UINT64_MAX, [&](uint64_t value) { left.push_back(value); });
  const uint64_t chunk = each(), last = iterations % chunk == 0 ? chunk : iterations % chunk;
  const bool pushed = work.action == Action::kPush || work.action == Action::kPushCopy;
  const uint64_t wanted = pushed ? last * keys_.size() : work.action == Action::kPop ? chunk - last : 0;
  if (left.size() != wanted)
    return wrong_work(
        fmt::format("there are {} records in the ring buffer instead of {}", left.size(), wanted));
  if (!pushed) return {};
  std::sort(left.begin(), left.end());  // threads write between one another
  for (size_t i = 0; i < left.size(); ++i) {
    const uint64_t value = value_ + iterations - last + i / keys_.size();
    if (left[i] != value)
      return wrong_work(fmt::format("record {} holds {:#x} instead of {:#x}", i, left[i], value));
  }
  return {};
}

Result<std::unique_ptr<Instance>> set_up_ring(const Task& task, const Sampling& sampling) {
  BPFTAX_ASSIGN(const MapShape shape, shape_of(task));
  BPFTAX_ASSIGN(std::unique_ptr<ThreadTeam> team, ThreadTeam::start(task.cpus));
  BPFTAX_ASSIGN(std::unique_ptr<RingMap> subject, RingMap::make(shape, sampling.seed));
  return std::make_unique<LoopInstance>(std::move(subject), std::move(team), shape.fixed);
}

}  // namespace bpftax::bench
