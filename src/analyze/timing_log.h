// When a stream ran, as *_timing.log says it. Two shapes: the origin framework's (local time of the client,
// no zone), and ours (a line an event, UTC and the client's monotonic clock).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bpftax {

// The most that a monotonic clock shows, and that two of them are apart: 50 years. A time that is moved by
// such a distance stays an int64_t; larger ones in a file are no times.
inline constexpr int64_t kMostMonotonicNs = 1'577'836'800'000'000'000;

struct StreamTiming {
  int index = 0;  // 1..N of ours; 0: the whole file is about one stream
  // Of the traffic itself: the origin's launch (or start), our measured part.
  std::optional<int64_t> begin_ns, end_ns;
  std::optional<int64_t> begin_monotonic_ns, end_monotonic_ns;  // ours
};

struct TimingLog {
  bool utc = false;  // begin and end are; otherwise the client's local time taken as UTC
  // The origin's end is that of the whole process, with the exchange of results and waiting for the others.
  bool end_is_process = false;
  std::vector<StreamTiming> streams;
  std::string fault;  // nothing of it can be used
};
TimingLog parse_timing(std::string_view text);

// The origin's time_range_statistics: copies of the client's timing logs, by the names of these files without
// "_timing.log": "pps_multi_stream_2_port_5002". A name that is there twice is left out: which run it is
// about cannot be told.
std::map<std::string, TimingLog> parse_time_range_statistics(std::string_view text);

}  // namespace bpftax
