// Our own monitoring: three tables a window, whose names carry the window's time (formats.md section 4).
// Matched on the hosts' monotonic clocks, by the offsets that the run measured; no zone is in it.
#include <fmt/format.h>

#include <algorithm>

#include "analyze/case_draft.h"
#include "analyze/resource_match.h"
#include "analyze/sample_log.h"

namespace bpftax {
namespace {

struct OurTables {
  SampleTable cpu, memory, size;
  std::string file;  // of the first that is there; "" = none
};

class OurMonitoring {
 public:
  explicit OurMonitoring(CaseDraft& draft) : draft_(draft), result_(draft.result) {}

  void read() {
    for (const ListedSide* side : draft_.servers_first()) {
      if (!side->has_folder("ebpf_monitoring")) continue;
      auto folder = draft_.tools.access.open(side->side.folder, "ebpf_monitoring", draft_.warnings);
      if (!folder) continue;
      std::vector<FolderEntry> entries = draft_.tools.access.list(*folder, draft_.warnings);
      folders_.push_back({std::move(*folder), std::move(entries)});
    }
    ResourceTotals totals;
    for (WindowDraft& window : draft_.windows) {
      const auto metadata = draft_.metadata.find(window.window.time);
      if (metadata != draft_.metadata.end()) take(window, metadata->second, totals);
    }
    for (const auto& [time, metadata] : draft_.metadata) start_failure(time, metadata);
    if (seen_) {
      totals.use = ToolSamples(std::move(all_)).all();
      if (grown_s_ > 0) totals.log_bytes_per_s = grown_bytes_ / grown_s_;
      result_.resources = std::move(totals);
    } else {
      draft_.warnings.add(warning_code::kMonitorMissing, result_.key.folder,
                          "nothing monitored the tool: its use of CPU and memory is not known");
    }
    state();
  }

 private:
  struct OpenFolder {
    Folder folder;
    std::vector<FolderEntry> entries;  // by name
  };

  SampleTable table(const std::string& name, OurTables& tables) {
    for (const OpenFolder& open : folders_) {
      const auto at =
          std::lower_bound(open.entries.begin(), open.entries.end(), name,
                           [](const FolderEntry& e, const std::string& wanted) { return e.name < wanted; });
      if (at == open.entries.end() || at->name != name) continue;
      const auto text = draft_.tools.access.read(open.folder, name, draft_.warnings);
      if (!text) return {};
      const std::string path = open.folder.path_of(name);
      if (tables.file.empty()) tables.file = path;
      SampleTable parsed = parse_sample_table(*text);
      if (!parsed.has_header) {
        draft_.warnings.add(warning_code::kFileGarbage, path,
                            "it has no header line: not one of our monitoring files");
      } else if (parsed.unusable_lines > 0) {
        draft_.warnings.add(warning_code::kMonitorLines, path,
                            fmt::format("{} lines of it cannot be used", parsed.unusable_lines));
      }
      return parsed;
    }
    return {};
  }

  void take(WindowDraft& draft, const RawMetadata& metadata, ResourceTotals& totals) {
    AnalysedWindow& window = draft.window;
    if (!window.counts()) return;
    OurTables tables;
    tables.cpu = table("tool_cpu_usage_" + window.time + ".log", tables);
    tables.memory = table("tool_memory_" + window.time + ".log", tables);
    tables.size = table("tool_logsize_" + window.time + ".log", tables);
    ++windows_;
    if (tables.file.empty()) return;
    seen_ = true;
    count_processes(tables.cpu, window);
    const auto place = place_of(draft, metadata, tables, totals.clock);
    std::vector<ToolMoment> moments = tool_moments(tables.cpu, tables.memory);
    if (moments.empty())
      draft_.warnings.add(warning_code::kMonitorEmpty, tables.file, "no sample of the tool is in it");
    const ToolSamples samples(moments);
    // A window that was never placed is as long as its samples.
    if (place && !samples.empty()) {
      window.resources = samples.between(place->first, place->second);
      if (window.resources->samples == 0)
        draft_.warnings.add(warning_code::kNoSampleInWindow, window.folder,
                            "no sample of the tool lies in this window");
    }
    all_.insert(all_.end(), moments.begin(), moments.end());
    sizes(tables.size, place, window, totals);
  }

  // Begin and end on the monotonic clock of the tool's host.
  std::optional<std::pair<int64_t, int64_t>> place_of(const WindowDraft& draft, const RawMetadata& metadata,
                                                      const OurTables& tables, MonitorClock& clock) {
    const SampleTable& any = !tables.cpu.rows.empty() ? tables.cpu : tables.memory;
    if (any.rows.empty()) return std::nullopt;
    clock.zone = MonitorClock::Zone::kEpoch;
    clock.utc_offset_s = 0;
    std::optional<int64_t> begin, end;
    for (const WindowDraft::Times& times : draft.times) {
      if (!times.log || !times.log->begin_monotonic_ns || !times.log->end_monotonic_ns) continue;
      begin = std::min(begin.value_or(*times.log->begin_monotonic_ns), *times.log->begin_monotonic_ns);
      end = std::max(end.value_or(*times.log->end_monotonic_ns), *times.log->end_monotonic_ns);
    }
    if (!begin) {
      begin = metadata.begin_monotonic_ns;
      end = metadata.end_monotonic_ns;
    }
    const auto client = metadata.offsets_ns.find(metadata.client_host);
    const auto tool = metadata.offsets_ns.find(metadata.tool_host);
    const bool measured = client != metadata.offsets_ns.end() && tool != metadata.offsets_ns.end();
    if (begin && end && (metadata.client_host == metadata.tool_host || measured)) {
      const int64_t apart = measured ? tool->second - client->second : 0;
      clock.host_offset_ns = apart;
      clock.host_offset_error_ns =
          measured ? error_of(metadata, metadata.client_host) + error_of(metadata, metadata.tool_host) : 0;
      clock.text =
          measured ? "matched on the hosts' monotonic clocks, whose distance the run measured before each arm"
                   : "tool and client ran on one host, with one clock";
      return std::pair{*begin + apart, *end + apart};
    }
    if (!draft.window.begin_ns || !draft.window.end_ns) return std::nullopt;
    clock.text = "matched in UTC: the run did not measure how far the clocks of the hosts are apart";
    const int64_t utc_to_monotonic = any.rows.front().monotonic_ns - any.rows.front().utc_ns;
    return std::pair{*draft.window.begin_ns + utc_to_monotonic, *draft.window.end_ns + utc_to_monotonic};
  }

  static int64_t error_of(const RawMetadata& metadata, const std::string& host) {
    const auto found = metadata.offset_errors_ns.find(host);
    return found == metadata.offset_errors_ns.end() ? 0 : found->second;
  }

  void count_processes(const SampleTable& cpu, const AnalysedWindow& window) {
    const auto column = cpu.column("processes");
    if (!column) return;
    int64_t gone = 0;
    for (const SampleTable::Row& row : cpu.rows) gone += row.values[*column] == 0.0 ? 1 : 0;
    if (cpu.rows.empty()) {
      if (died_.empty()) died_ = "no sample of it in " + window.folder;
    } else if (gone == static_cast<int64_t>(cpu.rows.size())) {
      ++windows_without_process_;
    } else if (gone > 0) {
      if (died_.empty())
        died_ =
            fmt::format("it had no process in {} of {} samples of {}", gone, cpu.rows.size(), window.folder);
    } else {
      ++windows_alive_;
    }
  }

  void sizes(const SampleTable& table, const std::optional<std::pair<int64_t, int64_t>>& place,
             AnalysedWindow& window, ResourceTotals& totals) {
    const auto column = table.column("output_bytes");
    if (!column) return;
    std::vector<LogSizeSample> samples;
    for (const SampleTable::Row& row : table.rows) {
      if (row.values[*column]) samples.push_back({row.monotonic_ns, *row.values[*column]});
    }
    std::stable_sort(samples.begin(), samples.end(),
                     [](const LogSizeSample& a, const LogSizeSample& b) { return a.local_ns < b.local_ns; });
    if (const auto most = largest(samples))
      totals.log_size_bytes = std::max(totals.log_size_bytes.value_or(0), *most);
    if (!place) return;
    window.log_bytes_per_s = growth_between(samples, place->first, place->second);
    if (!window.log_bytes_per_s) return;
    const double length_s = static_cast<double>(place->second - place->first) / 1e9;
    grown_bytes_ += *window.log_bytes_per_s * length_s;
    grown_s_ += length_s;
  }

  // A subject that never became ready has metadata, and no window of that time.
  void start_failure(const std::string& time, const RawMetadata& metadata) {
    if (metadata.status != "failed" || !metadata.workload.empty()) return;
    if (died_.empty() && windows_ == 0) died_ = "it did not start (" + time + "): " + metadata.reason;
  }

  void state() {
    if (!died_.empty()) {
      result_.tool = ToolState::kDied;
      result_.tool_evidence = died_;
    } else if (windows_alive_ > 0 && windows_without_process_ == 0) {
      result_.tool = ToolState::kAlive;
      result_.tool_evidence =
          fmt::format("its processes were there in all samples of {} windows", windows_alive_);
    } else if (windows_alive_ > 0) {
      result_.tool = ToolState::kDied;
      result_.tool_evidence = fmt::format("it had processes in {} windows and none in {}", windows_alive_,
                                          windows_without_process_);
    } else {
      result_.tool = ToolState::kUnknown;
      result_.tool_evidence =
          windows_without_process_ > 0
              ? "no process of it was seen in any window: right for a tool that loads its programs "
                "and ends, wrong for any other"
              : "nothing monitored it";
    }
  }

  CaseDraft& draft_;
  AnalysedCase& result_;
  std::vector<OpenFolder> folders_;
  std::vector<ToolMoment> all_;
  std::string died_;
  bool seen_ = false;
  int windows_ = 0, windows_alive_ = 0, windows_without_process_ = 0;
  double grown_bytes_ = 0, grown_s_ = 0;
};

}  // namespace

void read_our_monitoring(CaseDraft& draft) {
  OurMonitoring(draft).read();
}

}  // namespace bpftax
