#include "probes/lazy_symbols.h"

#include <fmt/format.h>

#include <cstdio>
#include <cstring>

namespace bpftax {

std::vector<std::string> LazySymbols::stack(const __u64* frames, int64_t bytes) {
  if (bytes < 0) return {fmt::format("    no stack: {}", strerror(static_cast<int>(-bytes)))};
  return format_stack(get(),
                      std::vector<uint64_t>(frames, frames + static_cast<size_t>(bytes) / sizeof *frames));
}

const KernelSymbols& LazySymbols::get() {
  if (!symbols_) {
    symbols_ = KernelSymbols::load();
    if (symbols_->empty())
      fmt::print(stderr, "bpftax-probe: {} hides the kernel's addresses: places are printed as numbers\n",
                 kKallsyms);
  }
  return *symbols_;
}

}  // namespace bpftax
