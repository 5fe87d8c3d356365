// The families of `bpftax bench`. A new one is a folder in src/bench and a line in bench_families.cpp.
#pragma once

#include <vector>

#include "bench/family.h"

namespace bpftax {

const std::vector<bench::Family>& bench_families();

}  // namespace bpftax
