// A map as user space has it: bpf(2) without a library in between, and what the benchmarks look at around
// their loops (none of that is timed).
#pragma once

#include <linux/bpf.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <vector>

#include "bench/maps/loop_control.h"
#include "bench/maps/map_shape.h"
#include "util/result.h"

namespace bpftax::bench {

// The system call itself: 0 or a descriptor, or -errno.
int bpf_call(bpf_cmd command, bpf_attr& attribute);

// All bytes 0, as the kernel wants those that a command does not use ({} need not clear more than a union's
// first member).
inline bpf_attr empty_attribute() {
  bpf_attr attribute;
  memset(&attribute, 0, sizeof attribute);
  return attribute;
}

// A pointer as the system call wants it.
inline uint64_t user_address(const void* pointer) {
  return reinterpret_cast<uintptr_t>(pointer);
}

// CPUs that the kernel reserves per-CPU memory for; user space always sees a copy for each of them, in this
// order.
Result<std::vector<int>> possible_cpus();

using MapKey = std::array<uint32_t, kMaxKeyBytes / 4>;

class MapAccess {
 public:
  // Does not own the descriptor. cpus: how many are possible.
  MapAccess(int fd, const MapShape& shape, size_t cpus);

  int fd() const { return fd_; }
  uint32_t key_bytes() const { return key_bytes_; }
  uint32_t copies() const { return copies_; }          // of a value
  uint32_t copy_words() const { return copy_words_; }  // 8-byte words from one copy to the next
  size_t value_words() const { return size_t{copies_} * copy_words_; }

  void write_key(uint32_t index, MapKey& key) const;
  // The same value in each copy. flags: BPF_ANY, ...
  int update(uint32_t index, uint64_t value, uint64_t flags);
  int remove(uint32_t index);
  int remove_raw(const MapKey& key);
  // The first 8 bytes of each copy; nullopt: there is no such element.
  std::optional<std::vector<uint64_t>> read(uint32_t index);
  // Walks all keys. An error names errno's text.
  Result<std::vector<MapKey>> keys() const;
  // Removes all elements.
  Result<void> clear();
  std::optional<double> memory_bytes() const;

 private:
  int fd_;
  uint32_t key_bytes_, copies_, copy_words_;
  bool trie_;
  uint32_t prefix_bits_;
  std::vector<uint64_t> value_;
};

// memlock of a map's fdinfo, in bytes.
std::optional<double> map_memory_bytes(int fd);

}  // namespace bpftax::bench
