#include "analyze/tree.h"

#include <algorithm>

namespace bpftax {
namespace {

using WindowList = std::vector<const AnalysedWindow*>;

// Mean over the windows, absent unless all have it.
template <class Values>
std::optional<double> mean_of(const WindowList& windows, const Values& values,
                              std::optional<double> std::decay_t<decltype(values(*windows[0]))>::*member) {
  if (windows.empty()) return std::nullopt;
  double sum = 0;
  for (const AnalysedWindow* window : windows) {
    const std::optional<double>& value = values(*window).*member;
    if (!value) return std::nullopt;
    sum += *value;
  }
  return sum / static_cast<double>(windows.size());
}

template <class Choose>
std::optional<double> extreme_of(const WindowList& windows, std::optional<double> LatencyValues::*member,
                                 Choose&& choose) {
  std::optional<double> best;
  for (const AnalysedWindow* window : windows) {
    const std::optional<double>& value = window->latency.*member;
    if (!value) return std::nullopt;
    best = best ? choose(*best, *value) : *value;
  }
  return best;
}

TrafficValues mean_traffic(const WindowList& windows, TrafficValues AnalysedWindow::*side) {
  const auto values = [side](const AnalysedWindow& window) -> const TrafficValues& { return window.*side; };
  TrafficValues mean;
  for (const auto member :
       {&TrafficValues::gbps, &TrafficValues::pps, &TrafficValues::bytes, &TrafficValues::packets,
        &TrafficValues::lost_packets, &TrafficValues::lost_percent, &TrafficValues::retransmits,
        &TrafficValues::duration_s})
    mean.*member = mean_of(windows, values, member);
  return mean;
}

void keep_greatest(std::optional<double>& most, const std::optional<double>& value) {
  if (value && (!most || *value > *most)) most = value;
}

}  // namespace

std::string_view to_string(TimeBasis basis) {
  switch (basis) {
    case TimeBasis::kTimingLog:
      return "timing-log";
    case TimeBasis::kClientFile:
      return "client-file";
    case TimeBasis::kMetadata:
      return "metadata";
    case TimeBasis::kUnknown:
      break;
  }
  return "unknown";
}

std::string_view to_string(ToolState state) {
  switch (state) {
    case ToolState::kNone:
      return "none";
    case ToolState::kAlive:
      return "alive";
    case ToolState::kDied:
      return "died";
    case ToolState::kUnknown:
      break;
  }
  return "unknown";
}

std::string_view to_string(TreeKind kind) {
  switch (kind) {
    case TreeKind::kRunDirectory:
      return "run directory";
    case TreeKind::kIterations:
      return "iterations";
    case TreeKind::kIteration:
      return "iteration";
    case TreeKind::kBare:
      break;
  }
  return "bare";
}

LatencyValues WindowGroup::latency() const {
  const auto values = [](const AnalysedWindow& window) -> const LatencyValues& { return window.latency; };
  LatencyValues mean;
  for (const auto member : {&LatencyValues::mean_us, &LatencyValues::p50_us, &LatencyValues::p90_us,
                            &LatencyValues::p99_us, &LatencyValues::transactions_per_s})
    mean.*member = mean_of(windows, values, member);
  mean.min_us =
      extreme_of(windows, &LatencyValues::min_us, [](double a, double b) { return std::min(a, b); });
  mean.max_us =
      extreme_of(windows, &LatencyValues::max_us, [](double a, double b) { return std::max(a, b); });
  return mean;
}

TrafficValues WindowGroup::client() const {
  return mean_traffic(windows, &AnalysedWindow::client);
}

TrafficValues WindowGroup::server() const {
  return mean_traffic(windows, &AnalysedWindow::server);
}

std::optional<ResourceUse> WindowGroup::resources() const {
  ResourceUse all;
  double cpu = 0;
  int64_t with_cpu = 0;
  for (const AnalysedWindow* window : windows) {
    if (!window->resources) return std::nullopt;
    all.samples += window->resources->samples;
    keep_greatest(all.cpu_max_percent, window->resources->cpu_max_percent);
    keep_greatest(all.rss_max_kb, window->resources->rss_max_kb);
    keep_greatest(all.vsz_max_kb, window->resources->vsz_max_kb);
    if (!window->resources->cpu_avg_percent) continue;
    cpu += *window->resources->cpu_avg_percent;
    ++with_cpu;
  }
  if (windows.empty()) return std::nullopt;
  if (with_cpu > 0) all.cpu_avg_percent = cpu / static_cast<double>(with_cpu);
  return all;
}

WindowGroup find_windows(const AnalysedCase& of, std::string_view perf_type, std::string_view conn,
                         std::string_view protocol) {
  const bool multi = conn == "multi";
  int most = 1;
  for (const AnalysedWindow& window : of.windows) {
    if (multi && window.perf_type == perf_type && window.counts()) most = std::max(most, window.streams);
  }
  WindowGroup group;
  std::string_view wanted = protocol;
  for (const AnalysedWindow& window : of.windows) {
    if (window.perf_type != perf_type || !window.counts()) continue;
    if (multi ? window.streams < 2 || window.streams != most : window.conn != conn) continue;
    // A window without any value has no protocol: it is one of the kind that is asked for.
    if (!wanted.empty() && !window.protocol.empty() && window.protocol != wanted) continue;
    if (wanted.empty()) wanted = window.protocol;
    group.windows.push_back(&window);
  }
  return group;
}

std::vector<const AnalysisWarning*> all_warnings(const AnalysedTree& tree) {
  std::vector<const AnalysisWarning*> list;
  const auto add = [&](const std::vector<AnalysisWarning>& warnings) {
    for (const AnalysisWarning& warning : warnings) list.push_back(&warning);
  };
  add(tree.warnings);
  for (const AnalysedIteration& iteration : tree.iterations) {
    for (const AnalysedEnvironment& environment : iteration.environments) {
      if (environment.baseline) add(environment.baseline->warnings);
      for (const AnalysedCase& one : environment.cases) add(one.warnings);
    }
  }
  return list;
}

}  // namespace bpftax
