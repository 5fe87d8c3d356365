// Monitoring logs: rows that can be read, time that goes forward, and samples throughout.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "validate/checks.h"
#include "validate/monitoring_log.h"

namespace bpftax {
namespace {

// "cpu_20261120_184329.log". What custom monitors write beside them has a form that only their authors know.
bool holds_samples(const std::string& name) {
  static constexpr std::array<std::string_view, 10> kLogs = {"cpu",
                                                             "memory",
                                                             "disk_io",
                                                             "network",
                                                             "psi",
                                                             "tool_cpu_usage",
                                                             "tool_memory",
                                                             "tool_logsize",
                                                             "ebpf_resource_monitor",
                                                             "ebpf_logsize_monitor"};
  if (!name.ends_with(".log")) return false;
  const auto parts = split_time(std::string_view(name).substr(0, name.size() - 4));
  return parts && std::find(kLogs.begin(), kLogs.end(), parts->name) != kLogs.end();
}

void check_log(const ResultTree& tree, const TreeCase& owner, const TreeFile& file, const std::string& name,
               Findings& findings) {
  const auto text = tree.read(file.path, kMaxTextBytes);
  if (!text) return findings.fail(file.path, "it cannot be read", text.error().why);
  findings.examined();
  const MonitoringLog log = parse_monitoring_log(*text);
  if (log.first_backwards) {
    findings.fail(file.path, fmt::format("time goes backwards in line {}", *log.first_backwards),
                  log.monotonic ? "a monotonic clock cannot: the file was put together from two"
                                : "the host's clock was set back during the run",
                  "samples cannot be matched with windows: measure the case again");
  }
  if (log.unusable_lines > 0) {
    findings.fail(file.path,
                  fmt::format("{} lines cannot be read, the first is line {}", log.unusable_lines,
                              log.first_unusable.value_or(0)),
                  "the file was cut or holds something else", "fetch it again");
  }
  // Ours: a log a window. The origin's: a log a case, which check_tools looks at.
  const auto time = split_time(std::string_view(name).substr(0, name.size() - 4));
  const auto metadata = time ? window_metadata(tree, owner, time->time) : std::nullopt;
  if (!metadata || metadata->status != "success" || !metadata->duration_s) return;
  const auto samples = static_cast<double>(log.times_ns.size());
  const auto interval_s = log.interval_s();
  if (!interval_s) {
    if (*metadata->duration_s > 2)
      findings.fail(file.path,
                    fmt::format("{} samples of a window of {:.1f} s", samples, *metadata->duration_s));
    return;
  }
  const double expected = *metadata->duration_s / *interval_s;
  if (samples < kLeastSamples * expected)
    findings.fail(file.path,
                  fmt::format("{} samples, and {:.0f} are due: one each {:.2g} s for {:.1f} s", samples,
                              expected, *interval_s, *metadata->duration_s),
                  "the monitor was late or stopped before the window's end", "measure the case again");
}

}  // namespace

void check_monitoring(const ResultTree& tree, Findings& findings) {
  for (const auto& [case_name, owner] : tree.cases()) {
    for (const auto* files : {&owner.monitoring, &owner.ebpf_monitoring}) {
      for (const TreeFile* file : *files) {
        const std::string name = file->path.substr(file->path.rfind('/') + 1);
        if (holds_samples(name)) check_log(tree, owner, *file, name, findings);
      }
    }
  }
}

}  // namespace bpftax
