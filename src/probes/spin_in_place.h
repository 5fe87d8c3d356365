// Calibrating spin where it will run: real packets, the program attached and not attached by turns.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "probes/flow.h"
#include "probes/spin_calibration.h"
#include "probes/spin_traffic.h"
#include "util/result.h"

namespace bpftax {

// The loaded program, as far as calibrating it goes.
struct SpinSwitch {
  std::function<Result<void>()> attach;
  std::function<void()> detach;
  std::function<void(uint64_t)> set_target_ns;
  std::function<Result<uint64_t>(int)> events_on_cpu;
};

// The user's filter, changed as little as possible so that it wants the packets of SpinTraffic and costs as
// much.
ProbeFilter filter_for_traffic(const ProbeFilter& wanted, uint16_t port);

// Phases with and without the program by turns, beginning and ending without it, for about budget_ns; at
// least three with it.
Result<std::vector<SpinPhase>> alternate_spin(const SpinSwitch& program, SpinTraffic& traffic,
                                              int64_t budget_ns);

// Sets calibration.fixed_ns and in_place, and the target so that an event costs ns, in about two seconds; the
// program is detached at the end. kEnvironment, with the calibration as it was, when it cannot be done here.
Result<void> calibrate_in_place(uint64_t ns, const SpinSwitch& program, SpinTraffic& traffic,
                                SpinCalibration& calibration);

}  // namespace bpftax
