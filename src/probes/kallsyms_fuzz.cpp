// Any text as /proc/kallsyms.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "probes/symbols.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace bpftax;
  const KernelSymbols symbols = KernelSymbols::parse(std::string(reinterpret_cast<const char*>(data), size));
  for (const uint64_t address : {uint64_t{0}, uint64_t{1}, uint64_t{0xffffffff81000000}, ~uint64_t{0}}) {
    if (symbols.describe(address).empty()) abort();
  }
  format_stack(symbols, {~uint64_t{0}, 5, 0});
  return 0;
}
