// What `ip -json` writes, and the records of kept labs.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "host/kept_lab.h"
#include "host/lab_network.h"
#include "util/json.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)bpftax::subnets_of_addresses(text);
  (void)bpftax::subnets_of_routes(text);
  (void)bpftax::operstate_of_link(text);
  (void)bpftax::parse_subnet(text);
  if (const auto json = bpftax::parse_json(text, "fuzz")) {
    if (const auto info = bpftax::lab_from_json(*json)) {
      // What was read must be readable again.
      if (!bpftax::lab_from_json(bpftax::to_json(*info))) __builtin_trap();
    }
  }
  return 0;
}
