// This machine as a place for conditions.
#pragma once

#include "bench/conditions/conditions.h"

namespace bpftax::bench {

// The CPUs are those that we may run on. Its agent starts with the first call of host(), again when it was
// lost, and ends with the last copy of the place.
ConditionPlace own_machine();

}  // namespace bpftax::bench
