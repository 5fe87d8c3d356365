#include "sample/in_place.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "stats/descriptive.h"
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
// Each such measurement has an error of its own: six stretches make it some 10 ns.
constexpr int kStretches = 6;

Result<uint64_t> events(const InPlaceProgram& program, const LoopbackTraffic& traffic) {
  return program.events_on_cpu ? program.events_on_cpu(traffic.cpu()) : Result<uint64_t>(0);
}

Result<InPlacePhase> take_phase(const InPlaceProgram& program, LoopbackTraffic& traffic, bool attached) {
  const RealClock clock;
  InPlacePhase phase;
  phase.attached = attached;
  for (int i = 0; i < kWarmBatches; ++i) BPFTAX_TRY(traffic.exchange(kMessagesPerBatch));
  BPFTAX_ASSIGN(const uint64_t before, events(program, traffic));
  const int64_t end_ns = clock.monotonic_ns() + kPhaseNs;
  do {
    BPFTAX_ASSIGN(const double ns, traffic.exchange(kMessagesPerBatch));
    phase.ns_per_message.push_back(ns);
  } while (clock.monotonic_ns() < end_ns);
  BPFTAX_ASSIGN(const uint64_t after, events(program, traffic));
  const double messages = static_cast<double>(phase.ns_per_message.size()) * kMessagesPerBatch;
  phase.events_per_message = program.events_on_cpu ? static_cast<double>(after - before) / messages
                             : attached            ? 1
                                                   : 0;
  return phase;
}

// Half of the interval in which the median lies with 95 %, between two order statistics.
double error_of_median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const double middle = *median(values);
  const auto count = static_cast<double>(values.size());
  const auto low = static_cast<size_t>(std::max(0.0, std::floor(count / 2 - 0.98 * std::sqrt(count)) - 1));
  return std::max(middle - values[low], values[values.size() - 1 - low] - middle);
}

}  // namespace

Result<std::vector<InPlacePhase>> alternate_in_place(const InPlaceProgram& program, LoopbackTraffic& traffic,
                                                     int64_t budget_ns) {
  const RealClock clock;
  const int64_t end_ns = clock.monotonic_ns() + budget_ns;
  std::vector<InPlacePhase> phases;
  BPFTAX_ASSIGN(InPlacePhase first, take_phase(program, traffic, false));
  phases.push_back(std::move(first));
  for (int done = 0; done < kLeastAttached || clock.monotonic_ns() < end_ns; ++done) {
    BPFTAX_TRY(program.attach());
    auto with = take_phase(program, traffic, true);
    program.detach();
    if (!with) return propagate(with);
    BPFTAX_ASSIGN(InPlacePhase without, take_phase(program, traffic, false));
    phases.push_back(std::move(*with));
    phases.push_back(std::move(without));
  }
  return phases;
}

Result<InPlaceCost> estimate_in_place(const std::vector<InPlacePhase>& phases) {
  constexpr const char* kWhat = "cannot measure a BPF program in place";
  std::vector<double> costs, events;
  for (size_t i = 1; i + 1 < phases.size(); i += 2) {
    const auto before = median(phases[i - 1].ns_per_message);
    const auto with = median(phases[i].ns_per_message);
    const auto after = median(phases[i + 1].ns_per_message);
    if (!before || !with || !after) continue;
    costs.push_back(*with - (*before + *after) / 2);
    events.push_back(phases[i].events_per_message);
  }
  if (costs.size() < 3) return fail(ErrorKind::kEnvironment, kWhat, {}, "too little was measured");
  const double per_message = *median(events);
  // Each message is one packet; a filter or a hook that passes them by sees none.
  if (per_message < 0.98)
    return fail(ErrorKind::kEnvironment, kWhat, {},
                fmt::format("the program saw {:.2f} of 1 packet a message", per_message));
  InPlaceCost cost;
  cost.ns = *median(costs) / per_message;
  // Neighbouring differences share a phase: the variance of their mean is 4/3 of what it would be otherwise.
  cost.error_ns = error_of_median(costs) / per_message * std::sqrt(4.0 / 3);
  return cost;
}

Result<InPlaceCost> measure_in_place(const InPlaceProgram& program, LoopbackTraffic& traffic) {
  RealClock clock;
  std::vector<InPlacePhase> phases;
  for (int i = 0; i < kStretches; ++i) {
    BPFTAX_ASSIGN(auto stretch, alternate_in_place(program, traffic, kStretchNs));
    // The first phase of a stretch takes the place of the last one before the pause.
    if (!phases.empty()) phases.pop_back();
    std::move(stretch.begin(), stretch.end(), std::back_inserter(phases));
    clock.sleep_ns(kPauseNs);
  }
  return estimate_in_place(phases);
}

}  // namespace bpftax
