// When each window was measured, on the client's clock in UTC. Logs in the client's local time are brought
// there by what iperf3 says of the same moment.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "analyze/case_draft.h"
#include "util/clock.h"

namespace bpftax {
namespace {

constexpr int64_t kZoneStepS = 900;
constexpr int64_t kLargestZoneS = 14 * 3600;
// iperf3 starts its test that much after the log's line at most, on a machine under load.
constexpr double kStartSlackS = 120;
constexpr double kMostDurationS = 31 * 86400.0;

// Local time minus UTC of the client; nullopt: the two times are not of one moment.
std::optional<int64_t> client_zone_s(int64_t local_ns, int64_t started_s) {
  const double difference_s = static_cast<double>(local_ns) / 1e9 - static_cast<double>(started_s);
  const double zone = std::round(difference_s / kZoneStepS) * kZoneStepS;
  if (std::abs(difference_s - zone) > kStartSlackS || std::abs(zone) > kLargestZoneS) return std::nullopt;
  return static_cast<int64_t>(zone);
}

class WindowTimes {
 public:
  explicit WindowTimes(CaseDraft& draft) : draft_(draft) {}

  void find() {
    add_copies();
    std::set<int64_t> zones;
    for (WindowDraft& window : draft_.windows) {
      for (WindowDraft::Times& times : window.times) check_zone(window, times, zones);
    }
    // For logs of which no generator tells the zone: that of the others, when they agree.
    if (zones.size() == 1) zone_s_ = *zones.begin();
    for (WindowDraft& window : draft_.windows) set(window);
  }

 private:
  // Timing logs that are missing on the client may have a copy beside the tool's monitor.
  void add_copies() {
    std::set<std::pair<std::string, std::string>> kinds, repeated;
    bool missing = false;
    for (const WindowDraft& window : draft_.windows) {
      if (!kinds.insert({window.window.perf_type, window.window.conn}).second)
        repeated.insert({window.window.perf_type, window.window.conn});
      for (const WindowDraft::Times& times : window.times)
        missing |= !times.log && window.window.perf_type != "latency";
    }
    if (!missing || !draft_.metadata.empty()) return;
    const auto copies = read_copies();
    for (WindowDraft& window : draft_.windows) {
      // Which of several windows of a kind a copy is about is not said.
      if (repeated.count({window.window.perf_type, window.window.conn}) > 0) continue;
      for (WindowDraft::Times& times : window.times) {
        const auto found = copies.find(times.name);
        if (times.log || found == copies.end() || found->second.streams.empty()) continue;
        times.log = found->second.streams.front();
        times.end_is_process = found->second.end_is_process;
      }
    }
  }

  std::map<std::string, TimingLog> read_copies() {
    for (const ListedSide* side : draft_.servers_first()) {
      if (!side->has_folder("ebpf_monitoring")) continue;
      const auto folder = draft_.tools.access.open(side->side.folder, "ebpf_monitoring", draft_.warnings);
      if (!folder) continue;
      for (const FolderEntry& entry : draft_.tools.access.list(*folder, draft_.warnings)) {
        if (entry.kind != EntryKind::kFile || !entry.name.starts_with("time_range_statistics")) continue;
        const auto text = draft_.tools.access.read(*folder, entry.name, draft_.warnings);
        if (text) return parse_time_range_statistics(*text);
      }
    }
    return {};
  }

  void check_zone(const WindowDraft& window, WindowDraft::Times& times, std::set<int64_t>& zones) {
    if (!times.log || times.utc || !times.log->begin_ns || !times.started_s) return;
    const auto zone = client_zone_s(*times.log->begin_ns, *times.started_s);
    if (zone) {
      zones.insert(*zone);
      return;
    }
    draft_.warnings.add(
        warning_code::kTimesContradict, window.window.folder,
        "the timing log and iperf3's own time stamp are not of the same moment in any time zone: the "
        "log is not used");
    times.log.reset();
  }

  void set(WindowDraft& draft) {
    AnalysedWindow& window = draft.window;
    bool to_the_second = false;
    for (size_t i = 0; i < draft.times.size(); ++i) {
      const WindowDraft::Times& times = draft.times[i];
      TrafficStream* stream = i < window.each.size() ? &window.each[i] : nullptr;
      std::optional<int64_t> begin, end;
      from_log(times, begin, end);
      if (!begin && times.started_s) {
        begin = *times.started_s * kNsPerS;
        to_the_second = true;
      }
      if (begin) *begin += static_cast<int64_t>(times.omitted_s * 1e9);
      if (begin && stream != nullptr && (!end || times.end_is_process)) {
        const auto& took = stream->client.duration_s ? stream->client.duration_s : stream->server.duration_s;
        if (took && *took < kMostDurationS) end = *begin + static_cast<int64_t>(*took * 1e9);
      }
      if (!begin || !end || *begin < 0 || *end > kLatestNs || *end < *begin) continue;
      if (stream != nullptr) {
        stream->begin_ns = begin;
        stream->end_ns = end;
      }
      window.begin_ns = std::min(window.begin_ns.value_or(*begin), *begin);
      window.end_ns = std::max(window.end_ns.value_or(*end), *end);
    }
    if (window.begin_ns) window.basis = to_the_second ? TimeBasis::kClientFile : TimeBasis::kTimingLog;
    const auto metadata = draft_.metadata.find(window.time);
    if (!window.begin_ns && metadata != draft_.metadata.end() && metadata->second.begin_ns &&
        metadata->second.end_ns && *metadata->second.begin_ns <= *metadata->second.end_ns) {
      window.begin_ns = metadata->second.begin_ns;
      window.end_ns = metadata->second.end_ns;
      window.basis = TimeBasis::kMetadata;
    }
    // The origin framework writes no times of latency windows: nothing is missing.
    if (!window.begin_ns && window.perf_type != "latency" && !draft.no_client)
      draft_.warnings.add(warning_code::kTimesUnknown, window.folder,
                          "when it was measured is not known: no samples of the tool can be given to it");
  }

  void from_log(const WindowDraft::Times& times, std::optional<int64_t>& begin,
                std::optional<int64_t>& end) const {
    if (!times.log) return;
    int64_t ahead_ns = 0;
    if (!times.utc) {
      const auto own = times.started_s && times.log->begin_ns
                           ? client_zone_s(*times.log->begin_ns, *times.started_s)
                           : std::nullopt;
      const auto zone = own ? own : zone_s_;
      if (!zone) return;
      ahead_ns = *zone * kNsPerS;
    }
    if (times.log->begin_ns) begin = *times.log->begin_ns - ahead_ns;
    if (times.log->end_ns) end = *times.log->end_ns - ahead_ns;
  }

  CaseDraft& draft_;
  std::optional<int64_t> zone_s_;
};

}  // namespace

void find_times(CaseDraft& draft) {
  WindowTimes(draft).find();
}

}  // namespace bpftax
