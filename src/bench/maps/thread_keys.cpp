#include "bench/maps/thread_keys.h"

#include <algorithm>
#include <numeric>

namespace bpftax::bench {

ThreadKeys::ThreadKeys(uint32_t base, uint32_t live, Rng& rng) : base_(base), live_(std::max(live, 1u)) {
  first_ = rng.below(live_);
  if (live_ == 1) return;
  // Between 0.55 and 0.69 of live.
  const auto low = static_cast<uint32_t>(uint64_t{live_} * 55 / 100);
  const uint32_t width = std::max(live_ / 7, 1u);
  step_ = std::clamp(low + rng.below(width), 1u, live_ - 1);
  while (std::gcd(step_, live_) != 1) step_ = step_ + 1 < live_ ? step_ + 1 : 1;  // 1 has none in any case
}

uint32_t ThreadKeys::index_at(uint64_t iteration) const {
  // first + step * (iteration mod live) < 2^64: both factors are below 2^32.
  return base_ + static_cast<uint32_t>((first_ + uint64_t{step_} * (iteration % live_)) % live_);
}

KeyCursor ThreadKeys::cursor_at(uint64_t iteration) const {
  return {.position = index_at(iteration) - base_, .step = step_, .live = live_, .base = base_};
}

std::optional<uint64_t> ThreadKeys::last_visit(uint32_t j, uint64_t n) const {
  if (j >= n) return std::nullopt;
  return j + (n - 1 - j) / live_ * live_;
}

}  // namespace bpftax::bench
