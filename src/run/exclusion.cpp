#include "run/exclusion.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace bpftax {

std::optional<std::string> short_window(const Measurement& measurement, double window_s) {
  const double seconds = static_cast<double>(measurement.steady_end_ns - measurement.steady_start_ns) * 1e-9;
  if (seconds >= kLeastDurationShare * window_s) return std::nullopt;
  return fmt::format("only {:.2f} s of {:g} s were measured", seconds, window_s);
}

std::optional<std::string> stolen_time(const std::map<std::string, double>& conditions) {
  double most = 0;
  for (const char* name : {"steal_percent", "client_steal_percent"}) {
    const auto found = conditions.find(name);
    if (found != conditions.end()) most = std::max(most, found->second);
  }
  if (most <= kMostStealPercent) return std::nullopt;
  return fmt::format("the hypervisor took {:.1f} % of the CPU time", most);
}

std::optional<std::string> clock_stepped(const ClockReading& before, const ClockReading& after,
                                         const std::string& host) {
  const int64_t step_ns =
      (after.realtime_ns - after.monotonic_ns) - (before.realtime_ns - before.monotonic_ns);
  if (std::abs(step_ns) <= kClockStepNs) return std::nullopt;
  return fmt::format("the clock of {} was stepped by {:.3f} s", host, static_cast<double>(step_ns) * 1e-9);
}

namespace {

// Between the first and the last sample that know it: carrier changes are counted, so that a link that came
// back shows too. Where the kernel does not say nothing is known.
class LinkChanges {
 public:
  void see(const NetInterface& interface) {
    if (interface.carrier_changes) {
      if (!first_changes_) first_changes_ = interface.carrier_changes;
      last_changes_ = interface.carrier_changes;
    }
    if (!interface.operstate) return;
    if (!first_state_) first_state_ = interface.operstate;
    last_state_ = interface.operstate;
  }
  std::optional<std::string> found(const std::string& interface) const {
    if (first_changes_ != last_changes_)
      return fmt::format("the link of {} flapped: its carrier changed {} time(s)", interface,
                         *last_changes_ - *first_changes_);
    if (first_state_ != last_state_)
      return fmt::format("the link of {} went from {} to {}", interface, *first_state_, *last_state_);
    return std::nullopt;
  }

 private:
  std::optional<int64_t> first_changes_, last_changes_;
  std::optional<std::string> first_state_, last_state_;
};

}  // namespace

std::optional<std::string> link_flapped(const SampleSeries& series, const std::string& netns,
                                        const std::string& interface) {
  const NetInterface* last = nullptr;
  bool missing = false;
  LinkChanges changes;
  for (const Sample& sample : series.samples) {
    const auto found =
        std::find_if(sample.interfaces.begin(), sample.interfaces.end(),
                     [&](const NetInterface& i) { return i.netns == netns && i.name == interface; });
    if (found == sample.interfaces.end()) {
      missing = true;
      continue;
    }
    if (last != nullptr) {
      if (missing || found->rx_packets < last->rx_packets || found->tx_packets < last->tx_packets)
        return fmt::format("the interface {} was replaced in mid-window", interface);
      if (found->tx_errors > last->tx_errors) {
        return fmt::format("the interface {} could not send {} packet(s): link trouble", interface,
                           found->tx_errors - last->tx_errors);
      }
    }
    changes.see(*found);
    last = &*found;
    missing = false;
  }
  if (last != nullptr && missing) return fmt::format("the interface {} went away in mid-window", interface);
  return changes.found(interface);
}

}  // namespace bpftax
