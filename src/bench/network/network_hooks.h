// The network hooks of `bpftax bench hooks` (docs/bench_hooks_network.md): XDP, tc, cgroups, sockets,
// namespaces.
//
// Task::params that they read: "place": "in-place" (default) or "hot"; "programs": 1 (default), 2, 4, of
// those that are in place; "packet_size": bytes of a frame, 64 (default) to 1514; "placement" of
// transactions: "two_cpus" or "one_cpu". Task::cpus[0] sends, and handles what it has sent; with two_cpus,
// cpus[1] answers in transactions. That is the default where the machine has a third CPU for everything else.
#pragma once

#include <vector>

#include "bench/benchmark.h"

namespace bpftax::bench {

const std::vector<Benchmark>& network_hooks();

}  // namespace bpftax::bench
