#include "workload/common_time.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace bpftax {
namespace {

constexpr double kLeastOmit = 0.5;         // of the asked omit: the skew of the streams may eat the rest
constexpr double kClockTolerance = 0.005;  // a test cannot last longer than its process, but for rounding

}  // namespace

Result<CommonTime> common_time(const std::vector<StreamClock>& streams, double window_s, double omit_s) {
  if (streams.empty()) return fail(ErrorKind::kWorkload, "no stream ran");
  CommonTime time;
  double start_ns = 0;
  double end_ns = 0;
  for (size_t i = 0; i < streams.size(); ++i) {
    const StreamClock& stream = streams[i];
    const double slack_s = stream.slack_s();
    if (slack_s < -kClockTolerance) {
      return fail(ErrorKind::kWorkload, "the times of a stream contradict each other",
                  fmt::format("stream {} of {}", i + 1, streams.size()),
                  fmt::format("its test lasted {:.3f} s by its report, its process {:.3f} s",
                              stream.duration_s, stream.duration_s + slack_s));
    }
    const double latest_origin_ns = static_cast<double>(stream.ended_ns) - stream.duration_s * 1e9;
    const double earliest_end_ns = static_cast<double>(stream.released_ns) + stream.duration_s * 1e9;
    start_ns = i == 0 ? latest_origin_ns : std::max(start_ns, latest_origin_ns);
    end_ns = i == 0 ? earliest_end_ns : std::min(end_ns, earliest_end_ns);
    time.max_slack_s = std::max(time.max_slack_s, slack_s);
  }
  const double common_s = (end_ns - start_ns) * 1e-9;
  time.omitted_s = std::max(common_s - window_s, kLeastOmit * omit_s);
  const double measured_s = common_s - time.omitted_s;
  if (measured_s < kLeastShare * window_s) {
    return fail(
        ErrorKind::kWorkload, "the streams did not run together long enough",
        fmt::format("{} streams", streams.size()),
        fmt::format("{:.3f} s of the asked {:.3f} s are left, at least 95 % are needed; starting and ending "
                    "took up to {:.3f} s a stream",
                    std::max(measured_s, 0.0), window_s, time.max_slack_s));
  }
  time.start_ns = static_cast<int64_t>(std::llround(end_ns - measured_s * 1e9));
  time.end_ns = static_cast<int64_t>(std::llround(end_ns));
  return time;
}

Amount amount_between(const std::vector<Iperf3Interval>& intervals, const StreamClock& stream,
                      const CommonTime& time) {
  const double from_s = (static_cast<double>(time.start_ns) - stream.origin_ns()) * 1e-9;
  const double to_s = (static_cast<double>(time.end_ns) - stream.origin_ns()) * 1e-9;
  Amount amount;
  for (const Iperf3Interval& interval : intervals) {
    const double overlap_s = std::min(interval.end_s, to_s) - std::max(interval.start_s, from_s);
    const double length_s = interval.end_s - interval.start_s;
    if (overlap_s <= 0 || length_s <= 0) continue;
    const double share = overlap_s / length_s;
    amount.bytes += share * interval.bytes;
    amount.packets += share * interval.packets;
    amount.lost += share * interval.lost;
  }
  return amount;
}

}  // namespace bpftax
