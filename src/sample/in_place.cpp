#include "sample/in_place.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <span>

#include "stats/descriptive.h"
#include "stats/distributions.h"
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

struct Location {
  double mean = 0, half_width = 0;
};

// The mean without the lowest and highest fifth, and half of its 95 % interval by the Winsorised variance (K.
// K. Yuen, The two-sample trimmed t for unequal population variances, Biometrika 61, 1974): most differences
// are normal, some are disturbed, and a median would throw away a third of what they tell.
Location trimmed_mean(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const size_t cut = values.size() / 5;
  const std::span<const double> kept(values.data() + cut, values.size() - 2 * cut);
  Location location;
  location.mean = *mean(kept);
  std::vector<double> winsorised = values;
  for (double& value : winsorised) value = std::clamp(value, kept.front(), kept.back());
  const auto count = static_cast<double>(values.size());
  const double share = static_cast<double>(kept.size()) / count;
  const double error = *standard_deviation(winsorised) / (share * std::sqrt(count));
  location.half_width = t_quantile(0.975, static_cast<int>(kept.size()) - 1) * error;
  return location;
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
  const Location location = trimmed_mean(costs);
  cost.ns = location.mean / per_message;
  // Neighbouring differences share a phase: the variance of their mean is 4/3 of what it would be otherwise.
  cost.error_ns = location.half_width / per_message * std::sqrt(4.0 / 3);
  return cost;
}

Result<InPlaceCost> measure_in_place(const InPlaceProgram& program, LoopbackTraffic& traffic, int stretches) {
  RealClock clock;
  std::vector<InPlacePhase> phases;
  for (int i = 0; i < stretches; ++i) {
    BPFTAX_ASSIGN(auto stretch, alternate_in_place(program, traffic, kStretchNs));
    // The first phase of a stretch takes the place of the last one before the pause.
    if (!phases.empty()) phases.pop_back();
    std::move(stretch.begin(), stretch.end(), std::back_inserter(phases));
    clock.sleep_ns(kPauseNs);
  }
  return estimate_in_place(phases);
}

}  // namespace bpftax
