// Calibrating spin where it will run: real packets, the program attached and not attached by turns.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "probes/flow.h"
#include "probes/spin_calibration.h"
#include "sample/in_place.h"
#include "util/result.h"

namespace bpftax {

struct SpinSwitch {
  InPlaceProgram in_place;
  std::function<void(uint64_t)> set_target_ns;
};

// The user's filter, changed as little as possible so that it wants the packets of LoopbackTraffic and costs
// as much.
ProbeFilter filter_for_traffic(const ProbeFilter& wanted, uint16_t port);

// Sets calibration.fixed_ns and in_place, and the target so that an event costs ns, in about 3.5 seconds; the
// program is detached at the end. kEnvironment, with the calibration as it was, when it cannot be done here.
Result<void> calibrate_in_place(uint64_t ns, const SpinSwitch& program, LoopbackTraffic& traffic,
                                SpinCalibration& calibration);

}  // namespace bpftax
