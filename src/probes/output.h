// Where a probe's lines go, and what its values look like. Lines of one batch of events are written together,
// and no line is held back once the batch is done: a reader sees each as soon as it is there.
#pragma once

#include <csignal>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "probes/flow.h"
#include "util/result.h"

namespace bpftax {

class Output {
 public:
  // Writes to fd, which it does not own. timestamps: each line begins with the time of day.
  Output(int fd, bool timestamps);
  // Time of the lines that follow: now, or that of an event (CLOCK_MONOTONIC).
  void at_now();
  void at(uint64_t monotonic_ns);
  void line(std::string_view text);
  void lines(const std::vector<std::string>& texts);
  // A line that names the columns: with blanks in the place of the time.
  void heading(std::string_view text);
  // Writes what has gathered. Once the other end is gone (closed() says so) or writing failed, lines are
  // thrown away. `stop` (may be null): gives up when a signal interrupts a write that nobody reads.
  Result<void> flush(const volatile std::sig_atomic_t* stop = nullptr);
  bool closed() const { return closed_; }

 private:
  // False when stop is set and nobody reads.
  bool wait_writable(const volatile std::sig_atomic_t* stop) const;
  int fd_;
  bool timestamps_;
  bool regular_file_ = false;
  bool closed_ = false;
  int64_t realtime_offset_ns_;  // CLOCK_REALTIME - CLOCK_MONOTONIC
  std::string prefix_;
  std::string pending_;
};

// "18:53:07.123456", UTC
std::string format_time_of_day(int64_t realtime_ns);
// "10.0.0.1:5000 > 10.0.0.2:80", "[fe80::1]:5000 > ...", without ports where there are none, "not IP"
std::string format_flow(const ProbeFlow& flow);
// "tcp", "udp", "icmp", "icmp6", "ip-47", "other"
std::string format_protocol(const ProbeFlow& flow);
std::string_view protocol_name(int protocol);    // of a ProbeProtocol: "tcp", "udp", "icmp", "other"
std::string_view direction_name(int direction);  // "receive", "transmit"
// A name of at most `size` bytes as the kernel gave it; "-" where it is empty or cannot be a name.
std::string format_name(const char* name, size_t size);
// "812 ns", "12.6 us", "3.4 ms", "1.2 s": three significant digits
std::string format_ns(double ns);

}  // namespace bpftax
