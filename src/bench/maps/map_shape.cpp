#include "bench/maps/map_shape.h"

#include <linux/bpf.h>

#include <algorithm>
#include <array>

namespace bpftax::bench {
namespace {

constexpr uint32_t kCgrpStorage = 32;  // BPF_MAP_TYPE_CGRP_STORAGE, Linux 6.2

constexpr std::array kMapKinds = {
    MapKind{.name = "hash", .type = BPF_MAP_TYPE_HASH},
    MapKind{.name = "array", .type = BPF_MAP_TYPE_ARRAY, .array = true},
    MapKind{.name = "percpu_hash", .type = BPF_MAP_TYPE_PERCPU_HASH, .per_cpu = true},
    MapKind{.name = "percpu_array", .type = BPF_MAP_TYPE_PERCPU_ARRAY, .array = true, .per_cpu = true},
    MapKind{.name = "lru_hash", .type = BPF_MAP_TYPE_LRU_HASH, .lru = true},
    MapKind{.name = "lru_percpu_hash", .type = BPF_MAP_TYPE_LRU_PERCPU_HASH, .per_cpu = true, .lru = true},
    MapKind{.name = "lpm_trie", .type = BPF_MAP_TYPE_LPM_TRIE, .trie = true},
    MapKind{.name = "queue", .type = BPF_MAP_TYPE_QUEUE},
    MapKind{.name = "stack", .type = BPF_MAP_TYPE_STACK},
    MapKind{.name = "bloom_filter", .type = BPF_MAP_TYPE_BLOOM_FILTER},
    MapKind{.name = "hash_of_maps", .type = BPF_MAP_TYPE_HASH_OF_MAPS},
    MapKind{.name = "array_of_maps", .type = BPF_MAP_TYPE_ARRAY_OF_MAPS, .array = true},
    MapKind{.name = "task_storage", .type = BPF_MAP_TYPE_TASK_STORAGE},
    MapKind{.name = "cgrp_storage", .type = kCgrpStorage},
    MapKind{.name = "sk_storage", .type = BPF_MAP_TYPE_SK_STORAGE},
    MapKind{.name = "inode_storage", .type = BPF_MAP_TYPE_INODE_STORAGE},
    MapKind{.name = "ringbuf", .type = BPF_MAP_TYPE_RINGBUF},
    MapKind{.name = "truth", .type = BPF_MAP_TYPE_UNSPEC},  // no map at all
};

Result<uint32_t> whole_number(const Json& object, const char* key, uint32_t missing) {
  BPFTAX_ASSIGN(const auto value, json_integer(object, key));
  if (!value) return missing;
  if (*value < 0 || *value > UINT32_MAX)
    return fail(ErrorKind::kInternal, "cannot measure a map", key, "out of range");
  return static_cast<uint32_t>(*value);
}

}  // namespace

const MapKind& map_kind(std::string_view name) {
  const auto found = std::find_if(kMapKinds.begin(), kMapKinds.end(),
                                  [name](const MapKind& kind) { return kind.name == name; });
  return found == kMapKinds.end() ? kMapKinds.back() : *found;
}

std::string_view to_string(Contention contention) {
  switch (contention) {
    case Contention::kOwn:
      return "own";
    case Contention::kBucket:
      return "bucket";
    case Contention::kSame:
      return "same";
  }
  return "own";
}

uint32_t MapShape::live() const {
  const auto wanted = static_cast<uint32_t>(uint64_t{entries} * fill_percent / 100);
  const auto team = static_cast<uint32_t>(threads);
  return std::max(wanted / team * team, team);
}

Result<MapShape> shape_of(const Task& task) {
  MapShape shape;
  shape.kind = map_kind(task.subject);
  BPFTAX_ASSIGN(shape.entries, whole_number(task.params, "entries", shape.entries));
  BPFTAX_ASSIGN(shape.key_bytes, whole_number(task.params, "key_size", shape.key_bytes));
  BPFTAX_ASSIGN(shape.value_bytes, whole_number(task.params, "value_size", shape.value_bytes));
  BPFTAX_ASSIGN(shape.fill_percent, whole_number(task.params, "fill", shape.fill_percent));
  BPFTAX_ASSIGN(const uint32_t threads, whole_number(task.params, "threads", 1));
  shape.threads = threads;
  if (threads == 0 || task.cpus.size() != threads)
    return fail(ErrorKind::kInternal, "cannot measure a map", task.subject,
                "one CPU for each thread is needed");
  BPFTAX_ASSIGN(const auto contention, json_string(task.params, "contention"));
  for (const Contention each : {Contention::kBucket, Contention::kSame})
    if (contention && *contention == to_string(each)) shape.contention = each;
  BPFTAX_ASSIGN(const auto side, json_string(task.options, "side"));
  shape.side = side.value_or("program");
  BPFTAX_ASSIGN(const auto quick, json_bool(task.options, "quick"));
  shape.quick = quick.value_or(false);
  if (task.options.contains("ops"))
    for (const Json& n : task.options["ops"]) shape.fixed.push_back(n.get<uint64_t>());
  return shape;
}

}  // namespace bpftax::bench
