#include "bench/maps/queue_map.h"

#include <bpf/bpf.h>
#include <fmt/format.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace bpftax::bench {
namespace {

constexpr const char* kGeneration = "key_generation";
constexpr const char* kNoKeys = "the type has no keys: elements are pushed, looked at in turn and popped";
constexpr const char* kOnlyAsked = "a filter can only be added to and asked: it does not hold its elements";

// first + (first + 1) + ... : n of them
}  // namespace

Result<std::unique_ptr<QueueMap>> QueueMap::make(const MapShape& shape, uint64_t seed) {
  auto made = std::make_unique<QueueMap>();
  made->shape_ = shape;
  made->skeleton_.reset(queue_map_bpf::open());
  if (!made->skeleton_) return fail_errno(errno, "cannot open the BPF object", "", ErrorKind::kInternal);
  queue_map_bpf& skeleton = *made->skeleton_;
  bpf_map__set_type(skeleton.maps.subject, static_cast<bpf_map_type>(shape.kind.type));
  bpf_map__set_value_size(skeleton.maps.subject, shape.value_bytes);
  bpf_map__set_max_entries(skeleton.maps.subject, shape.entries);
  skeleton.rodata->element_is_key = made->is_filter();
  std::vector<std::string> programs = {"empty_loop", "value_generation", "push", "peek"};
  if (!made->is_filter()) programs.emplace_back("pop");
  load_only(skeleton.obj, programs);
  BPFTAX_TRY(load_skeleton(skeleton.skeleton));
  made->fd_ = bpf_map__fd(skeleton.maps.subject);
  made->programs_ = ProgramLoop(skeleton.bss->controls);
  PcgRng rng(seed);
  const auto threads = static_cast<uint32_t>(shape.threads);
  for (uint32_t thread = 0; thread < threads; ++thread) {
    const uint32_t live = shape.live() / threads;
    made->present_.emplace_back(thread * live, live, rng);
    made->absent_.emplace_back(0x40000000u + thread * live, live, rng);
  }
  return made;
}

std::vector<LoopWork> QueueMap::works() const {
  const std::string& side = shape_.side;
  std::vector<LoopWork> works;
  works.push_back(side == "user" ? floor_work("syscall", side, Action::kSyscall)
                                 : floor_work("empty_loop", side, Action::kEmptyLoop));
  works.push_back(floor_work(kGeneration, side, Action::kKeyGeneration));
  LoopWork push = measured_work("push", side, Action::kPush, kGeneration);
  if (!is_filter()) {
    push.chunk = each();
    push.inverse = Action::kPop;
  }
  works.push_back(std::move(push));
  if (is_filter()) {
    works.push_back(absent_work("pop", side, kOnlyAsked));
  } else {
    LoopWork pop = measured_work("pop", side, Action::kPop, kGeneration);
    pop.chunk = each();
    pop.inverse = Action::kPush;
    works.push_back(std::move(pop));
  }
  works.push_back(measured_work("peek", side, Action::kPeek, kGeneration));
  if (is_filter()) works.push_back(measured_work("peek_miss", side, Action::kPeekMiss, kGeneration));
  for (const char* name : {"lookup", "insert", "update", "delete", "iterate"})
    works.push_back(absent_work(name, side, is_filter() ? kOnlyAsked : kNoKeys));
  return works;
}

const ThreadKeys& QueueMap::keys(size_t thread, Action action) const {
  return action == Action::kPeekMiss ? absent_[thread] : present_[thread];
}

int QueueMap::call(bpf_cmd command, std::vector<uint64_t>& element) const {
  bpf_attr attribute = empty_attribute();
  attribute.map_fd = static_cast<uint32_t>(fd_);
  attribute.value = user_address(element.data());
  return bpf_call(command, attribute);
}

Result<std::vector<uint64_t>> QueueMap::drain() {
  std::vector<uint64_t> values, element((shape_.value_bytes + 7) / 8);
  while (true) {
    const int error = -call(BPF_MAP_LOOKUP_AND_DELETE_ELEM, element);
    if (error == ENOENT) return values;
    if (error != 0) return fail_errno(error, "cannot empty the map");
    values.push_back(element[0]);
  }
}

Result<void> QueueMap::prepare(const LoopWork& work, uint64_t /*iterations*/) {
  value_ += uint64_t{1} << 32;
  std::vector<uint64_t> element((shape_.value_bytes + 7) / 8);
  if (!is_filter()) BPFTAX_TRY(drain());
  if (work.action == Action::kPush) return {};
  const auto live = static_cast<uint32_t>(each() * present_.size());
  for (uint32_t j = 0; j < live; ++j) {
    element[0] = first_value(j);
    if (const int error = -call(BPF_MAP_UPDATE_ELEM, element); error != 0)
      return fail_errno(error, "cannot fill the map");
  }
  if (work.action != Action::kPeekMiss) return {};
  mistaken_.assign(present_.size(), std::vector<bool>(each()));
  for (size_t thread = 0; thread < present_.size(); ++thread) {
    for (uint32_t j = 0; j < each(); ++j) {
      element[0] = first_value(absent_[thread].index_at(j));
      mistaken_[thread][j] = call(BPF_MAP_LOOKUP_ELEM, element) == 0;
    }
  }
  return {};
}

LoopTotal QueueMap::user_loop(size_t thread, Action action, uint64_t first, uint64_t count) const {
  LoopTotal total;
  std::vector<uint64_t> element((shape_.value_bytes + 7) / 8);
  KeyCursor cursor = keys(thread, action).cursor_at(first);
  uint64_t value = value_ + first;
  bpf_attr attribute = empty_attribute();
  attribute.map_fd = static_cast<uint32_t>(fd_);
  attribute.value = user_address(element.data());
  const bool by_contents = is_filter();
  const auto timed = [&](auto step) {
    const uint64_t begin = loop_clock_ns();
    for (uint64_t i = 0; i < count; ++i) {
      const uint32_t index = next_key_index(&cursor);
      element[0] = by_contents ? first_value(index) : value;
      ++value;
      ++total.executed;
      if (step()) {
        ++total.succeeded;
        total.sum += element[0];
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
      timed([] {
        asm volatile("" ::: "memory");
        return true;
      });
      break;
    case Action::kPush:
      timed([&] { return bpf_call(BPF_MAP_UPDATE_ELEM, attribute) == 0; });
      break;
    case Action::kPop:
      timed([&] { return bpf_call(BPF_MAP_LOOKUP_AND_DELETE_ELEM, attribute) == 0; });
      break;
    default:
      timed([&] { return bpf_call(BPF_MAP_LOOKUP_ELEM, attribute) == 0; });
      break;
  }
  return total;
}

Result<LoopTotal> QueueMap::loop(size_t thread, Action action, uint64_t first, uint64_t count) {
  LoopTotal total;
  if (shape_.side == "user") {
    total = user_loop(thread, action, first, count);
  } else {
    const auto& programs = skeleton_->progs;
    const bpf_program* program = action == Action::kEmptyLoop       ? programs.empty_loop
                                 : action == Action::kKeyGeneration ? programs.value_generation
                                 : action == Action::kPush          ? programs.push
                                 : action == Action::kPop           ? programs.pop
                                                                    : programs.peek;
    BPFTAX_ASSIGN(total, programs_.run(bpf_program__fd(program), LoopEntry::kRawTracepoint, thread,
                                       keys(thread, action), value_, first, count));
    if (action == Action::kEmptyLoop) total = empty_loop_total(total);
  }
  if (action == Action::kPeekMiss) {
    // Right is what the filter answered from user space too, mistakes included.
    const auto answers = mistaken_[thread];
    uint64_t mistakes = 0;
    for (uint32_t j = 0; j < answers.size(); ++j) {
      // Visits of iteration j's key among [first, first + count).
      const uint64_t before = (first + answers.size() - 1 - j) / answers.size();
      const uint64_t until = (first + count + answers.size() - 1 - j) / answers.size();
      if (answers[j]) mistakes += until - before;
    }
    total.succeeded = total.succeeded == mistakes ? total.executed : 0;
  }
  return total;
}

// By one thread: the first chunk is what prepare() put in, each later one what the inverse pushed before it.
uint64_t QueueMap::sum_of_popped(uint64_t n) const {
  const uint64_t chunk = each();
  uint64_t sum = 0;
  for (uint64_t first = 0; first < n; first += chunk) {
    const uint64_t count = std::min(chunk, n - first);
    const uint64_t skipped = is_stack() ? chunk - count : 0;  // a stack gives the last ones first
    if (first == 0) {
      for (uint64_t j = skipped; j < skipped + count; ++j) sum += first_value(static_cast<uint32_t>(j));
    } else {
      sum += sum_of_row(value_ + first - chunk + skipped, count);
    }
  }
  return sum;
}

std::optional<uint64_t> QueueMap::expected_sum(const LoopWork& work, size_t thread,
                                               uint64_t iterations) const {
  const auto contents = [](uint32_t index) { return first_value(index); };
  const Action action = work.action;
  if (action == Action::kPeekMiss || action == Action::kSyscall) return std::nullopt;
  if (action == Action::kEmptyLoop) return 0;
  if (is_filter()) {
    if (action == Action::kPush && shape_.side != "user") return 0;
    return present_[thread].sum(iterations, contents);
  }
  if (action == Action::kKeyGeneration) return sum_of_row(value_, iterations);
  if (action == Action::kPush) return shape_.side == "user" ? sum_of_row(value_, iterations) : 0;
  if (action == Action::kPeek)
    return iterations * first_value(is_stack() ? static_cast<uint32_t>(each() * present_.size() - 1) : 0);
  if (present_.size() > 1) return std::nullopt;  // who popped what is the threads' luck
  return sum_of_popped(iterations);
}

Result<void> QueueMap::check_pushed(uint64_t n) {
  const uint64_t chunk = each();
  const uint64_t count = n % chunk == 0 ? chunk : n % chunk;
  BPFTAX_ASSIGN(std::vector<uint64_t> left, drain());
  if (left.size() != count * present_.size())
    return wrong_work(
        fmt::format("there are {} elements in the map instead of {}", left.size(), count * present_.size()));
  if (is_stack()) std::reverse(left.begin(), left.end());
  if (present_.size() > 1) std::sort(left.begin(), left.end());  // threads push between one another
  for (size_t i = 0; i < left.size(); ++i) {
    const uint64_t wanted = value_ + n - count + i / present_.size();
    if (left[i] != wanted)
      return wrong_work(fmt::format("element {} holds {:#x} instead of {:#x}", i, left[i], wanted));
  }
  return {};
}

Result<void> QueueMap::check_filter() {
  std::vector<uint64_t> element((shape_.value_bytes + 7) / 8);
  for (const ThreadKeys& keys : present_) {
    for (uint32_t j = 0; j < keys.live(); ++j) {
      element[0] = first_value(keys.index_at(j));
      if (call(BPF_MAP_LOOKUP_ELEM, element) != 0)
        return wrong_work(fmt::format("element {} is not in the filter", keys.index_at(j)));
    }
  }
  return {};
}

Result<void> QueueMap::check(const LoopWork& work, uint64_t iterations) {
  if (is_filter()) {
    // A short push leaves some of the elements out.
    return work.action == Action::kPush && iterations < each() ? Result<void>() : check_filter();
  }
  if (work.action == Action::kPush) return check_pushed(iterations);
  const uint64_t chunk = each();
  const uint64_t popped = work.action != Action::kPop ? 0
                          : iterations % chunk == 0   ? chunk
                                                      : iterations % chunk;
  BPFTAX_ASSIGN(const std::vector<uint64_t> left, drain());
  const uint64_t wanted = (chunk - popped) * present_.size();
  if (left.size() != wanted)
    return wrong_work(fmt::format("there are {} elements in the map instead of {}", left.size(), wanted));
  return {};
}

Result<std::unique_ptr<Instance>> set_up_queue(const Task& task, const Sampling& sampling) {
  BPFTAX_ASSIGN(const MapShape shape, shape_of(task));
  BPFTAX_ASSIGN(std::unique_ptr<ThreadTeam> team, ThreadTeam::start(task.cpus));
  BPFTAX_ASSIGN(std::unique_ptr<QueueMap> subject, QueueMap::make(shape, sampling.seed));
  return std::make_unique<LoopInstance>(std::move(subject), std::move(team), shape.fixed);
}

}  // namespace bpftax::bench
