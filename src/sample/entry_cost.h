// What entering a hook costs: time that the kernel's run-time statistics leave out, because their clock runs
// from the first instruction of a program to its last.
#pragma once

#include <string>

#include "sample/types.h"
#include "util/result.h"

namespace bpftax {

// For "tracepoint", "raw_tp", "tp_btf", "kprobe", "kretprobe", "fentry" and "fexit", in about three seconds:
// an empty program on the receive path, while this process and a child of it send each other packets over the
// loopback interface on one CPU (sample/in_place.h). Four times, each
// with a program and processes of its own: the error is what lies between them. The statistics must be off;
// they are turned on for moments. kEnvironment: the kernel lacks the hook, there is no loopback network, or
// too little could be measured.
Result<EntryCost> measure_entry_cost(const std::string& hook);

}  // namespace bpftax
