// A result.json from anywhere: reading it must fail in words or give a result that reads and writes to
// itself.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "result/model.h"
#include "util/json.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace bpftax;
  const auto json = parse_json({reinterpret_cast<const char*>(data), size}, "input");
  if (!json) return 0;
  const auto result = run_result_from_json(*json);
  if (!result) {
    if (result.error().where.empty() || result.error().why.empty()) std::abort();
    return 0;
  }
  const std::string written = result_document(*result);
  const auto parsed = parse_json(written, "written");
  if (!parsed) std::abort();
  const auto again = run_result_from_json(*parsed);
  if (!again || result_document(*again) != written) std::abort();
  return 0;
}
