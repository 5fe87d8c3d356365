// The bodies of all hooks (tracing/body.h), loaded as programs of a network hook.
#pragma once

#include <memory>
#include <vector>

#include "bench/network/network_hook.h"
#include "bench/tracing/body.h"

namespace bpftax::bench::network {

// kEnvironment with the kernel's reason when it refuses the type.
Result<std::unique_ptr<Body>> load_network_body(const NetworkHook& hook, BodyKind kind);

// What the counters of a body say.
struct BodyCounts {
  uint64_t sum = 0;   // over all CPUs
  uint64_t ours = 0;  // over the CPUs that were asked for
  uint64_t most = 0;  // of one CPU
  bool one_cpu = true;
};
// cpus: where our own traffic runs the body.
Result<BodyCounts> read_counts(const Body& body, const std::vector<int>& cpus);

// What the body wrote beside its counter: the hash since it was loaded; the events since the last time, of
// which there must be those that were counted from `before` to `now`. kWorkload where it is something else.
// shared: others run it too, and may just now.
Result<void> check_written(Body& body, const BodyCounts& before, const BodyCounts& now, bool shared);

}  // namespace bpftax::bench::network
