// Reading an entry of a per-CPU map.
#pragma once

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <cerrno>
#include <cstdint>
#include <vector>

#include "util/result.h"

namespace bpftax {

// One value for each possible CPU.
template <class T>
Result<std::vector<T>> read_per_cpu(const bpf_map* map, uint32_t key) {
  static_assert(sizeof(T) % 8 == 0, "the kernel rounds values of per-CPU maps up to 8 bytes");
  const int cpus = libbpf_num_possible_cpus();
  if (cpus < 0) return fail_errno(-cpus, "cannot tell the number of CPUs");
  std::vector<T> values(static_cast<size_t>(cpus));
  if (bpf_map_lookup_elem(bpf_map__fd(map), &key, values.data()) != 0)
    return fail_errno(errno, "cannot read a BPF map", bpf_map__name(map));
  return values;
}

}  // namespace bpftax
