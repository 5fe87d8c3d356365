#include "bench/maps/keyed_elements.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "bench/maps/hash_bucket.h"

namespace bpftax::bench {
namespace {

constexpr uint32_t kMostChecked = 65'536;  // elements read after each run; of more, evenly spread ones
constexpr uint32_t kFreshRounds = 8;       // an evicted key comes back after so many times the map's size

enum class Left { kFirst, kUpdated, kInserted, kRemoved, kEvicted };

Left left_by(Action action) {
  switch (action) {
    case Action::kUpdate:
    case Action::kUpdateBatch:
      return Left::kUpdated;
    case Action::kInsert:
      return Left::kInserted;
    case Action::kDelete:
    case Action::kDeleteBatch:
    case Action::kLookupAndDelete:
      return Left::kRemoved;
    case Action::kInsertEvict:
      return Left::kEvicted;
    default:
      return Left::kFirst;
  }
}

// So many operations of a chunk remain at the end: the earlier chunks were undone.
uint64_t last_chunk(uint64_t n, uint32_t live) {
  return n % live == 0 ? live : n % live;
}

}  // namespace

Result<KeyedElements> KeyedElements::make(MapAccess access, const MapShape& shape, std::vector<size_t> copies,
                                          uint64_t seed) {
  KeyedElements elements(std::move(access), shape, std::move(copies));
  PcgRng rng(seed);
  const auto threads = static_cast<uint32_t>(shape.threads);
  const uint32_t each = shape.live() / threads;
  std::vector<uint32_t> shared;
  if (shape.contention == Contention::kBucket && !shape.kind.array && !shape.kind.trie) {
    BPFTAX_ASSIGN(shared, elements.keys_of_one_bucket());
  }
  for (uint32_t thread = 0; thread < threads; ++thread) {
    uint32_t base = thread * each, live = each;
    if (shape.contention != Contention::kOwn) {
      live = 1;
      base = shape.contention == Contention::kSame ? 0 : shared.empty() ? thread : shared[thread];
    }
    elements.present_.emplace_back(base, live, rng);
    // Beyond the end of an array, and beyond all keys that are ever in a hash.
    elements.absent_.emplace_back(0x40000000u + base, live, rng);
    const uint32_t fresh = shape.entries * kFreshRounds;
    elements.fresh_.emplace_back(0x80000000u + thread * fresh, fresh, rng);
  }
  BPFTAX_TRY(elements.fill(false));
  elements.first_values_ = true;
  elements.memory_bytes_ = elements.access_.memory_bytes();
  return elements;
}

const ThreadKeys& KeyedElements::keys(size_t thread, Action action) const {
  if (action == Action::kLookupMiss) return absent_[thread];
  if (action == Action::kInsertEvict) return fresh_[thread];
  return present_[thread];
}

uint32_t KeyedElements::live() const {
  return shape_.contention == Contention::kSame ? 1
                                                : present_[0].live() * static_cast<uint32_t>(present_.size());
}

// The hash of the kernel is ours to compute (seed 0), but not ours to define: the map is asked whether these
// keys really are neighbours. It walks bucket by bucket, so with others between the buckets, keys of one
// bucket stand together.
Result<std::vector<uint32_t>> KeyedElements::keys_of_one_bucket() {
  const auto bucket_of = [&](uint32_t index) {
    MapKey key{};
    access_.write_key(index, key);
    return hash_bucket(std::span(key).first(access_.key_bytes() / 4), shape_.entries);
  };
  std::vector<uint32_t> found = {0};
  for (uint32_t index = 1; found.size() < shape_.threads; ++index)
    if (bucket_of(index) == bucket_of(0)) found.push_back(index);
  const uint32_t others = std::min<uint32_t>(shape_.entries / 2, 512);
  for (const uint32_t index : found) access_.update(index, 0, BPF_ANY);
  for (uint32_t index = 0; index < others; ++index)
    if (bucket_of(index) != bucket_of(0)) access_.update(index, 0, BPF_ANY);
  BPFTAX_ASSIGN(const std::vector<MapKey> walk, access_.keys());
  size_t runs = 0;
  bool before = false;
  for (const MapKey& key : walk) {
    const bool ours = std::find(found.begin(), found.end(), key[0]) != found.end();
    runs += ours && !before ? 1 : 0;
    before = ours;
  }
  BPFTAX_TRY(access_.clear());
  if (runs != 1)
    return fail(ErrorKind::kEnvironment, "cannot make keys meet in one bucket", {},
                "this kernel's hash is not the one that is known (jhash2 with seed 0)");
  return found;
}

Result<void> KeyedElements::fill(bool everything) {
  const uint64_t flags = shape_.kind.array ? BPF_ANY : BPF_NOEXIST;
  for (size_t thread = 0; thread < present_.size(); ++thread) {
    if (shape_.contention == Contention::kSame && thread > 0) break;
    const ThreadKeys& keys = present_[thread];
    for (uint32_t j = 0; j < keys.live(); ++j) {
      const uint32_t index = keys.index_at(j);
      if (const int error = -access_.update(index, first_value(index), flags); error != 0)
        return fail_errno(error, "cannot fill the map");
    }
  }
  // Up to the brim, with keys that no loop visits.
  for (uint32_t more = live(); everything && more < shape_.entries; ++more)
    if (const int error = -access_.update(0x20000000u + more, 0, BPF_ANY); error != 0)
      return fail_errno(error, "cannot fill the map");
  return {};
}

Result<void> KeyedElements::prepare(Action action) {
  value_ += uint64_t{1} << 32;  // what an earlier run wrote is never taken for this one's
  const Left left = left_by(action);
  if (left == Left::kFirst && first_values_) return {};
  if (!shape_.kind.array) BPFTAX_TRY(access_.clear());
  if (left != Left::kInserted) BPFTAX_TRY(fill(left == Left::kEvicted));
  first_values_ = left == Left::kFirst;
  return {};
}

Result<void> KeyedElements::check_count(uint64_t wanted) {
  BPFTAX_ASSIGN(const std::vector<MapKey> all, access_.keys());
  if (all.size() != wanted)
    return wrong_work(fmt::format("there are {} elements in the map instead of {}", all.size(), wanted));
  return {};
}

Result<void> KeyedElements::check_element(size_t thread, Action action, uint32_t j, uint64_t n) {
  const Left left = left_by(action);
  const uint32_t live = present_[thread].live();
  const uint32_t index = present_[thread].index_at(j);
  const auto value = access_.read(index);
  const bool in_last_chunk = j < last_chunk(n, live);
  const bool there = left == Left::kInserted ? in_last_chunk : left == Left::kRemoved ? !in_last_chunk : true;
  if (value.has_value() != there)
    return wrong_work(
        fmt::format("element {} {}", index, there ? "is not in the map" : "is still in the map"));
  if (!there || left == Left::kRemoved) return {};
  // Threads that write to the same element: any of them may have been the last.
  std::vector<uint64_t> allowed;
  if (left == Left::kFirst) allowed.push_back(first_value(index));
  if (left == Left::kInserted) allowed.push_back(value_ + n - last_chunk(n, live) + j);
  if (left == Left::kUpdated) {
    const auto last = present_[thread].last_visit(j, n);
    allowed.push_back(last ? value_ + *last : first_value(index));
  }
  for (size_t copy = 0; copy < value->size(); ++copy) {
    if (left != Left::kFirst && !copies_.empty() && value->size() > 1 && copy != copies_[thread]) continue;
    if (std::find(allowed.begin(), allowed.end(), (*value)[copy]) == allowed.end())
      return wrong_work(fmt::format("element {} holds {:#x} instead of {:#x}{}", index, (*value)[copy],
                                    allowed[0], value->size() > 1 ? fmt::format(" in copy {}", copy) : ""));
  }
  return {};
}

Result<void> KeyedElements::check_evicted(uint64_t n) {
  BPFTAX_ASSIGN(const std::vector<MapKey> all, access_.keys());
  if (all.size() > shape_.entries || all.size() < shape_.entries / 2)
    return wrong_work(fmt::format("there are {} elements in a full map of {}", all.size(), shape_.entries));
  for (size_t thread = 0; thread < fresh_.size(); ++thread) {
    const auto last = access_.read(fresh_[thread].index_at(n - 1));
    const size_t copy = copies_.empty() || !last || last->size() == 1 ? 0 : copies_[thread];
    if (!last || (*last)[copy] != value_ + n - 1)
      return wrong_work("the element that was inserted last is not in the map");
  }
  return {};
}

Result<void> KeyedElements::check(Action action, uint64_t n) {
  const Left left = left_by(action);
  if (left == Left::kEvicted) return check_evicted(n);
  const uint64_t chunk = last_chunk(n, present_[0].live()) * present_.size();
  BPFTAX_TRY(check_count(left == Left::kInserted  ? chunk
                         : left == Left::kRemoved ? live() - chunk
                                                  : elements()));
  for (size_t thread = 0; thread < present_.size(); ++thread) {
    const uint32_t live = present_[thread].live();
    const uint32_t apart = std::max(live / kMostChecked, 1u);
    for (uint32_t j = 0; j < live; j += apart) BPFTAX_TRY(check_element(thread, action, j, n));
  }
  return {};
}

uint64_t KeyedElements::sum_of_values(size_t thread, uint64_t n, bool each_copy) const {
  const uint64_t sum = present_[thread].sum(n, [](uint32_t index) { return first_value(index); });
  return each_copy ? sum * access_.copies() : sum;
}

uint64_t KeyedElements::sum_of_all(bool each_copy) const {
  uint64_t sum = 0;
  for (size_t thread = 0; thread < present_.size(); ++thread) {
    sum += sum_of_values(thread, present_[thread].live(), each_copy);
    if (shape_.contention == Contention::kSame) break;
  }
  return sum;
}

}  // namespace bpftax::bench
