#include "analyze/case_draft.h"
#include "result/tree_names.h"
#include "util/json.h"
#include "util/strings.h"

namespace bpftax {
namespace {

constexpr int kMaxBlock = 1'000'000;
constexpr size_t kMaxMetadataBytes = 1u << 20;

std::string text_at(const Json& json, std::string_view path) {
  const Json* value = find_path(json, path);
  return value != nullptr && value->is_string() ? printable(value->get_ref<const std::string&>())
                                                : std::string();
}

std::optional<int64_t> integer_at(const Json& json, std::string_view path, int64_t least, int64_t most) {
  const Json* value = find_path(json, path);
  if (value == nullptr || !value->is_number_integer()) return std::nullopt;
  if (value->is_number_unsigned() && value->get<uint64_t>() > static_cast<uint64_t>(INT64_MAX))
    return std::nullopt;
  const auto integer = value->get<int64_t>();
  return integer < least || integer > most ? std::nullopt : std::optional(integer);
}

RawMetadata metadata_from(const Json& json) {
  RawMetadata metadata;
  metadata.status = text_at(json, "status");
  metadata.reason = text_at(json, "reason");
  metadata.workload = text_at(json, "test_case.workload");
  metadata.purpose = text_at(json, "test_case.purpose");
  metadata.client_host = text_at(json, "hosts.client");
  metadata.tool_host = text_at(json, "hosts.tool");
  metadata.command = text_at(json, "tool.command");
  metadata.block = static_cast<int>(integer_at(json, "test_case.block", 0, kMaxBlock).value_or(0));
  metadata.begin_ns = integer_at(json, "start_realtime_ns", 0, kLatestNs);
  metadata.end_ns = integer_at(json, "end_realtime_ns", 0, kLatestNs);
  metadata.begin_monotonic_ns = integer_at(json, "start_monotonic_ns", 0, kMostMonotonicNs);
  metadata.end_monotonic_ns = integer_at(json, "end_monotonic_ns", 0, kMostMonotonicNs);
  const Json* offsets = find_path(json, "clock_offsets");
  if (offsets != nullptr && offsets->is_object()) {
    for (const auto& [host, offset] : offsets->items()) {
      if (const auto ns = integer_at(offset, "offset_ns", -kMostMonotonicNs, kMostMonotonicNs))
        metadata.offsets_ns[host] = *ns;
      if (const auto ns = integer_at(offset, "error_ns", 0, kMostMonotonicNs))
        metadata.offset_errors_ns[host] = *ns;
    }
  }
  return metadata;
}

}  // namespace

void read_metadata(CaseDraft& draft) {
  for (const ListedSide& side : draft.sides) {
    for (const FolderEntry& entry : side.entries) {
      if (entry.kind != EntryKind::kFile || !entry.name.starts_with("metadata_") ||
          !entry.name.ends_with(".json"))
        continue;
      const auto name = split_time(std::string_view(entry.name).substr(0, entry.name.size() - 5));
      if (!name || draft.metadata.count(name->time) > 0) continue;  // the same one on another host
      const auto text = draft.tools.access.read(side.side.folder, entry.name, draft.warnings);
      if (!text) continue;
      const std::string path = side.side.folder.path_of(entry.name);
      const auto json = parse_json(*text, path, {.max_bytes = kMaxMetadataBytes, .max_depth = 16});
      if (!json) {
        draft.warnings.add(warning_code::kFileGarbage, path, "it cannot be used: " + json.error().why);
      } else if (text_at(*json, "schema").starts_with("bpftax.window/")) {
        draft.metadata[name->time] = metadata_from(*json);
      }
    }
  }
  for (const auto& [time, metadata] : draft.metadata) {
    if (draft.result.command.empty()) draft.result.command = metadata.command;
  }
}

}  // namespace bpftax
