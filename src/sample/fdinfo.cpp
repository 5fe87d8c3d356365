#include "sample/fdinfo.h"

#include "sample/scan.h"
#include "util/strings.h"

namespace bpftax {
namespace {

std::optional<uint32_t> to_id(std::string_view word) {
  const auto number = scan::to_number(word);
  if (!number || *number <= 0 || *number > UINT32_MAX) return std::nullopt;
  return static_cast<uint32_t>(*number);
}

std::optional<int64_t> to_count(std::string_view word) {
  const auto number = scan::to_number(word);
  return number && *number >= 0 ? number : std::nullopt;
}

}  // namespace

FdKind fd_kind(std::string_view link_target) {
  constexpr std::string_view kPrefix = "anon_inode:";
  if (!link_target.starts_with(kPrefix)) return FdKind::kOther;
  const std::string_view name = link_target.substr(kPrefix.size());
  if (name == "bpf-prog") return FdKind::kProgram;
  if (name == "bpf-map") return FdKind::kMap;
  if (name == "bpf_link" || name == "bpf-link") return FdKind::kLink;
  if (name == "bpf-raw-tracepoint") return FdKind::kRawTracepoint;
  if (name == "[perf_event]") return FdKind::kPerfEvent;
  if (name == "bpf-stats") return FdKind::kStats;
  return FdKind::kOther;
}

FdInfo parse_fdinfo(std::string_view text) {
  FdInfo info;
  std::string_view line;
  while (scan::next_line(text, line)) {
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const std::string_view key = line.substr(0, colon);
    const std::string_view value = trim(line.substr(colon + 1));
    if (key == "prog_id") info.program_id = to_id(value);
    if (key == "map_id") info.map_id = to_id(value);
    if (key == "link_id") info.link_id = to_id(value);
    if (key == "link_type") info.link_type = std::string(value);
    if (key == "prog_tag") info.program_tag = std::string(value);
    if (key == "prog_type") info.program_type = to_count(value);
    if (key == "map_type") info.map_type = to_count(value);
    if (key == "memlock") info.memlock_bytes = to_count(value);
  }
  return info;
}

}  // namespace bpftax
