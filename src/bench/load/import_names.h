// What the benchmarks of the kernel's selftests bench measure, in our words.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace bpftax::bench {

struct KernelBenchName {
  std::string benchmark, subject, op, side;
  bool is_floor = false;
};

// "trig-fentry": {"hooks", "fentry", "hit", ""}. Scripts leave the prefix out: "fentry" is trig-fentry there.
// A benchmark that we have no word for is {"kernel_bench", its name, "hit", ""}.
KernelBenchName kernel_bench_name(std::string_view name);

}  // namespace bpftax::bench
