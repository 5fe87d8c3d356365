// Which bucket of a hash a key falls into: for keys that are meant to meet under one lock.
#pragma once

#include <cstdint>
#include <span>

namespace bpftax::bench {

// jhash2() of the kernel (include/linux/jhash.h) with seed 0: Bob Jenkins' lookup3, May 2006, public domain.
// What hash maps with BPF_F_ZERO_SEED use for keys whose size is a multiple of 4 (on little-endian machines
// the byte-wise variant of older kernels gives the same).
uint32_t kernel_hash(std::span<const uint32_t> words);

// Of a map with so many entries: the kernel rounds up to a power of two.
uint32_t hash_bucket(std::span<const uint32_t> key, uint32_t entries);

}  // namespace bpftax::bench
