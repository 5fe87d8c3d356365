// A case while it is being read: what several of its readers need. Used by case_*.cpp only.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "analyze/case_reader.h"

namespace bpftax {

inline constexpr int64_t kLatestNs = 7'258'118'400'000'000'000;  // 2200, in UTC

// metadata_{time}.json of ours. Times that no clock can have shown are absent: what is there can be added and
// subtracted.
struct RawMetadata {
  std::string status, reason, workload, purpose, client_host, tool_host, command;
  int block = 0;
  std::optional<int64_t> begin_ns, end_ns, begin_monotonic_ns, end_monotonic_ns;
  // The host's monotonic clock minus the controller's.
  std::map<std::string, int64_t> offsets_ns;
  std::map<std::string, int64_t> offset_errors_ns;
};

struct ListedSide {
  CaseSide side;
  std::vector<FolderEntry> entries;  // of the environment's folder
  int rank = 0;                      // 0: of a client, 2: of a server, 1: of neither
  bool has_folder(std::string_view name) const;
};

struct CaseDraft {
  AnalysedCase result;
  std::vector<ListedSide> sides;                // clients first
  std::vector<WindowDraft> windows;             // by perf_type, conn, time
  std::map<std::string, RawMetadata> metadata;  // by time; empty: not a tree of ours
  ReadTools& tools;
  WarningSink warnings;

  std::vector<const ListedSide*> servers_first() const;
};

// case_metadata.cpp
void read_metadata(CaseDraft& draft);
// case_times.cpp: begin and end of every window.
void find_times(CaseDraft& draft);
// case_monitoring.cpp and case_our_monitoring.cpp: the tool's samples, given to the windows.
void read_monitoring(CaseDraft& draft);
void read_our_monitoring(CaseDraft& draft);

}  // namespace bpftax
