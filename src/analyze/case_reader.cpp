#include "analyze/case_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <tuple>

#include "analyze/case_draft.h"
#include "result/tree_names.h"

namespace bpftax {

bool ListedSide::has_folder(std::string_view name) const {
  return std::any_of(entries.begin(), entries.end(), [&](const FolderEntry& entry) {
    return entry.kind == EntryKind::kFolder && entry.name == name;
  });
}

std::vector<const ListedSide*> CaseDraft::servers_first() const {
  std::vector<const ListedSide*> order;
  for (const ListedSide& side : sides) order.push_back(&side);
  std::stable_sort(order.begin(), order.end(),
                   [](const ListedSide* a, const ListedSide* b) { return a->rank > b->rank; });
  return order;
}

namespace {

constexpr std::array<const char*, 3> kPerfTypes = {"latency", "pps", "throughput"};
constexpr size_t kUsualWindows = 8;

auto window_key(const AnalysedWindow& window) {
  return std::tie(window.perf_type, window.conn, window.time);
}

// Calls function(perf_type, conn and time, the folder that holds it) for each window's folder of a side.
template <class Function>
void each_window_folder(CaseDraft& draft, const ListedSide& side, const char* results, Function&& function) {
  if (!side.has_folder(results)) return;
  FolderAccess& access = draft.tools.access;
  const auto folder = access.open(side.side.folder, results, draft.warnings);
  if (!folder) return;
  for (const char* perf_type : kPerfTypes) {
    const auto kind = access.open(*folder, perf_type, draft.warnings);
    if (!kind) continue;
    for (const FolderEntry& entry : access.list(*kind, draft.warnings)) {
      if (entry.kind != EntryKind::kFolder) continue;
      const auto name = split_time(entry.name);
      if (name) {
        function(perf_type, *name, *kind, entry.name);
      } else {
        draft.warnings.add(warning_code::kFolderUnknown, kind->path_of(entry.name),
                           "its name does not end in a time: it is not read");
      }
    }
  }
}

void read_clients(CaseDraft& draft) {
  draft.windows.reserve(kUsualWindows);
  std::map<std::tuple<std::string, std::string, std::string>, std::string> seen;  // and where
  for (const ListedSide& side : draft.sides) {
    each_window_folder(
        draft, side, "client_results",
        [&](const char* perf_type, const NameAndTime& name, const Folder& parent,
            const std::string& folder_name) {
          const std::string path = parent.path_of(folder_name);
          const auto [at, fresh] = seen.try_emplace({perf_type, name.name, name.time}, path);
          if (!fresh) {
            draft.warnings.add(warning_code::kSideTwice, path,
                               "another host has the same window, which is used: " + at->second);
            return;
          }
          const auto folder = draft.tools.access.open(parent, folder_name, draft.warnings);
          if (!folder) return;
          draft.windows.push_back(
              read_client_window(*folder, perf_type, name.name, name.time, draft.tools, draft.warnings));
        });
  }
  std::sort(draft.windows.begin(), draft.windows.end(), [](const WindowDraft& a, const WindowDraft& b) {
    return window_key(a.window) < window_key(b.window);
  });
}

bool needs_server(const AnalysedWindow& window) {
  return std::any_of(window.each.begin(), window.each.end(),
                     [](const TrafficStream& stream) { return stream.fault.empty() && !stream.server.gbps; });
}

WindowDraft without_client(const char* perf_type, const NameAndTime& name, std::string path) {
  WindowDraft draft;
  draft.no_client = true;
  draft.window.perf_type = perf_type;
  draft.window.conn = name.name;
  draft.window.time = name.time;
  draft.window.folder = std::move(path);
  draft.window.streams = streams_of(name.name);
  if (draft.window.perf_type != "latency") {
    draft.window.each.resize(static_cast<size_t>(draft.window.streams));
    int index = 0;
    for (TrafficStream& stream : draft.window.each) {
      stream.index = ++index;
      stream.fault = "its file is missing";
    }
  }
  return draft;
}

void read_servers(CaseDraft& draft) {
  const size_t with_client = draft.windows.size();
  std::vector<WindowDraft> alone;
  std::set<std::tuple<std::string, std::string, std::string>> alone_keys;
  for (const ListedSide* side : draft.servers_first()) {
    each_window_folder(
        draft, *side, "server_results",
        [&](const char* perf_type, const NameAndTime& name, const Folder& parent,
            const std::string& folder_name) {
          const auto key = std::tuple<std::string, std::string, std::string>(perf_type, name.name, name.time);
          const auto end = draft.windows.begin() + static_cast<long>(with_client);
          const auto found = std::lower_bound(draft.windows.begin(), end, key,
                                              [](const WindowDraft& window, const auto& wanted) {
                                                return window_key(window.window) < wanted;
                                              });
          if (found != end && window_key(found->window) == key) {
            if (!needs_server(found->window)) return;
            const auto folder = draft.tools.access.open(parent, folder_name, draft.warnings);
            if (folder) read_server_window(*folder, *found, draft.tools, draft.warnings);
            return;
          }
          // Ours: the servers of a whole session have a folder of their own.
          if (!draft.metadata.empty()) return;
          if (!alone_keys.insert(key).second) return;  // on another host too
          alone.push_back(without_client(perf_type, name, parent.path_of(folder_name)));
          draft.warnings.add(warning_code::kClientMissing, alone.back().window.folder,
                             "only the server's part of this window is there: it has no values");
        });
  }
  if (alone.empty()) return;
  std::move(alone.begin(), alone.end(), std::back_inserter(draft.windows));
  std::sort(draft.windows.begin(), draft.windows.end(), [](const WindowDraft& a, const WindowDraft& b) {
    return window_key(a.window) < window_key(b.window);
  });
}

void apply_metadata(CaseDraft& draft) {
  for (WindowDraft& window : draft.windows) {
    const auto found = draft.metadata.find(window.window.time);
    if (found == draft.metadata.end()) continue;
    const RawMetadata& metadata = found->second;
    window.window.workload = metadata.workload;
    window.window.purpose = metadata.purpose;
    window.window.status = metadata.status;
    window.window.block = metadata.block;
    if (metadata.status == "success" || (!metadata.purpose.empty() && metadata.purpose != "timed")) continue;
    draft.warnings.add(
        warning_code::kWindowNotUsed, window.window.folder,
        fmt::format("the run says that this window is '{}': {}", metadata.status, metadata.reason));
  }
}

// In trees without a plan, a second window of a kind is a second run into the same folder.
void check_repeated(CaseDraft& draft) {
  if (!draft.metadata.empty()) return;
  for (size_t i = 1; i < draft.windows.size(); ++i) {
    const AnalysedWindow& window = draft.windows[i].window;
    const AnalysedWindow& before = draft.windows[i - 1].window;
    if (window.perf_type == before.perf_type && window.conn == before.conn)
      draft.warnings.add(warning_code::kWindowRepeated, window.folder,
                         "another window of this kind is there: values are the means of both");
  }
}

}  // namespace

AnalysedCase read_case(CaseKey key, std::string environment, std::vector<CaseSide> sides, ReadTools& tools,
                       size_t max_warnings) {
  CaseDraft draft{{}, {}, {}, {}, tools, WarningSink(max_warnings)};
  draft.result.key = std::move(key);
  draft.result.environment = std::move(environment);
  for (CaseSide& side : sides) {
    ListedSide listed{std::move(side), {}, 1};
    listed.entries = tools.access.list(listed.side.folder, draft.warnings);
    if (listed.side.host.ends_with("-client")) listed.rank = 0;
    if (listed.side.host.ends_with("-server")) listed.rank = 2;
    draft.sides.push_back(std::move(listed));
  }
  std::stable_sort(draft.sides.begin(), draft.sides.end(), [](const ListedSide& a, const ListedSide& b) {
    return std::tie(a.rank, a.side.host) < std::tie(b.rank, b.side.host);
  });
  read_metadata(draft);
  read_clients(draft);
  read_servers(draft);
  apply_metadata(draft);
  for (WindowDraft& window : draft.windows) {
    if (!window.no_client) sum_streams(window.window, draft.warnings);
  }
  check_repeated(draft);
  find_times(draft);
  if (!draft.result.baseline()) {
    draft.result.tool = ToolState::kUnknown;
    draft.metadata.empty() ? read_monitoring(draft) : read_our_monitoring(draft);
    if (draft.result.tool == ToolState::kDied)
      draft.warnings.add(
          warning_code::kToolDied, draft.result.key.folder,
          "the tool did not live through its windows, which then show the system without it: " +
              draft.result.tool_evidence);
  }
  draft.result.windows.reserve(draft.windows.size());
  for (WindowDraft& window : draft.windows) draft.result.windows.push_back(std::move(window.window));
  draft.result.warnings = draft.warnings.take();
  return std::move(draft.result);
}

}  // namespace bpftax
