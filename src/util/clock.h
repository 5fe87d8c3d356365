// Clocks behind an interface, so that the engine can be tested without waiting.
#pragma once

#include <cstdint>
#include <string>

namespace bpftax {

inline constexpr int64_t kNsPerMs = 1'000'000;
inline constexpr int64_t kNsPerS = 1'000'000'000;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual int64_t monotonic_ns() const = 0;  // CLOCK_MONOTONIC
  virtual int64_t realtime_ns() const = 0;   // CLOCK_REALTIME, UTC
  virtual void sleep_ns(int64_t duration_ns) = 0;
};

class RealClock : public Clock {
 public:
  int64_t monotonic_ns() const override;
  int64_t realtime_ns() const override;
  void sleep_ns(int64_t duration_ns) override;
};

// Stands still until someone sleeps or advances it.
class FakeClock : public Clock {
 public:
  int64_t monotonic_ns() const override { return now_ns_; }
  int64_t realtime_ns() const override { return epoch_ns_ + now_ns_; }
  void sleep_ns(int64_t duration_ns) override { now_ns_ += duration_ns; }
  void advance_ns(int64_t duration_ns) { now_ns_ += duration_ns; }

 private:
  int64_t now_ns_ = 1'000'000'000;
  int64_t epoch_ns_ = 1'790'000'000'000'000'000;
};

// "2026-11-20T18:53:07Z" and "20261120_185307", UTC.
std::string format_iso8601(int64_t realtime_ns);
std::string format_compact_time(int64_t realtime_ns);

}  // namespace bpftax
