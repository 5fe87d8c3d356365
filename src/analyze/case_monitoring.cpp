// The origin framework's monitoring of a tool: pidstat, the size of its output, and the logs that say when
// both began and ended (formats.md section 4 has ours, case_our_monitoring.cpp).
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "analyze/case_draft.h"
#include "analyze/clock_match.h"
#include "analyze/pidstat.h"
#include "analyze/resource_match.h"
#include "analyze/sample_log.h"
#include "result/tree_names.h"
#include "util/clock.h"
#include "util/log_time.h"

namespace bpftax {
namespace {

constexpr std::string_view kMonitorName = "ebpf_resource_monitor";
// The last sample may be that old when the monitor is stopped.
constexpr double kLateIntervals = 3;
constexpr double kLateS = 1;

// One start of the tool and its monitors: files that share a time. Usually the only one of its case.
struct MonitorRun {
  std::string time;
  std::string file;  // pidstat's; "" when it is missing
  PidstatLog log;
  LogSizeLog sizes;
  bool has_sizes = false;
  std::optional<int64_t> started_local_ns, stopped_local_ns;
  StartLog start;
  std::vector<AnalysedWindow*> windows;
};

// "20261120_184352" as local time taken as UTC.
std::optional<int64_t> time_in_name(const std::string& time) {
  const std::string date = time.substr(0, 4) + "-" + time.substr(4, 2) + "-" + time.substr(6, 2);
  const std::string clock = time.substr(9, 2) + ":" + time.substr(11, 2) + ":" + time.substr(13, 2);
  return parse_log_time(date, clock);
}

class MonitoringReader {
 public:
  explicit MonitoringReader(CaseDraft& draft) : draft_(draft), result_(draft.result) {}

  void read() {
    find_runs();
    read_start_logs();
    if (runs_.empty()) return nothing();
    give_windows();
    ResourceTotals totals;
    std::vector<ToolMoment> all;
    for (auto& [time, run] : runs_) match(run, totals, all);
    totals.use = ToolSamples(std::move(all)).all();
    result_.resources = std::move(totals);
    finish_state();
  }

 private:
  using Read = std::optional<std::string_view>;

  void find_runs() {
    for (const ListedSide* side : draft_.servers_first()) {
      if (!side->has_folder("ebpf_monitoring")) continue;
      const auto folder = draft_.tools.access.open(side->side.folder, "ebpf_monitoring", draft_.warnings);
      if (!folder) continue;
      const auto entries = draft_.tools.access.list(*folder, draft_.warnings);
      // First what says when and where, then what needs it.
      for (const FolderEntry& entry : entries)
        dated(entry, [&](const std::string& name, MonitorRun& run) {
          if (name == "resource_monitor_timestamp" || name == "monitor_start" || name == "monitor_stop")
            read_moment(*folder, entry.name, name, run);
        });
      for (const FolderEntry& entry : entries)
        dated(entry, [&](const std::string& name, MonitorRun& run) {
          if (name == kMonitorName) read_pidstat(*folder, entry.name, run);
          if (name == "ebpf_logsize_monitor") read_sizes(*folder, entry.name, run);
        });
      if (!runs_.empty()) break;  // the same files on another host
    }
  }

  template <class Function>
  void dated(const FolderEntry& entry, Function&& function) {
    const size_t dot = entry.name.rfind('.');
    if (entry.kind != EntryKind::kFile || dot == std::string::npos) return;
    const auto name = split_time(std::string_view(entry.name).substr(0, dot));
    if (!name) return;
    constexpr std::array<std::string_view, 5> kNames = {kMonitorName, "ebpf_logsize_monitor", "monitor_start",
                                                        "monitor_stop", "resource_monitor_timestamp"};
    if (std::find(kNames.begin(), kNames.end(), name->name) == kNames.end()) return;
    function(name->name, run_of(name->time));
  }

  MonitorRun& run_of(const std::string& time) {
    MonitorRun& run = runs_[time];
    run.time = time;
    return run;
  }

  void read_moment(const Folder& folder, const std::string& file, const std::string& name, MonitorRun& run) {
    const Read text = draft_.tools.access.read(folder, file, draft_.warnings);
    if (!text) return;
    if (name == "monitor_start") run.started_local_ns = later(run.started_local_ns, parse_start_time(*text));
    if (name == "monitor_stop") run.stopped_local_ns = parse_stop_time(*text);
    if (name == "resource_monitor_timestamp") stamp_[run.time] = parse_monitor_start(*text);
  }

  static std::optional<int64_t> later(std::optional<int64_t> a, std::optional<int64_t> b) {
    return a && b ? std::max(*a, *b) : a ? a : b;
  }

  void read_pidstat(const Folder& folder, const std::string& file, MonitorRun& run) {
    run.file = folder.path_of(file);
    const Read text = draft_.tools.access.read(folder, file, draft_.warnings);
    if (!text) return;
    const MonitorStart& stamp = stamp_[run.time];
    run.log = parse_pidstat(*text, stamp.local_ns ? stamp.local_ns : time_in_name(run.time));
    if (!run.log.start.utc_offset_s()) {
      run.log.start.local_ns = stamp.local_ns;
      run.log.start.epoch_s = stamp.epoch_s;
    }
    run.started_local_ns = later(run.started_local_ns, run.log.start.local_ns);
    if (run.log.unusable_lines > 0)
      draft_.warnings.add(
          warning_code::kMonitorLines, run.file,
          fmt::format("{} lines of it are no samples of pidstat, the first is line {}: left out",
                      run.log.unusable_lines, run.log.first_unusable.value_or(0)));
    if (run.log.first_backwards)
      draft_.warnings.add(warning_code::kMonitorLines, run.file,
                          fmt::format("its time goes backwards in line {}", *run.log.first_backwards));
  }

  void read_sizes(const Folder& folder, const std::string& file, MonitorRun& run) {
    const Read text = draft_.tools.access.read(folder, file, draft_.warnings);
    if (!text) return;
    run.sizes = parse_logsize(*text);
    std::stable_sort(run.sizes.samples.begin(), run.sizes.samples.end(),
                     [](const LogSizeSample& a, const LogSizeSample& b) { return a.local_ns < b.local_ns; });
    run.has_sizes = true;
    if (run.sizes.samples.empty())
      draft_.warnings.add(warning_code::kMonitorEmpty, folder.path_of(file),
                          "no size of the tool's output is in it");
    if (run.sizes.unusable_lines > 0)
      draft_.warnings.add(warning_code::kMonitorLines, folder.path_of(file),
                          fmt::format("{} lines of it cannot be used", run.sizes.unusable_lines));
  }

  void read_start_logs() {
    for (const ListedSide* side : draft_.servers_first()) {
      for (const FolderEntry& entry : side->entries) {
        if (entry.kind != EntryKind::kFile || !entry.name.starts_with("ebpf_start_") ||
            !entry.name.ends_with(".log"))
          continue;
        const auto name = split_time(std::string_view(entry.name).substr(0, entry.name.size() - 4));
        const Read text =
            name ? draft_.tools.access.read(side->side.folder, entry.name, draft_.warnings) : Read();
        if (!text) continue;
        StartLog log = parse_start_log(*text);
        if (result_.command.empty()) result_.command = log.command;
        if (!log.death.empty()) log.death = entry.name + ": " + log.death;
        last_death_ = log.death;
        if (const auto run = runs_.find(name->time); run != runs_.end()) run->second.start = std::move(log);
      }
    }
  }

  void nothing() {
    draft_.warnings.add(
        warning_code::kMonitorMissing, result_.key.folder,
        "nothing monitored the tool: its use of CPU and memory is not known, nor whether it lived");
    const bool died = last_death_.find("FAILED") != std::string::npos;
    result_.tool = died ? ToolState::kDied : ToolState::kUnknown;
    result_.tool_evidence = died ? last_death_ : "nothing monitored it";
  }

  // A window belongs to the last start before it. Both times are in the names that the framework gave.
  void give_windows() {
    for (WindowDraft& window : draft_.windows) {
      auto owner = runs_.upper_bound(window.window.time);
      if (owner != runs_.begin()) --owner;
      owner->second.windows.push_back(&window.window);
    }
  }

  static ClockFacts facts_of(const MonitorRun& run) {
    ClockFacts facts;
    facts.monitor_utc = run.log.epoch;
    facts.stated_utc_offset_s = run.log.start.utc_offset_s();
    facts.started_local_ns = run.started_local_ns;
    facts.stopped_local_ns = run.stopped_local_ns;
    for (const AnalysedWindow* window : run.windows) {
      if (!window->begin_ns || !window->end_ns) continue;
      facts.first_begin_ns = std::min(facts.first_begin_ns.value_or(*window->begin_ns), *window->begin_ns);
      facts.last_end_ns = std::max(facts.last_end_ns.value_or(*window->end_ns), *window->end_ns);
      const int64_t length = *window->end_ns - *window->begin_ns;
      facts.shortest_window_ns = std::min(facts.shortest_window_ns.value_or(length), length);
    }
    return facts;
  }

  void match(MonitorRun& run, ResourceTotals& totals, std::vector<ToolMoment>& all) {
    if (run.file.empty()) {
      draft_.warnings.add(warning_code::kMonitorMissing, result_.key.folder,
                          "the monitor of the tool's CPU and memory left no file");
    }
    const ClockMatch clocks = match_clocks(facts_of(run));
    totals.clock = clocks.clock;
    const bool useful = !run.log.moments.empty() || !run.sizes.samples.empty();
    if (!clocks.code.empty() && useful)
      draft_.warnings.add(clocks.code, run.file.empty() ? result_.key.folder : run.file, clocks.clock.text);
    const ToolSamples samples(run.log.moments);
    judge(run, samples, clocks);
    give_samples(run, samples, clocks);
    give_growth(run, clocks);
    all.insert(all.end(), run.log.moments.begin(), run.log.moments.end());
    const auto most = largest(run.sizes.samples);
    if (most) totals.log_size_bytes = std::max(totals.log_size_bytes.value_or(0), *most);
    if (run.sizes.samples.empty()) return;
    const auto rate = growth_between(run.sizes.samples, run.sizes.samples.front().local_ns,
                                     run.sizes.samples.back().local_ns);
    if (rate) totals.log_bytes_per_s = rate;
  }

  void give_samples(const MonitorRun& run, const ToolSamples& samples, const ClockMatch& clocks) {
    if (run.file.empty() || samples.empty() || !clocks.samples_ahead_ns) return;
    for (AnalysedWindow* window : run.windows) {
      if (!window->begin_ns || !window->end_ns) continue;
      window->resources = samples.between(*window->begin_ns + *clocks.samples_ahead_ns,
                                          *window->end_ns + *clocks.samples_ahead_ns);
      if (window->resources->samples == 0)
        draft_.warnings.add(warning_code::kNoSampleInWindow, window->folder,
                            "no sample of the tool lies in this window");
    }
  }

  static void give_growth(const MonitorRun& run, const ClockMatch& clocks) {
    if (!clocks.local_ahead_ns) return;
    for (AnalysedWindow* window : run.windows) {
      if (!window->begin_ns || !window->end_ns) continue;
      window->log_bytes_per_s = growth_between(run.sizes.samples, *window->begin_ns + *clocks.local_ahead_ns,
                                               *window->end_ns + *clocks.local_ahead_ns);
    }
  }

  // Seconds from the last sample to the stop of the monitor; both are of one host.
  static std::optional<double> silent_s(const MonitorRun& run, const ToolSamples& samples,
                                        const ClockMatch& clocks) {
    if (!run.stopped_local_ns) return std::nullopt;
    if (!run.log.epoch) return static_cast<double>(*run.stopped_local_ns - *samples.last_ns()) / 1e9;
    if (!clocks.local_ahead_ns || !clocks.samples_ahead_ns) return std::nullopt;
    return static_cast<double>(*run.stopped_local_ns - *clocks.local_ahead_ns -
                               (*samples.last_ns() - *clocks.samples_ahead_ns)) /
           1e9;
  }

  // Did the tool live until its monitor was stopped?
  void judge(const MonitorRun& run, const ToolSamples& samples, const ClockMatch& clocks) {
    const std::string cause = run.start.death.empty() ? "" : " (" + run.start.death + ")";
    if (run.file.empty()) {
      unknown_ = "the monitor left no file";
    } else if (samples.empty() && run.log.unusable_lines > 0) {
      unknown_ = "its monitor cannot be read";
    } else if (samples.empty()) {
      died_ = "its monitor holds no sample" + cause;
      draft_.warnings.add(warning_code::kMonitorEmpty, run.file, "no sample of the tool is in it");
    } else if (const auto silent = silent_s(run, samples, clocks); !silent) {
      unknown_ = "nothing says when its monitor was stopped";
    } else {
      const double interval_s = static_cast<double>(samples.moments().front().span_ns) / 1e9;
      if (*silent <= kLateIntervals * interval_s + kLateS) return;
      if (interval_s <= 0) {
        unknown_ = "its monitor holds one moment and does not say how often it looked";
      } else {
        died_ =
            fmt::format("its last sample is {:.0f} s older than the stop of its monitor{}", *silent, cause);
      }
    }
  }

  void finish_state() {
    result_.tool = !died_.empty()      ? ToolState::kDied
                   : !unknown_.empty() ? ToolState::kUnknown
                                       : ToolState::kAlive;
    result_.tool_evidence = !died_.empty()      ? died_
                            : !unknown_.empty() ? unknown_
                                                : "its monitor saw it until the monitor was stopped";
  }

  CaseDraft& draft_;
  AnalysedCase& result_;
  std::map<std::string, MonitorRun> runs_;     // by time
  std::map<std::string, MonitorStart> stamp_;  // by time
  std::string died_, unknown_, last_death_;
};

}  // namespace

void read_monitoring(CaseDraft& draft) {
  MonitoringReader(draft).read();
}

}  // namespace bpftax
