// Seeded randomness behind an interface. PCG-XSH-RR 64/32 (O'Neill 2014): the same seed gives the same plan
// on every platform and standard library, which std::shuffle and the std distributions do not promise.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace bpftax {

class Rng {
 public:
  virtual ~Rng() = default;
  virtual uint32_t next() = 0;
  // Uniform in [0, bound), without modulo bias. bound > 0.
  uint32_t below(uint32_t bound);
  // Fisher-Yates.
  template <class T>
  void shuffle(std::vector<T>& items) {
    for (std::size_t i = items.size(); i > 1; --i) {
      std::swap(items[i - 1], items[below(static_cast<uint32_t>(i))]);
    }
  }
};

class PcgRng : public Rng {
 public:
  explicit PcgRng(uint64_t seed, uint64_t stream = 54);
  uint32_t next() override;
  double uniform();  // [0, 1) with 53 bits
  double normal();   // standard normal, Box-Muller

 private:
  uint64_t state_ = 0;
  uint64_t increment_;
  double spare_ = 0;
  bool has_spare_ = false;
};

// A seed from the kernel, below 2^53 so that it survives JSON readers that use doubles.
uint64_t random_seed();

}  // namespace bpftax
