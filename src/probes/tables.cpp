#include "probes/tables.h"

#include <fmt/format.h>

#include "probes/options.h"
#include "probes/output.h"

namespace bpftax {
namespace {

// Columns of a direction: each protocol and the bit rate.
constexpr int kColumn = 9;
constexpr int kDirectionWidth = kColumn * (kProbeProtocols + 1);

template <class Operation>
PacketCounts combine(const PacketCounts& a, const PacketCounts& b, Operation operation) {
  PacketCounts result{};
  for (int d = 0; d < kProbeDirections; ++d) {
    for (int p = 0; p < kProbeProtocols; ++p) {
      result.of[d][p].packets = operation(a.of[d][p].packets, b.of[d][p].packets);
      result.of[d][p].bytes = operation(a.of[d][p].bytes, b.of[d][p].bytes);
    }
  }
  return result;
}

double per_second(uint64_t count, double seconds) {
  return seconds > 0 ? static_cast<double>(count) / seconds : 0;
}

std::string summary_row(std::string_view direction, std::string_view protocol, const PacketCount& count,
                        double seconds) {
  return fmt::format("{:<10} {:<8} {:>14} {:>16} {:>14.1f} {:>12.3f}", direction, protocol, count.packets,
                     count.bytes, per_second(count.packets, seconds),
                     per_second(count.bytes, seconds) * 8 / 1e6);
}

}  // namespace

void add_direction_option(OptionSet& set, std::string& direction) {
  set.add("--direction", direction, "D", "receive, transmit or both");
}

Result<std::vector<std::string>> direction_stems(const std::string& direction) {
  BPFTAX_ASSIGN(const size_t index, parse_choice("--direction", direction, {"both", "receive", "transmit"}));
  if (index == 0) return std::vector<std::string>{"receive", "transmit"};
  return std::vector<std::string>{direction};
}

PacketCounts operator+(const PacketCounts& a, const PacketCounts& b) {
  return combine(a, b, std::plus<>());
}

PacketCounts operator-(const PacketCounts& a, const PacketCounts& b) {
  return combine(a, b, std::minus<>());
}

std::vector<std::string> count_heading() {
  std::string directions, columns;
  for (int d = 0; d < kProbeDirections; ++d) {
    directions +=
        fmt::format("{:->{}}", fmt::format(" {} packets/s --", direction_name(d)), kDirectionWidth - 1) + " ";
    for (int p = 0; p < kProbeProtocols; ++p)
      columns += fmt::format("{:>{}}", protocol_name(p), kColumn - 1) + " ";
    columns += fmt::format("{:>{}}", "Mbit/s", kColumn - 1) + " ";
  }
  directions.pop_back();
  columns.pop_back();
  return {directions, columns};
}

std::string format_count_line(const PacketCounts& counts, double seconds) {
  std::string line;
  for (const auto& direction : counts.of) {
    uint64_t bytes = 0;
    for (const PacketCount& count : direction) {
      line += fmt::format("{:>{}.0f} ", per_second(count.packets, seconds), kColumn - 1);
      bytes += count.bytes;
    }
    line += fmt::format("{:>{}.1f} ", per_second(bytes, seconds) * 8 / 1e6, kColumn - 1);
  }
  line.pop_back();
  return line;
}

std::vector<std::string> format_count_summary(const PacketCounts& total, double seconds) {
  std::vector<std::string> lines = {fmt::format("summary of {:.1f} s", seconds),
                                    fmt::format("{:<10} {:<8} {:>14} {:>16} {:>14} {:>12}", "direction",
                                                "protocol", "packets", "bytes", "packets/s", "Mbit/s")};
  for (int d = 0; d < kProbeDirections; ++d) {
    PacketCount sum{};
    for (int p = 0; p < kProbeProtocols; ++p) {
      const PacketCount& count = total.of[d][p];
      lines.push_back(summary_row(direction_name(d), protocol_name(p), count, seconds));
      sum.packets += count.packets;
      sum.bytes += count.bytes;
    }
    lines.push_back(summary_row(direction_name(d), "all", sum, seconds));
  }
  return lines;
}

std::vector<std::string> format_missed(uint64_t recursion_misses) {
  if (recursion_misses == 0) return {};
  return {
      fmt::format("{} more came while the program was already running on their CPU: the kernel left them out",
                  recursion_misses)};
}

std::vector<std::string> format_events(const std::string& what, uint64_t submitted, uint64_t lost) {
  std::vector<std::string> lines = {fmt::format("{} {}, {} lost", submitted, what, lost)};
  if (lost != 0)
    lines.emplace_back(
        "the buffer was full: read faster (a file instead of a terminal), filter, or take --buffer-kib N");
  return lines;
}

}  // namespace bpftax
