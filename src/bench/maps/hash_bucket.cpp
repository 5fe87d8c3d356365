#include "bench/maps/hash_bucket.h"

#include <bit>

namespace bpftax::bench {

uint32_t kernel_hash(std::span<const uint32_t> words) {
  uint32_t a = 0xdeadbeef + static_cast<uint32_t>(words.size() * 4);
  uint32_t b = a, c = a;
  const auto turn = [](uint32_t& x, uint32_t& y, uint32_t& z,
                       int by) {  // x loses z and takes its bits, z gains y
    x -= z;
    x ^= std::rotl(z, by);
    z += y;
  };
  while (words.size() > 3) {
    a += words[0];
    b += words[1];
    c += words[2];
    turn(a, b, c, 4);
    turn(b, c, a, 6);
    turn(c, a, b, 8);
    turn(a, b, c, 16);
    turn(b, c, a, 19);
    turn(c, a, b, 4);
    words = words.subspan(3);
  }
  if (words.empty()) return c;
  if (words.size() > 2) c += words[2];
  if (words.size() > 1) b += words[1];
  a += words[0];
  const auto fold = [](uint32_t& x, uint32_t y, int by) {
    x ^= y;
    x -= std::rotl(y, by);
  };
  fold(c, b, 14);
  fold(a, c, 11);
  fold(b, a, 25);
  fold(c, b, 16);
  fold(a, c, 4);
  fold(b, a, 14);
  fold(c, b, 24);
  return c;
}

uint32_t hash_bucket(std::span<const uint32_t> key, uint32_t entries) {
  return kernel_hash(key) & (std::bit_ceil(entries) - 1);
}

}  // namespace bpftax::bench
