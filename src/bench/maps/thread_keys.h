// The keys of one thread, in the order in which its loops visit them (loop_control.h), and what follows from
// that: what a loop of n iterations must have read and left.
#pragma once

#include <cstdint>
#include <optional>

#include "bench/maps/loop_control.h"
#include "util/rng.h"

namespace bpftax::bench {

// first + (first + 1) + ...: n numbers
inline uint64_t sum_of_row(uint64_t first, uint64_t n) {
  return n == 0 ? 0 : n * first + n * (n - 1) / 2;
}

class ThreadKeys {
 public:
  // `live` keys from base on. Step and beginning are drawn: the step near the golden section of live, without
  // a common factor, so that neighbours in time are far apart.
  ThreadKeys(uint32_t base, uint32_t live, Rng& rng);

  uint32_t live() const { return live_; }
  // The index of the key that iteration i visits.
  uint32_t index_at(uint64_t iteration) const;
  KeyCursor cursor_at(uint64_t iteration) const;
  // The last of n iterations that visits the same key as iteration j < live(); nullopt: none does.
  std::optional<uint64_t> last_visit(uint32_t j, uint64_t n) const;
  // Sum of f(index) over n iterations, modulo 2^64.
  template <class F>
  uint64_t sum(uint64_t n, F f) const {
    uint64_t all = 0, rest = 0;
    for (uint32_t j = 0; j < live_; ++j) {
      const uint64_t value = f(index_at(j));
      all += value;
      if (j < n % live_) rest += value;
    }
    return all * (n / live_) + rest;
  }

 private:
  uint32_t base_, live_, step_ = 0, first_ = 0;
};

}  // namespace bpftax::bench
