// What a condition has reached, from samples: the `reached` object of a result document
// (docs/bench_conditions.md).
#pragma once

#include <optional>

#include "sample/types.h"
#include "util/json.h"

namespace bpftax::bench {

struct Spread {
  double mean = 0;  // over the whole time, not the mean of the samples
  double min = 0, max = 0;
  int samples = 0;
};

// Of everything that two samples tell together, the mean is from the first to the last sample, min and max
// from neighbours. The last sample comes whenever sampling ends: what it shares with its neighbour counts for
// min and max only when that is at least half as long as the time between others.

// Share of all CPUs that was not idle and did not wait for a disk. Time that the hypervisor gave to others
// (steal) is not idle: somebody wanted it.
std::optional<Spread> cpu_percent_of(const SampleSeries& series);
std::optional<Spread> memory_percent_of(const SampleSeries& series);
// CPU time of the sampled process trees, in percent of all CPUs.
std::optional<Spread> load_cpu_percent_of(const SampleSeries& series);
// Share of the time of all CPUs in idle states other than polling.
std::optional<Spread> deep_idle_percent_of(const SampleSeries& series);
std::optional<Spread> frequency_mhz_of(const SampleSeries& series);
// All hardware disks together.
std::optional<Spread> disk_written_bytes_per_s_of(const SampleSeries& series);
std::optional<Spread> disk_read_bytes_per_s_of(const SampleSeries& series);
// Received on interfaces of our network namespace, loopback included.
std::optional<Spread> network_bytes_per_s_of(const SampleSeries& series);

Json to_json(const Spread& spread);
// All of the above that are known: {"cpu_percent": {"mean", "min", "max", "samples"}, ...}.
Json reached_json(const SampleSeries& series);

}  // namespace bpftax::bench
