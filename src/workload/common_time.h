// When did all of N streams run? Each stream is one process with its own clock, which starts at 0 when the
// process begins its test. Pure functions.
//
// How streams are aligned. Known, on the host's monotonic clock, are the release of each process (before
// exec) and its end; from its report, how long its test lasted. The test lay somewhere between the two:
//
//     released <= origin <= ended - duration
//
// The width of that range (`slack`: starting, connecting, exchanging results) is 5 to 30 ms on an idle
// machine. The common time is taken from the far ends of these ranges: it begins at the latest possible
// origin of any stream and ends at the earliest possible end of any, so all streams certainly ran during all
// of it. To cut a stream's intervals its origin is taken to be the middle of its range, so a cut is wrong by
// at most slack/2. A stream with a constant rate loses nothing by that; one whose rate changes by the share c
// over the window is wrong by at most c * slack / (2 * window), 0.5 % for c = 50 %, slack 40 ms and a window
// of 2 s, and the errors at both cuts cancel where the rate is the same.
#pragma once

#include <cstdint>
#include <vector>

#include "util/result.h"
#include "workload/iperf3_json.h"

namespace bpftax {

// Less than this share of the asked duration makes a window INVALID (method.md section 2).
inline constexpr double kLeastShare = 0.95;

struct StreamClock {
  int64_t released_ns = 0;  // ProcessHandle::started_ns
  int64_t ended_ns = 0;     // ExitStatus::ended_ns
  double duration_s = 0;    // of the test, by its own report
  double slack_s() const { return static_cast<double>(ended_ns - released_ns) * 1e-9 - duration_s; }
  // Best estimate of the origin of the stream's own clock, in the middle of what is possible.
  double origin_ns() const { return static_cast<double>(released_ns) + slack_s() / 2 * 1e9; }
};

struct CommonTime {
  int64_t start_ns = 0, end_ns = 0;  // the measured part: the last window_s of the time in which all ran
  double omitted_s = 0;              // of the common time, before it
  double max_slack_s = 0;            // of all streams: what is known about a cut is half of it
  double seconds() const { return static_cast<double>(end_ns - start_ns) * 1e-9; }
};

// kWorkload when less than 95 % of window_s is left after at least half of omit_s, or the clocks contradict
// each other.
Result<CommonTime> common_time(const std::vector<StreamClock>& streams, double window_s, double omit_s);

struct Amount {
  double bytes = 0, packets = 0, lost = 0;
};
// What a stream received in the common time: whole intervals, and shares of those at the two cuts.
Amount amount_between(const std::vector<Iperf3Interval>& intervals, const StreamClock& stream,
                      const CommonTime& time);

}  // namespace bpftax
