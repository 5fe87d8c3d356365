// Why a window does not count (method.md section 2): rules declared beforehand that treat all arms alike and
// never look at what was measured. A window that does not count drops its whole block.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "host/host.h"
#include "sample/types.h"
#include "workload/workload.h"

namespace bpftax {

inline constexpr double kMostStealPercent = 5;
inline constexpr double kLeastDurationShare = 0.95;
// NTP slews by at most 0.05 %; the two clocks are read some microseconds apart.
inline constexpr int64_t kClockStepNs = 20'000'000;

std::optional<std::string> short_window(const Measurement& measurement, double window_s);
std::optional<std::string> stolen_time(const std::map<std::string, double>& conditions);
// before and after: the same host's clocks around the window.
std::optional<std::string> clock_stepped(const ClockReading& before, const ClockReading& after,
                                         const std::string& host);
// The interface went away, was replaced (its counters ran backwards), lost or got its carrier, changed its
// operational state, or could not send (tx_errors, where
// drivers count a lost carrier). Received errors are not used: an overloaded receiver has them too, and the
// tool may be what overloads it.
std::optional<std::string> link_flapped(const SampleSeries& series, const std::string& netns,
                                        const std::string& interface);

}  // namespace bpftax
