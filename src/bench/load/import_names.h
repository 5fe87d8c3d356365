// What the benchmarks of the kernel's selftests bench measure, in our words.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "util/json.h"

namespace bpftax::bench {

struct KernelBenchName {
  std::string benchmark, subject, op, side;
  bool is_floor = false;
  Json params = Json::object();  // {"place": "hot", "programs": 1, "instruction": "nop"}: of a row of ours
};

// "trig-fentry": {"hooks", "fentry", "count", ""}. Scripts leave the prefix out: "fentry" is trig-fentry
// there. A benchmark that we have no word for is {"kernel_bench", its name, "hit", ""}.
KernelBenchName kernel_bench_name(std::string_view name);

}  // namespace bpftax::bench
