#include "host/clock_offset.h"

#include <nlohmann/json.hpp>

namespace bpftax {

Result<ClockOffset> clock_offset_of(const std::vector<ClockRound>& rounds) {
  const ClockRound* best = nullptr;
  const auto rtt = [](const ClockRound& round) { return round.received_ns - round.sent_ns; };
  for (const ClockRound& round : rounds) {
    if (rtt(round) < 0) continue;
    if (best == nullptr || rtt(round) < rtt(*best)) best = &round;
  }
  if (best == nullptr)
    return fail(ErrorKind::kInternal, "cannot estimate the clock offset", {},
                "there was no usable round trip");
  ClockOffset offset;
  offset.rtt_ns = rtt(*best);
  // Half of an odd round trip, rounded up: the bound must hold.
  offset.error_ns = (offset.rtt_ns + 1) / 2;
  const int64_t half_ns = offset.rtt_ns / 2;
  offset.offset_ns = best->host_ns - (best->sent_ns + half_ns);
  offset.realtime_offset_ns = best->host_realtime_ns - (best->sent_realtime_ns + half_ns);
  return offset;
}

Result<ClockOffset> estimate_clock_offset(Host& host, Clock& clock, int rounds) {
  std::vector<ClockRound> done;
  for (int i = 0; i < rounds; ++i) {
    ClockRound round;
    // What lies between the two readings makes the round trip longer, never the bound wrong.
    round.sent_ns = clock.monotonic_ns();
    round.sent_realtime_ns = clock.realtime_ns();
    BPFTAX_ASSIGN(const ClockReading reading, host.clock());
    round.received_ns = clock.monotonic_ns();
    round.host_ns = reading.monotonic_ns;
    round.host_realtime_ns = reading.realtime_ns;
    done.push_back(round);
  }
  return clock_offset_of(done);
}

ClockOffset offset_between(const ClockOffset& from, const ClockOffset& to) {
  return {to.offset_ns - from.offset_ns, from.error_ns + to.error_ns, from.rtt_ns + to.rtt_ns,
          to.realtime_offset_ns - from.realtime_offset_ns};
}

nlohmann::json to_json(const ClockOffset& offset) {
  return {{"offset_ns", offset.offset_ns},
          {"error_ns", offset.error_ns},
          {"rtt_ns", offset.rtt_ns},
          {"realtime_offset_ns", offset.realtime_offset_ns}};
}

}  // namespace bpftax
