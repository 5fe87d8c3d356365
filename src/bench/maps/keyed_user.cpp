#include <bpf/bpf.h>
#include <fmt/format.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "bench/maps/keyed_map.h"

namespace bpftax::bench {
namespace {

constexpr uint32_t kMostInBatch = 4096;
constexpr const char* kFloor = "key_generation";
constexpr const char* kAlwaysThere = "all elements of an array exist from the start: an insert is an update";
constexpr const char* kOneKeyEach = "each thread has one key only, which cannot be used up again and again";

// The kernel's ENOTSUPP has no text in the C library.
std::string call_reason(const char* call, int error) {
  return error == 524 ? fmt::format("{} answers ENOTSUPP: Operation not supported", call)
                      : fmt::format("{} answers {}: {}", call, strerrorname_np(error), strerror(error));
}

// What the loops of one thread work with; made before the clock starts.
class UserLoop {
 public:
  UserLoop(KeyedElements& elements, size_t thread, Action action, uint64_t first)
      : access_(elements.access()),
        cursor_(elements.keys(thread, action).cursor_at(first)),
        value_(elements.value() + first),
        words_(access_.value_words()) {
    attribute_.map_fd = static_cast<uint32_t>(access_.fd());
    attribute_.key = user_address(key_.data());
    attribute_.value = user_address(words_.data());
  }

  LoopTotal key_generation(uint64_t count) {
    return timed(count, [&] {
      next();
      asm volatile("" ::: "memory");
      found(key_[0]);
    });
  }
  static LoopTotal empty_syscall(uint64_t count) {
    LoopTotal total;
    const uint64_t begin = loop_clock_ns();
    for (uint64_t i = 0; i < count; ++i) {
      ++total.executed;
      if (syscall(SYS_getppid) >= 0) ++total.succeeded;
    }
    total.ns = loop_clock_ns() - begin;
    total.looped = count;
    return total;
  }
  // BPF_MAP_LOOKUP_ELEM or BPF_MAP_LOOKUP_AND_DELETE_ELEM
  LoopTotal lookup(bpf_cmd command, uint64_t count) {
    return timed(count, [&] {
      next();
      if (bpf_call(command, attribute_) == 0) found(sum_of(words_.data()));
    });
  }
  LoopTotal lookup_miss(uint64_t count) {
    return timed(count, [&] {
      next();
      if (bpf_call(BPF_MAP_LOOKUP_ELEM, attribute_) == -ENOENT) found(0);
    });
  }
  LoopTotal update(uint64_t flags, uint64_t count) {
    attribute_.flags = flags;
    return timed(count, [&] {
      next();
      if (bpf_call(BPF_MAP_UPDATE_ELEM, attribute_) == 0) found(0);
    });
  }
  // As prepare() does it.
  LoopTotal refill(uint64_t count) {
    attribute_.flags = BPF_NOEXIST;
    return timed(count, [&] {
      KeyCursor here = cursor_;
      value_ = first_value(next_key_index(&here));
      next();
      if (bpf_call(BPF_MAP_UPDATE_ELEM, attribute_) == 0) found(0);
    });
  }
  LoopTotal remove(uint64_t count) {
    attribute_.value = 0;  // the kernel refuses what the command does not use
    return timed(count, [&] {
      next();
      if (bpf_call(BPF_MAP_DELETE_ELEM, attribute_) == 0) found(0);
    });
  }
  // Each iteration walks all keys.
  LoopTotal iterate(uint64_t count) {
    MapKey following{};
    attribute_.next_key = user_address(following.data());  // in the place of `value`
    return timed(count, [&] {
      attribute_.key = 0;
      while (bpf_call(BPF_MAP_GET_NEXT_KEY, attribute_) == 0) {
        key_ = following;
        attribute_.key = user_address(key_.data());
        ++total_.executed;
        found(key_[0]);
      }
    });
  }
  // Each iteration reads the whole map.
  LoopTotal lookup_batch(uint64_t count, uint32_t batch) {
    std::vector<char> keys(size_t{batch} * access_.key_bytes());
    std::vector<uint64_t> values(size_t{batch} * words_.size());
    MapKey place{}, following{};
    bpf_attr attribute = empty_attribute();
    attribute.batch.map_fd = static_cast<uint32_t>(access_.fd());
    attribute.batch.keys = user_address(keys.data());
    attribute.batch.values = user_address(values.data());
    attribute.batch.out_batch = user_address(following.data());
    return timed(count, [&] {
      attribute.batch.in_batch = 0;
      int error = 0;
      while (error == 0) {
        attribute.batch.count = batch;
        error = bpf_call(BPF_MAP_LOOKUP_BATCH, attribute);
        if (error != 0 && error != -ENOENT) return;  // ENOENT: these were the last
        for (uint32_t i = 0; i < attribute.batch.count; ++i) {
          ++total_.executed;
          found(sum_of(&values[i * words_.size()]));
        }
        place = following;
        attribute.batch.in_batch = user_address(place.data());
      }
    });
  }
  // Each iteration writes, or removes, the next `batch` elements.
  LoopTotal change_batch(bpf_cmd command, uint64_t count, uint32_t batch) {
    std::vector<char> keys(size_t{batch} * access_.key_bytes());
    std::vector<uint64_t> values(size_t{batch} * words_.size());
    bpf_attr attribute = empty_attribute();
    attribute.batch.map_fd = static_cast<uint32_t>(access_.fd());
    attribute.batch.keys = user_address(keys.data());
    if (command == BPF_MAP_UPDATE_BATCH) attribute.batch.values = user_address(values.data());
    return timed(count, [&] {
      for (uint32_t i = 0; i < batch; ++i) {
        next();
        memcpy(&keys[i * access_.key_bytes()], key_.data(), access_.key_bytes());
        memcpy(&values[i * words_.size()], words_.data(), words_.size() * sizeof(uint64_t));
      }
      attribute.batch.count = batch;
      if (bpf_call(command, attribute) == 0) total_.succeeded += attribute.batch.count;
    });
  }

 private:
  template <class Step>
  LoopTotal timed(uint64_t count, Step step) {
    total_ = {};
    const uint64_t begin = loop_clock_ns();
    for (uint64_t i = 0; i < count; ++i) {
      step();
      ++total_.looped;
    }
    total_.ns = loop_clock_ns() - begin;
    return total_;
  }
  // The next key and the value that an update would write, counted: the same in every loop.
  void next() {
    access_.write_key(next_key_index(&cursor_), key_);
    for (uint32_t copy = 0; copy < access_.copies(); ++copy)
      words_[size_t{copy} * access_.copy_words()] = value_;
    ++value_;
    ++total_.executed;
  }
  void found(uint64_t value) {
    ++total_.succeeded;
    total_.sum += value;
  }
  uint64_t sum_of(const uint64_t* words) const {
    uint64_t sum = 0;
    for (uint32_t copy = 0; copy < access_.copies(); ++copy)
      sum += words[size_t{copy} * access_.copy_words()];
    return sum;
  }

  MapAccess& access_;
  KeyCursor cursor_;
  uint64_t value_;
  std::vector<uint64_t> words_;
  MapKey key_{};
  bpf_attr attribute_ = empty_attribute();
  LoopTotal total_;
};

}  // namespace

Result<std::unique_ptr<KeyedUser>> KeyedUser::make(const MapShape& shape, uint64_t seed) {
  auto made = std::make_unique<KeyedUser>();
  bpf_map_create_opts options{};
  options.sz = sizeof options;
  options.map_flags = keyed_map_flags(shape);
  made->map_.reset(bpf_map_create(static_cast<bpf_map_type>(shape.kind.type), "subject",
                                  shape.map_key_bytes(), shape.value_bytes, shape.entries, &options));
  if (!made->map_) return fail_errno(errno, "cannot create the map", shape.kind.name);
  BPFTAX_ASSIGN(const std::vector<int> possible, possible_cpus());
  BPFTAX_ASSIGN(KeyedElements elements,
                KeyedElements::make(MapAccess(made->map_.get(), shape, possible.size()), shape, {}, seed));
  made->elements_ = std::make_unique<KeyedElements>(std::move(elements));
  return made;
}

uint32_t KeyedUser::batch() const {
  const uint32_t live = elements_->keys(0, Action::kUpdateBatch).live();
  uint32_t batch = std::min(live, kMostInBatch);
  while (live % batch != 0) --batch;
  return batch;
}

LoopWork KeyedUser::batch_work(const char* name, Action action, bpf_cmd command) const {
  bpf_attr attribute = empty_attribute();
  attribute.batch.map_fd = static_cast<uint32_t>(elements_->access().fd());
  // Of no element: the kernel tells whether the type has it before it looks at the rest.
  const int error = -bpf_call(command, attribute);
  if (error != 0 && error != EFAULT && error != ENOENT)
    return absent_work(name, "user", call_reason("bpf(BPF_MAP_..._BATCH)", error));
  const bool whole = action == Action::kLookupBatch;
  LoopWork work = measured_work(name, "user", action, whole ? "" : kFloor);
  work.unit = whole ? elements_->elements() : batch();
  work.operation.params["batch"] = whole ? std::min(elements_->elements(), kMostInBatch) : batch();
  return work;
}

LoopWork KeyedUser::delete_work() const {
  const MapShape& shape = elements_->shape();
  if (shape.kind.array) {
    const int error = -elements_->access().remove(0);
    return absent_work("delete", "user",
                       error != 0 ? call_reason("bpf(BPF_MAP_DELETE_ELEM)", error) : "not with an array");
  }
  LoopWork work = measured_work("delete", "user", Action::kDelete, kFloor);
  work.chunk = elements_->keys(0, Action::kDelete).live();
  work.inverse = Action::kRefill;
  return work;
}

LoopWork KeyedUser::lookup_and_delete_work() const {
  const char* name = "lookup_and_delete";
  // Of a key that is not there.
  MapKey key{};
  elements_->access().write_key(0x30000000u, key);
  std::vector<uint64_t> words(elements_->access().value_words());
  bpf_attr attribute = empty_attribute();
  attribute.map_fd = static_cast<uint32_t>(elements_->access().fd());
  attribute.key = user_address(key.data());
  attribute.value = user_address(words.data());
  const int error = -bpf_call(BPF_MAP_LOOKUP_AND_DELETE_ELEM, attribute);
  if (error != ENOENT)
    return absent_work(name, "user", call_reason("bpf(BPF_MAP_LOOKUP_AND_DELETE_ELEM)", error));
  LoopWork work = measured_work(name, "user", Action::kLookupAndDelete, kFloor);
  work.chunk = elements_->keys(0, Action::kDelete).live();
  work.inverse = Action::kRefill;
  return work;
}

std::vector<LoopWork> KeyedUser::works() const {
  const MapShape& shape = elements_->shape();
  const auto measured = [](const char* name, Action action) {
    return measured_work(name, "user", action, kFloor);
  };
  std::vector<LoopWork> works = {floor_work("syscall", "user", Action::kSyscall),
                                 floor_work(kFloor, "user", Action::kKeyGeneration),
                                 measured("lookup", Action::kLookup), measured("update", Action::kUpdate)};
  const bool own = shape.contention == Contention::kOwn;
  if (shape.kind.array) {
    works.push_back(absent_work("insert", "user", kAlwaysThere));
    works.push_back(delete_work());
  } else if (!own) {
    works.push_back(absent_work("insert", "user", kOneKeyEach));
    works.push_back(absent_work("delete", "user", kOneKeyEach));
  } else {
    LoopWork insert = measured("insert", Action::kInsert);
    insert.chunk = elements_->keys(0, Action::kInsert).live();
    insert.inverse = Action::kDelete;
    works.push_back(std::move(insert));
    works.push_back(delete_work());
  }
  if (shape.quick) return works;
  works.push_back(measured("lookup_miss", Action::kLookupMiss));
  // No key is generated: each call answers with the next one.
  LoopWork iterate = measured_work("iterate", "user", Action::kIterate, "");
  iterate.unit = elements_->elements();
  works.push_back(std::move(iterate));
  if (shape.kind.lru) works.push_back(measured("insert_evict", Action::kInsertEvict));
  works.push_back(batch_work("lookup_batch", Action::kLookupBatch, BPF_MAP_LOOKUP_BATCH));
  works.push_back(batch_work("update_batch", Action::kUpdateBatch, BPF_MAP_UPDATE_BATCH));
  LoopWork remove = own ? batch_work("delete_batch", Action::kDeleteBatch, BPF_MAP_DELETE_BATCH)
                        : absent_work("delete_batch", "user", kOneKeyEach);
  if (remove.operation.absent.empty()) {
    remove.chunk = elements_->keys(0, Action::kDelete).live() / remove.unit;
    remove.inverse = Action::kRefill;
  }
  works.push_back(std::move(remove));
  works.push_back(own ? lookup_and_delete_work() : absent_work("lookup_and_delete", "user", kOneKeyEach));
  return works;
}

Result<LoopTotal> KeyedUser::loop(size_t thread, Action action, uint64_t first, uint64_t count) {
  const uint64_t unit = action == Action::kUpdateBatch || action == Action::kDeleteBatch ? batch() : 1;
  KeyedElements& elements = *elements_;
  UserLoop loop(elements, thread, action, first * unit);
  switch (action) {
    case Action::kKeyGeneration:
      return loop.key_generation(count);
    case Action::kSyscall:
      return UserLoop::empty_syscall(count);
    case Action::kLookup:
      return loop.lookup(BPF_MAP_LOOKUP_ELEM, count);
    case Action::kLookupMiss:
      return loop.lookup_miss(count);
    case Action::kLookupAndDelete:
      return loop.lookup(BPF_MAP_LOOKUP_AND_DELETE_ELEM, count);
    case Action::kUpdate:
      return loop.update(BPF_EXIST, count);
    case Action::kInsert:
    case Action::kInsertEvict:
      return loop.update(BPF_NOEXIST, count);
    case Action::kRefill:
      return loop.refill(count);
    case Action::kDelete:
      return loop.remove(count);
    case Action::kIterate:
      return loop.iterate(count);
    case Action::kLookupBatch:
      return loop.lookup_batch(count, std::min(elements.elements(), kMostInBatch));
    case Action::kUpdateBatch:
      return loop.change_batch(BPF_MAP_UPDATE_BATCH, count, batch());
    case Action::kDeleteBatch:
      return loop.change_batch(BPF_MAP_DELETE_BATCH, count, batch());
    default:
      return fail(ErrorKind::kInternal, "there is no such loop");
  }
}

std::optional<uint64_t> KeyedUser::expected_sum(const LoopWork& work, size_t thread,
                                                uint64_t iterations) const {
  const bool trie = elements_->shape().kind.trie;
  const uint64_t prefix_bits = 8 * elements_->shape().key_bytes;
  const auto first_word = [&](uint32_t index) { return trie ? prefix_bits : index; };
  switch (work.action) {
    case Action::kLookup:
    case Action::kLookupAndDelete:
      return elements_->sum_of_values(thread, iterations, true);
    case Action::kLookupBatch:
      return iterations * elements_->sum_of_all(true);
    case Action::kKeyGeneration:
      return elements_->keys(thread, work.action).sum(iterations, first_word);
    case Action::kIterate: {
      if (elements_->shape().kind.array) {
        const uint64_t entries = elements_->elements();
        return iterations * (entries * (entries - 1) / 2);
      }
      uint64_t sum = 0;
      for (size_t other = 0; other < elements_->shape().threads; ++other) {
        const ThreadKeys& keys = elements_->keys(other, work.action);
        sum += keys.sum(keys.live(), first_word);
        if (elements_->shape().contention == Contention::kSame) break;
      }
      return iterations * sum;
    }
    default:
      return 0;
  }
}

Result<void> KeyedUser::check(const LoopWork& work, uint64_t iterations) {
  const bool batch = work.action == Action::kUpdateBatch || work.action == Action::kDeleteBatch;
  return elements_->check(work.action, batch ? iterations * work.unit : iterations);
}

}  // namespace bpftax::bench
