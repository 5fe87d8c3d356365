#include "util/json.h"

// Parsing never throws, and what was parsed can be printed and parsed again.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto parsed = bpftax::parse_json({reinterpret_cast<const char*>(data), size}, "fuzz");
  if (parsed && !bpftax::parse_json(bpftax::dump_line(*parsed), "again")) __builtin_trap();
  return 0;
}
