// Kernel symbols that are read when the first one is needed: a probe that starts should not spend time on
// what it may never print.
#pragma once

#include <linux/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "probes/symbols.h"

namespace bpftax {

class LazySymbols {
 public:
  // "function+0x12"; the bare address where the kernel hides them.
  std::string describe(uint64_t address) { return get().describe(address); }
  // Lines for the `bytes` of frames that bpf_get_stack() gave; a line that says why when it failed (bytes <
  // 0).
  std::vector<std::string> stack(const __u64* frames, int64_t bytes);

 private:
  const KernelSymbols& get();
  std::optional<KernelSymbols> symbols_;
};

}  // namespace bpftax
