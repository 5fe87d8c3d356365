#include <cstddef>
#include <cstdint>
#include <string_view>

#include "agent/ledger.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto content = bpftax::parse_ledger({reinterpret_cast<const char*>(data), size}, "fuzz");
  if (!content) return 0;
  for (const auto& [process, handle] : content->processes) {
    if (process.pid < 1) __builtin_trap();
  }
  return 0;
}
