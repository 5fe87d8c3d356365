// How far a host's clock is from ours, from round trips (F. Cristian, Probabilistic clock synchronization,
// 1989; the on-wire protocol of NTP, RFC 5905 section 8, with the host's two time stamps being one).
//
// A request leaves at t0 and its answer, which holds the host's time T, comes at t1, both by our clock. When
// the host read its clock, ours showed something between t0 and t1; with the middle as the guess,
//
//     offset = T - (t0 + t1) / 2        error <= rtt / 2,  rtt = t1 - t0
//
// and the error bound holds however unevenly the way there and back share the time. Of several round trips
// the shortest has the smallest bound and is taken (minimum filter). Rates are not estimated: clocks drift
// less than 100 us/s apart, so an estimate is made anew before each arm.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "host/host.h"
#include "util/clock.h"
#include "util/result.h"

namespace bpftax {

struct ClockOffset {
  int64_t offset_ns = 0;           // the host's CLOCK_MONOTONIC minus ours, at the same moment
  int64_t error_ns = 0;            // the truth lies within offset_ns +- error_ns
  int64_t rtt_ns = 0;              // of the round trip that was taken
  int64_t realtime_offset_ns = 0;  // the same for CLOCK_REALTIME (UTC), with the same error
};

struct ClockRound {
  int64_t sent_ns = 0, received_ns = 0;  // our CLOCK_MONOTONIC
  int64_t sent_realtime_ns = 0;          // our CLOCK_REALTIME at sent_ns
  int64_t host_ns = 0;                   // the host's CLOCK_MONOTONIC in between
  int64_t host_realtime_ns = 0;
};

// Rounds whose answer came before their request (a clock that is none) do not count. kInternal: no round
// counts.
Result<ClockOffset> clock_offset_of(const std::vector<ClockRound>& rounds);

Result<ClockOffset> estimate_clock_offset(Host& host, Clock& clock, int rounds = 8);

// Of two hosts whose offsets to us are known: `to` minus `from`. Errors add up.
ClockOffset offset_between(const ClockOffset& from, const ClockOffset& to);

nlohmann::json to_json(const ClockOffset& offset);

}  // namespace bpftax
