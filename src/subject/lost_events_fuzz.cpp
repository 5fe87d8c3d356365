#include <cstddef>
#include <cstdint>

#include "subject/lost_events.h"

// Whatever a tool prints, the count is a number that is not negative.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (bpftax::count_lost_events({reinterpret_cast<const char*>(data), size}) < 0) __builtin_trap();
  return 0;
}
