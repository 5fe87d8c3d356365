// Foreign JSON as samples, series, specs and inventories. What is accepted must survive the way out and back.
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string_view>

#include "sample/types_json.h"
#include "util/json.h"

namespace {

template <class Read>
void check(const bpftax::Json& json, Read&& read) {
  const auto value = read(json);
  if (!value) return;
  const bpftax::Json out = bpftax::to_json(*value);
  const auto again = read(out);
  if (!again || bpftax::to_json(*again) != out) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto json = bpftax::parse_json(std::string_view(reinterpret_cast<const char*>(data), size), "input");
  if (!json) return 0;
  check(*json, bpftax::sample_from_json);
  check(*json, bpftax::sample_series_from_json);
  check(*json, bpftax::sampling_spec_from_json);
  check(*json, bpftax::bpf_inventory_from_json);
  return 0;
}
