#include "probes/output.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>

#include "probes/packet.h"
#include "util/clock.h"
#include "util/strings.h"
#include "util/units.h"

namespace bpftax {
namespace {

constexpr size_t kTimeWidth = sizeof("18:53:07.123456 ") - 1;
constexpr int64_t kNsPerSecond = 1'000'000'000;

std::string format_end(const ProbeFlow& flow, const uint32_t* address, uint16_t port) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(flow.family == 4 ? AF_INET : AF_INET6, address, text.data(), text.size());
  if (port == 0) return text.data();
  return flow.family == 4 ? fmt::format("{}:{}", text.data(), port)
                          : fmt::format("[{}]:{}", text.data(), port);
}

}  // namespace

Output::Output(int fd, bool timestamps) : fd_(fd), timestamps_(timestamps) {
  struct stat status {};
  regular_file_ = fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
  const RealClock clock;
  realtime_offset_ns_ = clock.realtime_ns() - clock.monotonic_ns();
  at_now();
}

void Output::at_now() {
  if (timestamps_) prefix_ = format_time_of_day(RealClock().realtime_ns()) + " ";
}

void Output::at(uint64_t monotonic_ns) {
  if (timestamps_)
    prefix_ = format_time_of_day(static_cast<int64_t>(monotonic_ns) + realtime_offset_ns_) + " ";
}

void Output::line(std::string_view text) {
  if (closed_) return;
  pending_ += prefix_;
  pending_ += text;
  pending_ += '\n';
}

void Output::lines(const std::vector<std::string>& texts) {
  for (const std::string& text : texts) line(text);
}

void Output::heading(std::string_view text) {
  if (closed_) return;
  if (timestamps_) pending_.append(kTimeWidth, ' ');
  pending_ += text;
  pending_ += '\n';
}

bool Output::wait_writable(const volatile std::sig_atomic_t* stop) const {
  constexpr int kLookMs = 100;
  constexpr int kLooksAfterStop = 10;
  for (int looks = 0; looks < kLooksAfterStop;) {
    pollfd entry{fd_, POLLOUT, 0};
    if (poll(&entry, 1, kLookMs) > 0) return true;
    if (stop != nullptr && *stop != 0) ++looks;
  }
  return false;
}

Result<void> Output::flush(const volatile std::sig_atomic_t* stop) {
  std::string_view rest = pending_;
  while (!rest.empty() && !closed_) {
    // A write to a pipe blocks until all of it is in, and a signal just before it does not interrupt it: so
    // only what surely fits, and only when it does.
    if (!regular_file_ && !wait_writable(stop)) {
      closed_ = true;
      break;
    }
    const ssize_t written =
        ::write(fd_, rest.data(), regular_file_ ? rest.size() : std::min<size_t>(rest.size(), PIPE_BUF));
    if (written >= 0) {
      rest.remove_prefix(static_cast<size_t>(written));
    } else if (errno == EPIPE) {
      closed_ = true;  // `bpftax-probe ... | head`: no more is wanted
    } else if (errno != EINTR) {
      const int error = errno;
      closed_ = true;
      pending_.clear();
      return fail_errno(error, "cannot write the output", "stdout");
    }
  }
  pending_.clear();
  return {};
}

std::string format_time_of_day(int64_t realtime_ns) {
  const int64_t second_of_day = realtime_ns / kNsPerSecond % 86400;
  return fmt::format("{:02}:{:02}:{:02}.{:06}", second_of_day / 3600, second_of_day / 60 % 60,
                     second_of_day % 60, realtime_ns % kNsPerSecond / 1000);
}

std::string format_flow(const ProbeFlow& flow) {
  if (flow.family == 0) return "not IP";
  return fmt::format("{} > {}{}", format_end(flow, flow.source, flow.source_port),
                     format_end(flow, flow.destination, flow.destination_port),
                     flow.later_fragment != 0 ? " (later fragment)" : "");
}

std::string format_protocol(const ProbeFlow& flow) {
  if (flow.family == 0) return "other";
  switch (packet_protocol(flow)) {
    case kProbeTcp:
    case kProbeUdp:
      return std::string(protocol_name(packet_protocol(flow)));
    case kProbeIcmp:
      return flow.family == 4 ? "icmp" : "icmp6";
    default:
      return fmt::format("ip-{}", flow.protocol);
  }
}

std::string_view protocol_name(int protocol) {
  constexpr std::array<std::string_view, kProbeProtocols> kNames = {"tcp", "udp", "icmp", "other"};
  return protocol >= 0 && protocol < kProbeProtocols ? kNames[static_cast<size_t>(protocol)] : "?";
}

std::string_view direction_name(int direction) {
  return direction == kProbeReceive ? "receive" : "transmit";
}

std::string format_name(const char* name, size_t size) {
  const std::string_view text(name, strnlen(name, size));
  const bool plausible =
      text.size() < size && std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
  return text.empty() || !plausible ? "-" : std::string(text);
}

std::string format_ns(double ns) {
  if (ns < 999.5) return format_significant(ns) + " ns";
  if (ns < 999.5e3) return format_significant(ns / 1e3) + " us";
  if (ns < 999.5e6) return format_significant(ns / 1e6) + " ms";
  return format_significant(ns / 1e9) + " s";
}

}  // namespace bpftax
