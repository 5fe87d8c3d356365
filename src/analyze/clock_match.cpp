#include "analyze/clock_match.h"

#include <fmt/format.h>

#include <algorithm>

#include "analyze/warning_codes.h"
#include "util/clock.h"

namespace bpftax {
namespace {

constexpr int64_t kQuarterNs = 900 * kNsPerS;
constexpr int64_t kMaxZoneNs = int64_t{14} * 3600 * kNsPerS;
// A start in whole seconds may seem to lie this much behind what came after it.
constexpr int64_t kOrderSlackNs = kNsPerS;
// The error of an offset may be this share of the shortest window.
constexpr int64_t kOffsetErrorShare = 4;

double as_s(int64_t ns) {
  return static_cast<double>(ns) / 1e9;
}

std::string zone_text(int64_t utc_offset_s) {
  const int64_t minutes = std::abs(utc_offset_s) / 60;
  return fmt::format("UTC{}{:02}:{:02}", utc_offset_s < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

// What order allows for (monitor's local time - client's clock).
struct Bounds {
  std::optional<int64_t> low_ns, high_ns;
};

Bounds order_bounds(const ClockFacts& facts) {
  Bounds bounds;
  if (facts.started_local_ns && facts.first_begin_ns)
    bounds.low_ns = *facts.started_local_ns - *facts.first_begin_ns - kOrderSlackNs;
  if (facts.stopped_local_ns && facts.last_end_ns)
    bounds.high_ns = *facts.stopped_local_ns - *facts.last_end_ns + kOrderSlackNs;
  return bounds;
}

bool allows(const Bounds& bounds, int64_t ahead_ns) {
  return (!bounds.low_ns || ahead_ns >= *bounds.low_ns) && (!bounds.high_ns || ahead_ns <= *bounds.high_ns);
}

// The only zone that both bounds allow, when there is one.
std::optional<int64_t> zone_by_order(const Bounds& bounds) {
  if (!bounds.low_ns || !bounds.high_ns) return std::nullopt;
  std::optional<int64_t> zone;
  for (int64_t at = -kMaxZoneNs; at <= kMaxZoneNs; at += kQuarterNs) {
    if (!allows(bounds, at)) continue;
    if (zone) return std::nullopt;
    zone = at;
  }
  return zone;
}

// With the zone known: the clocks' distance. Adds to the text.
void set_offset(const ClockFacts& facts, const Bounds& bounds, int64_t zone_ns, ClockMatch& match) {
  MonitorClock& clock = match.clock;
  const auto use = [&](int64_t offset_ns) {
    clock.host_offset_ns = offset_ns;
    match.local_ahead_ns = zone_ns + offset_ns;
    match.samples_ahead_ns = facts.monitor_utc ? offset_ns : zone_ns + offset_ns;
  };
  if (bounds.low_ns && bounds.high_ns && *bounds.low_ns <= *bounds.high_ns)
    clock.host_offset_error_ns = (*bounds.high_ns - *bounds.low_ns) / 2;
  if (allows(bounds, zone_ns)) {
    use(0);
    clock.text += bounds.low_ns && bounds.high_ns
                      ? fmt::format(
                            "; the clocks of the hosts are taken to agree (by the order of events they are "
                            "{:+.1f} to {:+.1f} s apart)",
                            as_s(*bounds.low_ns - zone_ns), as_s(*bounds.high_ns - zone_ns))
                      : "; the clocks of the hosts are taken to agree";
    return;
  }
  if (!bounds.low_ns || !bounds.high_ns || *bounds.low_ns > *bounds.high_ns) {
    match.code = warning_code::kClockOffsetUnknown;
    clock.text +=
        "; the clocks of the hosts differ, and by how much cannot be told: the monitor's start and stop "
        "contradict the times of the windows";
    return;
  }
  const int64_t middle_ns = *bounds.low_ns + (*bounds.high_ns - *bounds.low_ns) / 2 - zone_ns;
  const int64_t error_ns = *clock.host_offset_error_ns;
  const std::string apart = fmt::format(
      "; the monitor's clock is {:.1f} s {} the client's, give or take {:.1f} s (by the order of events)",
      std::abs(as_s(middle_ns)), middle_ns < 0 ? "behind" : "ahead of", as_s(error_ns));
  clock.text += apart;
  if (!facts.shortest_window_ns || error_ns > *facts.shortest_window_ns / kOffsetErrorShare) {
    match.code = warning_code::kClockOffsetUnknown;
    clock.text += fmt::format(": too little for windows of {:.1f} s",
                              facts.shortest_window_ns ? as_s(*facts.shortest_window_ns) : 0.0);
    return;
  }
  match.code = warning_code::kClockOffsetEstimated;
  use(middle_ns);
}

}  // namespace

ClockMatch match_clocks(const ClockFacts& facts) {
  ClockMatch match;
  MonitorClock& clock = match.clock;
  const Bounds bounds = order_bounds(facts);
  if (facts.stated_utc_offset_s) {
    clock.zone = facts.monitor_utc ? MonitorClock::Zone::kEpoch : MonitorClock::Zone::kStated;
    clock.utc_offset_s = facts.stated_utc_offset_s;
    clock.text = fmt::format("the monitor's local time is {}, by its own start in local time and UTC",
                             zone_text(*clock.utc_offset_s));
    set_offset(facts, bounds, *clock.utc_offset_s * kNsPerS, match);
    return match;
  }
  if (facts.monitor_utc) {
    // Its other logs are in a local time of which nothing is known: they bound nothing.
    clock.zone = MonitorClock::Zone::kEpoch;
    clock.utc_offset_s = 0;
    clock.text = "the monitor writes seconds since 1970";
    set_offset(facts, {}, 0, match);
    match.local_ahead_ns.reset();
    if (const auto zone_ns = zone_by_order(bounds)) match.local_ahead_ns = zone_ns;
    return match;
  }
  if (const auto zone_ns = zone_by_order(bounds)) {
    clock.zone = MonitorClock::Zone::kOrder;
    clock.utc_offset_s = *zone_ns / kNsPerS;
    clock.text = fmt::format(
        "the monitor's local time is {}: no other zone keeps its start before the first window "
        "and its stop behind the last one",
        zone_text(*clock.utc_offset_s));
    set_offset(facts, bounds, *zone_ns, match);
    return match;
  }
  match.code = warning_code::kMonitorZoneUnknown;
  clock.text =
      "the time zone of the monitor's clock cannot be told: it does not state its start in UTC, and the "
      "order "
      "of events leaves no or several zones";
  return match;
}

}  // namespace bpftax
