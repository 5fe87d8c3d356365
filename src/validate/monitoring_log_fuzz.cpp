// Whatever stands in a monitoring log: no crash, and what was understood is consistent.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "validate/monitoring_log.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto log = bpftax::parse_monitoring_log(text, true);
  if (static_cast<int64_t>(log.times_ns.size()) > log.rows) std::abort();
  if (!log.values.empty() && static_cast<int64_t>(log.values.size()) != log.rows) std::abort();
  const auto interval = log.interval_s();
  if (interval && !(*interval > 0)) std::abort();
  return 0;
}
