#include "probes/spin_in_place.h"

#include <netinet/in.h>

#include <algorithm>
#include <cstring>
#include <iterator>

#include "util/clock.h"

namespace bpftax {
namespace {

constexpr int kMessagesPerBatch = 60;
constexpr int kWarmBatches = 2;  // of each phase: attaching sleeps, and rewrites the kernel's code
// What a message costs wanders by a per cent from one phase to the next, however long they are (where its
// buffers lie, what the neighbour CPU does): many short ones tell more than a few long ones.
constexpr int64_t kPhaseNs = 2'500'000;
constexpr int kLeastAttached = 3;
// bpftax takes a tool whose programs stay attached for 500 ms for ready. No calibration may look like that:
// each stretch of it is shorter, and between the stretches nothing is attached for longer than between two
// looks.
constexpr int64_t kStretchNs = 290 * kNsPerMs;
constexpr int64_t kPauseNs = 60 * kNsPerMs;
// Each start is calibrated with an error of its own, which is noise to whoever measures spin: six stretches
// make it some 10 ns.
constexpr int kStretches = 6;
// What lies outside of the loop does not depend on what is burnt in it: long burns are calibrated with a
// shorter one. A burn shorter than an iteration of the loop would be one of the clock's resolution.
constexpr uint64_t kLeastBurnNs = 200;
constexpr uint64_t kMostBurnNs = 10'000;

Result<SpinPhase> take_phase(const SpinSwitch& program, SpinTraffic& traffic, bool attached) {
  const RealClock clock;
  SpinPhase phase;
  phase.attached = attached;
  for (int i = 0; i < kWarmBatches; ++i) BPFTAX_TRY(traffic.exchange(kMessagesPerBatch));
  BPFTAX_ASSIGN(const uint64_t before, program.events_on_cpu(traffic.cpu()));
  const int64_t end_ns = clock.monotonic_ns() + kPhaseNs;
  do {
    BPFTAX_ASSIGN(const double ns, traffic.exchange(kMessagesPerBatch));
    phase.ns_per_message.push_back(ns);
  } while (clock.monotonic_ns() < end_ns);
  BPFTAX_ASSIGN(const uint64_t after, program.events_on_cpu(traffic.cpu()));
  phase.events_per_message = static_cast<double>(after - before) /
                             (static_cast<double>(phase.ns_per_message.size()) * kMessagesPerBatch);
  return phase;
}

Result<SpinCost> measure_cost(const SpinSwitch& program, SpinTraffic& traffic, uint64_t target_ns) {
  RealClock clock;
  program.set_target_ns(target_ns);
  std::vector<SpinPhase> phases;
  for (int i = 0; i < kStretches; ++i) {
    BPFTAX_ASSIGN(auto stretch, alternate_spin(program, traffic, kStretchNs));
    // The first phase of a stretch takes the place of the last one before the pause.
    if (!phases.empty()) phases.pop_back();
    std::move(stretch.begin(), stretch.end(), std::back_inserter(phases));
    clock.sleep_ns(kPauseNs);
  }
  return estimate_spin_cost(phases);
}

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

Result<std::vector<SpinPhase>> alternate_spin(const SpinSwitch& program, SpinTraffic& traffic,
                                              int64_t budget_ns) {
  const RealClock clock;
  const int64_t end_ns = clock.monotonic_ns() + budget_ns;
  std::vector<SpinPhase> phases;
  BPFTAX_ASSIGN(SpinPhase first, take_phase(program, traffic, false));
  phases.push_back(std::move(first));
  for (int done = 0; done < kLeastAttached || clock.monotonic_ns() < end_ns; ++done) {
    BPFTAX_TRY(program.attach());
    auto with = take_phase(program, traffic, true);
    program.detach();
    if (!with) return propagate(with);
    BPFTAX_ASSIGN(SpinPhase without, take_phase(program, traffic, false));
    phases.push_back(std::move(*with));
    phases.push_back(std::move(without));
  }
  return phases;
}

Result<void> calibrate_in_place(uint64_t ns, const SpinSwitch& program, SpinTraffic& traffic,
                                SpinCalibration& calibration) {
  const uint64_t burn_ns = std::clamp(ns, kLeastBurnNs, kMostBurnNs);
  BPFTAX_ASSIGN(const SpinCost cost, measure_cost(program, traffic, burn_ns));
  const double outside_ns = cost.ns - static_cast<double>(burn_ns);
  if (outside_ns < 0)
    return fail(ErrorKind::kEnvironment, "cannot calibrate the spin in place", {},
                "an event seems to cost less than its loop: the machine is too busy");
  calibration.fixed_ns = outside_ns;
  const uint64_t target_ns = spin_target_ns(ns, calibration);
  calibration.in_place = SpinCost{static_cast<double>(target_ns) + outside_ns, cost.error_ns};
  program.set_target_ns(target_ns);
  return {};
}

}  // namespace bpftax
