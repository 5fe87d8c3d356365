// The tool under test lived through everything that was measured. A tool that died early costs nothing, and a
// run that did not notice reports just that.
#include <fmt/format.h>

#include <algorithm>

#include "util/clock.h"
#include "util/strings.h"
#include "validate/checks.h"
#include "validate/monitoring_log.h"

namespace bpftax {
namespace {

constexpr const char* kMeasureCaseAgain =
    "do not use this case: find out why the tool ended, and measure it again";
constexpr double kLateIntervals = 3;  // the last sample may be that old when the monitor is stopped
constexpr double kLateS = 1;

std::string base_name(const TreeFile& file) {
  return file.path.substr(file.path.rfind('/') + 1);
}

const TreeFile* find_named(const std::vector<const TreeFile*>& files, const std::string& name) {
  const auto found =
      std::find_if(files.begin(), files.end(), [&](const TreeFile* f) { return base_name(*f) == name; });
  return found == files.end() ? nullptr : *found;
}

std::string clock_text(int64_t ns) {
  std::string text = format_iso8601(ns);
  return text.substr(11, 8);
}

// ---- ours: ebpf_monitoring/tool_cpu_usage_{ts}.log of each window ----

void check_window(const ResultTree& tree, const TreeFile& file, double duration_s, Findings& findings) {
  const auto text = tree.read(file.path, kMaxTextBytes);
  if (!text) return findings.fail(file.path, "it cannot be read", text.error().why);
  const MonitoringLog log = parse_monitoring_log(*text, true);
  if (log.times_ns.empty()) {
    return findings.fail(file.path, "the tool was not running: there is no sample of it in this window",
                         "the window shows the system without the tool", kMeasureCaseAgain);
  }
  const double covered_s =
      (static_cast<double>(log.times_ns.back()) - static_cast<double>(log.times_ns[0])) / 1e9;
  if (covered_s < kLeastSamples * duration_s) {
    findings.fail(file.path,
                  fmt::format("the tool was gone before the window's end: samples for {:.1f} s of {:.1f} s",
                              covered_s, duration_s),
                  "the rest of the window shows the system without the tool", kMeasureCaseAgain);
    return;
  }
  const auto column = std::find(log.columns.begin(), log.columns.end(), "processes");
  if (column == log.columns.end()) return;
  const auto index = static_cast<size_t>(column - log.columns.begin());
  const auto gone = [&](const std::vector<std::string>& row) { return row[index] == "0"; };
  const auto none = std::count_if(log.values.begin(), log.values.end(), gone);
  if (none == static_cast<long>(log.values.size())) {
    findings.warn(file.path, "no process of the tool was there in this window",
                  "right for a tool that loads its programs and ends; wrong for any other");
  } else if (none > 0) {
    findings.fail(file.path,
                  fmt::format("the tool had no process in {} of {} samples", none, log.values.size()),
                  "it ended, or was started again, in the window", kMeasureCaseAgain);
  }
}

void check_our_windows(const ResultTree& tree, const TreeCase& owner, Findings& findings) {
  for (const auto& [key, window] : owner.windows) {
    if (window.client.empty()) continue;
    const auto metadata = window_metadata(tree, owner, window.time);
    if (!metadata || metadata->status != "success" || !metadata->has_tool || !metadata->duration_s) continue;
    findings.examined();
    const TreeFile* log = find_named(owner.ebpf_monitoring, "tool_cpu_usage_" + window.time + ".log");
    if (log != nullptr) {
      check_window(tree, *log, *metadata->duration_s, findings);
    } else {
      findings.warn(metadata->file->path, "nothing says whether the tool lived through this window",
                    "its monitoring log is missing, or monitoring was off",
                    "fetch the host where the tool ran, or run with monitoring on");
    }
  }
}

// ---- the origin framework's: one pidstat log a case ----

// The line of the start log that tells how the tool ended; "" when there is none.
std::string cause_of_death(const ResultTree& tree, const TreeCase& owner, const std::string& time) {
  const TreeFile* log = find_named(owner.own, "ebpf_start_" + time + ".log");
  if (log == nullptr) return "";
  const auto text = tree.read(log->path, kMaxTextBytes);
  if (!text) return "";
  std::string cause;
  for (const std::string& line : text_lines(*text)) {
    const bool failed = line.find("FAILED") != std::string::npos;
    if (failed || (cause.empty() && line.find(" exited ") != std::string::npos)) cause = line;
    if (failed) break;
  }
  return cause.empty() ? "" : base_name(*log) + ": " + cause;
}

// "Monitor stop time: 2026-11-20 18:45:13.698343942" on the tool's own host.
std::optional<int64_t> monitor_stopped(const ResultTree& tree, const TreeCase& owner,
                                       const std::string& time) {
  const TreeFile* log = find_named(owner.ebpf_monitoring, "monitor_stop_" + time + ".log");
  const auto text = log == nullptr ? Result<std::string>(std::string()) : tree.read(log->path, kMaxTextBytes);
  if (!text) return std::nullopt;
  for (const std::string& line : text_lines(*text)) {
    const auto fields = split_blank(line);
    if (line.starts_with("Monitor stop time:") && fields.size() >= 5)
      return parse_log_time(fields[3], fields[4]);
  }
  return std::nullopt;
}

void check_resource_monitor(const ResultTree& tree, const TreeCase& owner, const TreeFile& file,
                            const std::string& time, Findings& findings) {
  findings.examined();
  const auto text = tree.read(file.path, kMaxTextBytes);
  if (!text) return findings.fail(file.path, "it cannot be read", text.error().why);
  const MonitoringLog log = parse_monitoring_log(*text);
  const std::string cause = cause_of_death(tree, owner, time);
  if (log.times_ns.empty()) {
    const bool completed = find_named(owner.own, "ebpf_case_complete_" + time + ".log") != nullptr;
    return findings.fail(
        file.path,
        fmt::format("the tool had died at its start{}: its monitor holds no sample",
                    completed ? ", though the run reports the case as completed" : ""),
        cause.empty() ? "every window of this case shows the system without the tool" : cause,
        kMeasureCaseAgain);
  }
  const double interval_s = log.interval_s().value_or(1);
  const auto stopped = monitor_stopped(tree, owner, time);
  if (!stopped) {
    findings.warn(file.path, "nothing says when the monitor was stopped",
                  "whether the tool lived until then cannot be told", "fetch the whole of ebpf_monitoring");
  } else {
    const double silent_s = (static_cast<double>(*stopped) - static_cast<double>(log.times_ns.back())) / 1e9;
    if (silent_s > kLateIntervals * interval_s + kLateS) {
      return findings.fail(
          file.path,
          fmt::format("the tool was gone before the end: its last sample is of {}, the monitor was "
                      "stopped at {}",
                      clock_text(log.times_ns.back()), clock_text(*stopped)),
          cause, kMeasureCaseAgain);
    }
  }
  const double span_s =
      (static_cast<double>(log.times_ns.back()) - static_cast<double>(log.times_ns[0])) / 1e9;
  const double due = span_s / interval_s;
  if (static_cast<double>(log.times_ns.size()) < kLeastSamples * due)
    findings.fail(
        file.path,
        fmt::format("{} samples, and {:.0f} are due: one each {:g} s", log.times_ns.size(), due, interval_s),
        "the monitor was late: peaks may have been missed", "measure the case again");
}

}  // namespace

void check_tools(const ResultTree& tree, Findings& findings) {
  constexpr std::string_view kMonitor = "ebpf_resource_monitor";
  for (const auto& [name, owner] : tree.cases()) {
    if (owner.baseline) continue;
    check_our_windows(tree, owner, findings);
    for (const TreeFile* file : owner.ebpf_monitoring) {
      const std::string file_name = base_name(*file);
      if (!file_name.ends_with(".log")) continue;
      const auto parts = split_time(std::string_view(file_name).substr(0, file_name.size() - 4));
      if (parts && parts->name == kMonitor) check_resource_monitor(tree, owner, *file, parts->time, findings);
    }
  }
}

}  // namespace bpftax
