// A hook's program alone: run again and again by BPF_PROG_TEST_RUN, with nothing attached anywhere.
#pragma once

#include <memory>

#include "bench/benchmark.h"
#include "bench/network/network_hook.h"
#include "bench/tracing/hook_selection.h"

namespace bpftax::bench::network {

// The calling thread is bound to `cpu`. kEnvironment with the kernel's reason where it cannot run programs of
// this type.
Result<std::unique_ptr<Instance>> set_up_hot(const NetworkHook& hook, int packet_size, int cpu,
                                             SelectedBodies bodies = {});

}  // namespace bpftax::bench::network
