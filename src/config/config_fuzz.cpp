#include <cstdint>

#include "config/load.h"
#include "config/tool_scan.h"
#include "config/variables.h"
#include "util/json.h"

namespace {

// A shell text with a value put into it has the same characters outside of the value's place.
void fuzz_substitute(std::string_view text) {
  const size_t cut = text.size() / 2;
  const bpftax::Variables values = {{"v", std::string(text.substr(cut))}, {"unset", std::nullopt}};
  const bpftax::ConfigPlace place{"fuzz", 1, 1};
  for (const auto substitute : {bpftax::substitute, bpftax::substitute_template}) {
    const auto result = substitute(text.substr(0, cut), values, place);
    if (!result && result.error().kind != bpftax::ErrorKind::kUsage) __builtin_trap();
  }
  (void)bpftax::holds(text.substr(0, cut), values, place);
}

}  // namespace

// The first byte says which parser. None crashes; every error is kUsage; a configuration's cases can be
// written.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 4) {
    case 0: {
      const auto config = bpftax::parse_full_config(text, "fuzz");
      if (config)
        (void)bpftax::cases_json(*config).dump(-1, ' ', false, bpftax::OrderedJson::error_handler_t::replace);
      if (!config && config.error().kind != bpftax::ErrorKind::kUsage) __builtin_trap();
      return 0;
    }
    case 1: {
      const auto input = bpftax::parse_minimal(text, "fuzz");
      if (!input && input.error().kind != bpftax::ErrorKind::kUsage) __builtin_trap();
      return 0;
    }
    case 2: {
      bpftax::FoundTool tool;
      if (bpftax::recognize_tool("fuzz.py", true, text, tool)) (void)bpftax::registry_text({tool});
      return 0;
    }
    default:
      fuzz_substitute(text);
      return 0;
  }
}
