#include "plan/workflow.h"
#include "util/json.h"

// Reading a workflow never throws, and what was read can be written and read again to the same document.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto json = bpftax::parse_json({reinterpret_cast<const char*>(data), size}, "fuzz");
  if (!json) return 0;
  const auto workflow = bpftax::workflow_from_json(*json, "fuzz");
  if (!workflow) return 0;
  const bpftax::Json written = bpftax::to_json(*workflow);
  const auto again = bpftax::workflow_from_json(written, "written");
  if (!again || bpftax::Json(bpftax::to_json(*again)) != written) __builtin_trap();
  return 0;
}
