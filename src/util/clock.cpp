#include "util/clock.h"

#include <cerrno>
#include <ctime>

namespace bpftax {
namespace {
int64_t read_clock(clockid_t id) {
  timespec now{};
  clock_gettime(id, &now);
  return static_cast<int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

std::string format_utc(int64_t realtime_ns, const char* format) {
  const time_t seconds = realtime_ns / 1'000'000'000;
  tm utc{};
  gmtime_r(&seconds, &utc);
  char buffer[32];
  const size_t length = strftime(buffer, sizeof buffer, format, &utc);
  return {buffer, length};
}
}  // namespace

int64_t RealClock::monotonic_ns() const {
  return read_clock(CLOCK_MONOTONIC);
}
int64_t RealClock::realtime_ns() const {
  return read_clock(CLOCK_REALTIME);
}

void RealClock::sleep_ns(int64_t duration_ns) {
  if (duration_ns <= 0) return;
  timespec left{static_cast<time_t>(duration_ns / 1'000'000'000),
                static_cast<long>(duration_ns % 1'000'000'000)};
  while (nanosleep(&left, &left) == -1 && errno == EINTR) {
  }
}

std::string format_iso8601(int64_t realtime_ns) {
  return format_utc(realtime_ns, "%Y-%m-%dT%H:%M:%SZ");
}
std::string format_compact_time(int64_t realtime_ns) {
  return format_utc(realtime_ns, "%Y%m%d_%H%M%S");
}

}  // namespace bpftax
