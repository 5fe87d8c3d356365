// Everything that reads what comes over the wire, from bytes to structs, on both ends.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "agent/protocol.h"

namespace {

template <class Parse>
void try_with(Parse parse, const bpftax::Json& json) {
  const auto parsed = parse(json);
  // What was understood must survive being sent again.
  if (parsed && !parse(bpftax::to_json(*parsed))) __builtin_trap();
}

void read_as_everything(const bpftax::Json& json) {
  using namespace bpftax;  // NOLINT(google-build-using-namespace)
  try_with(hello_from_json, json);
  try_with(error_from_json, json);
  try_with(stop_policy_from_json, json);
  try_with(process_spec_from_json, json);
  try_with(process_handle_from_json, json);
  try_with(exit_status_from_json, json);
  try_with(stop_report_from_json, json);
  try_with(clock_reading_from_json, json);
  try_with(file_info_from_json, json);
  try_with(finished_from_json, json);
  try_with(stats_cost_from_json, json);
  try_with(entry_cost_from_json, json);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  bpftax::LineBuffer buffer(4096);
  buffer.append(text.substr(0, size / 2));
  buffer.append(text.substr(size / 2));
  while (const auto line = buffer.next()) {
    if (!*line) continue;
    const auto request = bpftax::parse_request(**line);
    if (request) {
      read_as_everything(request->params);
      (void)bpftax::response_line(request->id, request->params);
    } else {
      (void)bpftax::fault_line(request.error());
    }
    const auto message = bpftax::parse_message(**line, "fuzz");
    if (message) {
      read_as_everything(message->result);
      (void)bpftax::error_line(1, message->error);
    }
    const auto bytes = bpftax::base64_decode(**line);
    if (bytes && bpftax::base64_encode(*bytes) != **line) __builtin_trap();
  }
  return 0;
}
