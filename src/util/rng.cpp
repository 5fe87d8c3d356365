#include "util/rng.h"

#include <sys/random.h>

#include <cmath>
#include <ctime>
#include <numbers>

namespace bpftax {

uint32_t Rng::below(uint32_t bound) {
  // Lemire's rejection threshold: values under 2^32 mod bound would be drawn once too often.
  const uint32_t threshold = (0u - bound) % bound;
  while (true) {
    const uint32_t value = next();
    if (value >= threshold) return value % bound;
  }
}

PcgRng::PcgRng(uint64_t seed, uint64_t stream) : increment_((stream << 1u) | 1u) {
  PcgRng::next();
  state_ += seed;
  PcgRng::next();
}

uint32_t PcgRng::next() {
  const uint64_t old = state_;
  state_ = old * 6364136223846793005ULL + increment_;
  const auto xorshifted = static_cast<uint32_t>(((old >> 18u) ^ old) >> 27u);
  const auto rotation = static_cast<uint32_t>(old >> 59u);
  return (xorshifted >> rotation) | (xorshifted << ((0u - rotation) & 31u));
}

double PcgRng::uniform() {
  const uint64_t high = next() >> 5u;
  const uint64_t low = next() >> 6u;
  return (static_cast<double>(high) * 67108864.0 + static_cast<double>(low)) / 9007199254740992.0;
}

double PcgRng::normal() {
  if (has_spare_) {
    has_spare_ = false;
    return spare_;
  }
  const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
  const double angle = 2.0 * std::numbers::pi * uniform();
  spare_ = radius * std::sin(angle);
  has_spare_ = true;
  return radius * std::cos(angle);
}

uint64_t random_seed() {
  uint64_t seed = 0;
  if (getrandom(&seed, sizeof seed, 0) != static_cast<ssize_t>(sizeof seed)) {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    seed = static_cast<uint64_t>(now.tv_nsec) * 1'000'003u + static_cast<uint64_t>(now.tv_sec);
  }
  return seed >> 11u;
}

}  // namespace bpftax
