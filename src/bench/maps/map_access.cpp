#include "bench/maps/map_access.h"

#include <fmt/format.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "sample/cpu_list.h"
#include "sample/fdinfo.h"
#include "util/files.h"
#include "util/strings.h"

namespace bpftax::bench {
int bpf_call(bpf_cmd command, bpf_attr& attribute) {
  const long result = syscall(SYS_bpf, command, &attribute, sizeof attribute);
  return result < 0 ? -errno : static_cast<int>(result);
}

Result<std::vector<int>> possible_cpus() {
  constexpr const char* kPath = "/sys/devices/system/cpu/possible";
  BPFTAX_ASSIGN(const std::string text, read_file(kPath));
  auto cpus = parse_cpu_list(trim(text));
  if (!cpus || cpus->empty())
    return fail(ErrorKind::kEnvironment, "cannot tell the possible CPUs", kPath, "unexpected text");
  return std::move(*cpus);
}

MapAccess::MapAccess(int fd, const MapShape& shape, size_t cpus)
    : fd_(fd),
      key_bytes_(shape.map_key_bytes()),
      copies_(shape.kind.per_cpu ? static_cast<uint32_t>(cpus) : 1),
      copy_words_((shape.value_bytes + 7) / 8),
      trie_(shape.kind.trie),
      prefix_bits_(8 * shape.key_bytes),
      value_(value_words()) {}

void MapAccess::write_key(uint32_t index, MapKey& key) const {
  if (trie_) {
    key[0] = prefix_bits_;
    key[1] = scatter_key(index);
  } else {
    key[0] = index;
  }
}

int MapAccess::update(uint32_t index, uint64_t value, uint64_t flags) {
  MapKey key{};
  write_key(index, key);
  std::fill(value_.begin(), value_.end(), 0);
  for (uint32_t copy = 0; copy < copies_; ++copy) value_[size_t{copy} * copy_words_] = value;
  bpf_attr attribute = empty_attribute();
  attribute.map_fd = static_cast<uint32_t>(fd_);
  attribute.key = user_address(key.data());
  attribute.value = user_address(value_.data());
  attribute.flags = flags;
  return bpf_call(BPF_MAP_UPDATE_ELEM, attribute);
}

int MapAccess::remove_raw(const MapKey& key) {
  bpf_attr attribute = empty_attribute();
  attribute.map_fd = static_cast<uint32_t>(fd_);
  attribute.key = user_address(key.data());
  return bpf_call(BPF_MAP_DELETE_ELEM, attribute);
}

int MapAccess::remove(uint32_t index) {
  MapKey key{};
  write_key(index, key);
  return remove_raw(key);
}

std::optional<std::vector<uint64_t>> MapAccess::read(uint32_t index) {
  MapKey key{};
  write_key(index, key);
  bpf_attr attribute = empty_attribute();
  attribute.map_fd = static_cast<uint32_t>(fd_);
  attribute.key = user_address(key.data());
  attribute.value = user_address(value_.data());
  if (bpf_call(BPF_MAP_LOOKUP_ELEM, attribute) != 0) return std::nullopt;
  std::vector<uint64_t> words(copies_);
  for (uint32_t copy = 0; copy < copies_; ++copy) words[copy] = value_[size_t{copy} * copy_words_];
  return words;
}

Result<std::vector<MapKey>> MapAccess::keys() const {
  std::vector<MapKey> all;
  MapKey key{}, next{};
  bpf_attr attribute = empty_attribute();
  attribute.map_fd = static_cast<uint32_t>(fd_);
  attribute.next_key = user_address(next.data());
  while (true) {
    attribute.key = all.empty() ? 0 : user_address(key.data());
    const int error = -bpf_call(BPF_MAP_GET_NEXT_KEY, attribute);
    if (error == ENOENT) return all;
    if (error != 0) return fail_errno(error, "cannot walk the keys of the map");
    key = next;
    all.push_back(key);
  }
}

Result<void> MapAccess::clear() {
  BPFTAX_ASSIGN(const std::vector<MapKey> all, keys());
  for (const MapKey& key : all)
    if (const int error = -remove_raw(key); error != 0 && error != ENOENT)
      return fail_errno(error, "cannot empty the map");
  return {};
}

std::optional<double> map_memory_bytes(int fd) {
  const auto text = read_file(fmt::format("/proc/self/fdinfo/{}", fd));
  if (!text) return std::nullopt;
  const auto bytes = parse_fdinfo(*text).memlock_bytes;
  if (!bytes) return std::nullopt;
  return static_cast<double>(*bytes);
}

std::optional<double> MapAccess::memory_bytes() const {
  return map_memory_bytes(fd_);
}

}  // namespace bpftax::bench
