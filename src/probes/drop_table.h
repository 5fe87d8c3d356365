// The table that drop-summary prints.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "probes/drop_summary.h"

namespace bpftax {

struct DropKeyLess {
  bool operator()(const DropKey& a, const DropKey& b) const {
    return std::tie(a.location, a.reason, a.protocol, a.stack_id) <
           std::tie(b.location, b.reason, b.protocol, b.stack_id);
  }
};
using DropCounts = std::map<DropKey, uint64_t, DropKeyLess>;

// What came to it between two readings; keys whose count did not change are left out.
DropCounts operator-(const DropCounts& now, const DropCounts& before);
uint64_t total_of(const DropCounts& counts);

// How the parts of a key are shown.
struct DropNames {
  std::function<std::string(uint32_t reason)> reason;
  std::function<std::string(uint64_t location)> location;
  std::function<std::vector<std::string>(int64_t stack_id)> stack;  // empty: no stacks
};

// "12 drops in 1.0 s", then the columns and one row a key, most drops first; without drops only the first
// line.
std::vector<std::string> format_drops(const std::string& title, const DropCounts& counts,
                                      const DropNames& names);

}  // namespace bpftax
