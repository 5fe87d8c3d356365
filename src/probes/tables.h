// What the packet probes print and the option they share: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "probes/option_set.h"
#include "probes/packet_count.h"
#include "util/result.h"

namespace bpftax {

void add_direction_option(OptionSet& set, std::string& direction);
// "receive", "transmit" or "both" -> stems of hooks.
Result<std::vector<std::string>> direction_stems(const std::string& direction);

PacketCounts operator+(const PacketCounts& a, const PacketCounts& b);
PacketCounts operator-(const PacketCounts& a, const PacketCounts& b);

// Two lines above the columns of format_count_line().
std::vector<std::string> count_heading();
// Packets per second and Mbit/s by direction and protocol.
std::string format_count_line(const PacketCounts& counts, double seconds);
// One line for each direction and protocol, with exact packets and bytes, and their sums.
std::vector<std::string> format_count_summary(const PacketCounts& total, double seconds);

// A sentence when the kernel skipped runs of a program that was already running on that CPU; nothing at 0.
std::vector<std::string> format_missed(uint64_t recursion_misses);
// "1234 events, 0 lost"; with advice when some are lost.
std::vector<std::string> format_events(const std::string& what, uint64_t submitted, uint64_t lost);

}  // namespace bpftax
