// A hook in place: traffic over a veth pair with the programs attached, above the same traffic with nothing
// attached.
#pragma once

#include <memory>
#include <vector>

#include "bench/benchmark.h"
#include "bench/network/network_hook.h"
#include "bench/tracing/hook_selection.h"

namespace bpftax::bench::network {

struct InPlaceOptions {
  int programs = 1;       // attached at the same time
  int packet_size = 64;   // bytes of a frame, kLeastPacket to kMostPacket
  std::vector<int> cpus;  // the first sends
  bool two_cpus = false;  // the second answers in transactions; there must be one
  SelectedBodies bodies;
};

// Leaves this process in a network namespace of its own, bound to cpus[0]. kEnvironment with the kernel's
// reason where the programs cannot be loaded or attached.
Result<std::unique_ptr<Instance>> set_up_in_place(const NetworkHook& hook, const InPlaceOptions& options);

}  // namespace bpftax::bench::network
