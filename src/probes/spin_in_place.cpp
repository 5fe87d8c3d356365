#include "probes/spin_in_place.h"

#include <netinet/in.h>

#include <algorithm>
#include <cstring>

namespace bpftax {
namespace {

// What lies outside of the loop does not depend on what is burnt in it: long burns are calibrated with a
// shorter one. A burn shorter than an iteration of the loop would be one of the clock's resolution.
constexpr uint64_t kLeastBurnNs = 200;
constexpr uint64_t kMostBurnNs = 10'000;
// Each start is calibrated with an error of its own, which is noise to whoever measures spin: 3.5 s make it
// some 8 ns.
constexpr int kSpinStretches = 10;

}  // namespace

ProbeFilter filter_for_traffic(const ProbeFilter& wanted, uint16_t port) {
  ProbeFilter filter = wanted;
  if (filter.protocol != 0) filter.protocol = kProbeTcp + 1;
  if (filter.port != 0) filter.port = port;
  if (filter.family == 4) filter.address[0] = htonl(INADDR_LOOPBACK);
  if (filter.family == 6) std::memcpy(filter.address, &in6addr_loopback, sizeof filter.address);
  if (filter.interface[0] != '\0') {
    std::memset(filter.interface, 0, sizeof filter.interface);
    std::memcpy(filter.interface, "lo", 2);
  }
  return filter;
}

Result<void> calibrate_in_place(uint64_t ns, const SpinSwitch& program, LoopbackTraffic& traffic,
                                SpinCalibration& calibration) {
  const uint64_t burn_ns = std::clamp(ns, kLeastBurnNs, kMostBurnNs);
  program.set_target_ns(burn_ns);
  BPFTAX_ASSIGN(const InPlaceCost cost, measure_in_place(program.in_place, traffic, kSpinStretches));
  const double outside_ns = cost.ns - static_cast<double>(burn_ns);
  if (outside_ns < 0)
    return fail(ErrorKind::kEnvironment, "cannot calibrate the spin in place", {},
                "an event seems to cost less than its loop: the machine is too busy");
  calibration.fixed_ns = outside_ns;
  const uint64_t target_ns = spin_target_ns(ns, calibration);
  calibration.in_place = InPlaceCost{static_cast<double>(target_ns) + outside_ns, cost.error_ns};
  program.set_target_ns(target_ns);
  return {};
}

}  // namespace bpftax
