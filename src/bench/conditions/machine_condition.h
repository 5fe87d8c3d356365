// A Condition made of a load and of settings of the processors; either may be absent.
#pragma once

#include <memory>

#include "bench/conditions/conditions.h"

namespace bpftax::bench {

std::unique_ptr<Condition> make_machine_condition(const LoadSpec& load, const PowerSpec& power,
                                                  const ConditionPlace& place);

}  // namespace bpftax::bench
