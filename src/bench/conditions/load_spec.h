// What `--load` asks for: "cpu:80", "mem:75", "io", "net", "idle"; "cpu:80+mem:75" is one condition with
// both.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "util/result.h"

namespace bpftax::bench {

struct LoadSpec {
  std::optional<double> cpu_percent;     // of all CPUs together, 1 to 100
  std::optional<double> memory_percent;  // (MemTotal - MemAvailable) / MemTotal, 1 to 95
  bool io = false;
  bool net = false;

  bool idle() const { return !cpu_percent && !memory_percent && !io && !net; }
  // "cpu:80+mem:75", always in this order; "idle".
  std::string name() const;
  bool operator==(const LoadSpec&) const = default;
};

// One condition. kUsage.
Result<LoadSpec> parse_load(std::string_view text);
// The values of --load, each with several conditions separated by commas. None may come twice. No text at all
// is the idle machine.
Result<std::vector<LoadSpec>> parse_loads(const std::vector<std::string>& texts);

}  // namespace bpftax::bench
