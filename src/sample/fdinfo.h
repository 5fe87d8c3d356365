// /proc/PID/fd and /proc/PID/fdinfo of BPF objects and perf events.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "util/result.h"

namespace bpftax {

// What a descriptor stands for, by the target of its link in /proc/PID/fd.
enum class FdKind {
  kOther,
  kProgram,        // anon_inode:bpf-prog
  kMap,            // anon_inode:bpf-map
  kLink,           // anon_inode:bpf_link, bpf-link
  kRawTracepoint,  // anon_inode:bpf-raw-tracepoint: before links existed (Linux 5.7)
  kPerfEvent,      // anon_inode:[perf_event]
  kStats,          // anon_inode:bpf-stats
};
FdKind fd_kind(std::string_view link_target);

// The lines of fdinfo that we use; a line that is not there is nullopt. Numbers that make no sense count as
// not there: what a later kernel prints differently must not break the reading of what it prints the same.
struct FdInfo {
  std::optional<uint32_t> program_id;  // of programs and links; 4.19 prints none for programs
  std::optional<uint32_t> map_id;
  std::optional<uint32_t> link_id;
  std::optional<std::string> link_type;
  std::optional<std::string> program_tag;
  std::optional<int64_t> program_type, map_type;
  std::optional<int64_t> memlock_bytes;
};
FdInfo parse_fdinfo(std::string_view text);

}  // namespace bpftax
