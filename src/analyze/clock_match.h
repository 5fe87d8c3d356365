// Brings the times of a monitor, written on one host in its local time, to the clock of the client on
// another. Two things are unknown: the zone, and how far the clocks of the hosts are apart. Nothing is
// guessed:
//
// - The zone is what the monitor states (its start as local time and as seconds since 1970). Where it does
// not,
//   the order of events decides, if it leaves only one quarter of an hour: a monitor is started before the
//   first window of its case begins and stopped after the last one ends.
// - By the same order the clocks are apart by no less than (start of the monitor - begin of the first window)
// and
//   no more than (stop of the monitor - end of the last window). When 0 is possible, the clocks are taken to
//   agree (both hosts have NTP); when it is not, the middle is taken if its error is small beside the
//   windows, and a warning says so. Otherwise the samples cannot be given to windows.
#pragma once

#include <cstdint>
#include <optional>

#include "analyze/tree.h"

namespace bpftax {

struct ClockFacts {
  bool monitor_utc = false;                    // its samples are seconds since 1970
  std::optional<int64_t> stated_utc_offset_s;  // local time minus UTC, as the monitor states it
  // By the monitor's clock, local time taken as UTC: before the first window, after the last one.
  std::optional<int64_t> started_local_ns, stopped_local_ns;
  // By the client's clock: of the first window, of the last one.
  std::optional<int64_t> first_begin_ns, last_end_ns;
  std::optional<int64_t> shortest_window_ns;
};

struct ClockMatch {
  MonitorClock clock;
  // To be taken off a time of the monitor's samples: gives nanoseconds since 1970 by the client's clock.
  // Absent: no window can be matched; `code` is the warning's and clock.text its text.
  std::optional<int64_t> samples_ahead_ns;
  // The same for local times of the monitor's host (its other logs).
  std::optional<int64_t> local_ahead_ns;
  std::string_view code;  // "" = nothing to warn of
};

ClockMatch match_clocks(const ClockFacts& facts);

}  // namespace bpftax
