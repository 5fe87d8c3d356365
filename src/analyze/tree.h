// What the analysis knows of a tree of results, whoever wrote it: our run directories, fetched iterations,
// the origin framework's trees (formats.md sections 4 and 6). Plain data; read_analysed_tree() in reader.h
// fills it.
//
// Every measured value is optional. Absent means unknown: not written, not readable, or not to be trusted;
// the warning that says why stands in `warnings` of the case (or of the tree, where no case can be named).
//
// Units: times are nanoseconds since 1970 UTC by the client's clock; rates are Gbit/s (1e9 bits) and 1/s;
// latencies microseconds; CPU percent of one CPU (two busy CPUs: 200); memory KiB ("KB" in the origin's
// columns).
//
// Names (tool, environment, folder) and texts of warnings come from outside: they are valid UTF-8 without
// control characters (others are refused with a warning), but may hold anything else, <script> and commas
// too.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bpftax {

// ---- warnings ----

// Codes are stable names, "stream-missing"; the list stands in warning_codes.h.
struct AnalysisWarning {
  std::string code;
  std::string file;  // below the analysed folder; a folder or "" where no file can be named
  std::string text;  // one line, printable
};

// ---- one window: one run of one workload ----

struct LatencyValues {  // microseconds, round trip
  std::optional<double> min_us, mean_us, p50_us, p90_us, p99_us, max_us;
  std::optional<double> transactions_per_s;
};

// One stream (one generator process), or all of them together. A total has a value only when every stream of
// the window has it.
struct TrafficValues {
  std::optional<double> gbps;
  // Packets a second where the traffic is UDP. With TCP, writes a second: bits/(8*blksize), what the origin
  // framework calls PPS; TrafficWindow::pps_is_packets tells which.
  std::optional<double> pps;
  std::optional<double> bytes, packets, lost_packets;  // packets, lost: UDP only
  std::optional<double> lost_percent;                  // 100 * lost / packets
  std::optional<double> retransmits;                   // TCP only, sender
  std::optional<double> duration_s;                    // of a total: the longest stream
};

struct TrafficStream {
  int index = 0;      // 1..N
  int port = 0;       // 0: unknown
  std::string file;   // the client's, below the analysed folder; "" when it is missing
  std::string fault;  // why it gives no value; "" when it does
  TrafficValues client, server;
  std::optional<int64_t> begin_ns, end_ns;
};

// How the window's times are known.
enum class TimeBasis {
  kUnknown,
  kTimingLog,   // *_timing.log: to the millisecond
  kClientFile,  // the generator's own time stamp: to the second
  kMetadata,    // our metadata: includes starting and stopping
};
std::string_view to_string(TimeBasis basis);  // "unknown", "timing-log", "client-file", "metadata"

// What the tool used between begin and end of a window, from the samples that belong to that time. A sample
// speaks for the interval that ends with it (pidstat's stated interval, else the usual distance; ours: from
// the sample before); it belongs to the window in which the middle of that interval lies. The average is
// weighted by the intervals.
struct ResourceUse {
  std::optional<double> cpu_avg_percent, cpu_max_percent;  // all processes of the tool together
  std::optional<double> rss_max_kb, vsz_max_kb;
  int64_t samples = 0;  // moments, not lines
};

struct AnalysedWindow {
  std::string perf_type;  // "latency", "throughput", "pps"
  std::string conn;       // "single", "multi_4", "tcp_rr", "udp_rr"
  std::string time;       // "20261120_184457": with which its folder is named
  std::string protocol;   // "tcp", "udp": what the generator says it used; "" = unknown
  int streams = 1;        // N of multi_N
  std::string
      folder;  // the client's, or the server's when the client's is missing; below the analysed folder
  // Ours, from metadata_{ts}.json; empty in other trees.
  std::string workload;  // "tcp_stream_4"
  std::string purpose;   // "timed", "warmup", "attribution"
  std::string status;    // "success", "failed", "timeout", "invalid"
  int block = 0;

  LatencyValues latency;            // perf_type "latency" only
  TrafficValues client, server;     // totals: what was sent; what was received
  bool pps_is_packets = false;      // TrafficValues::pps counts packets
  std::vector<TrafficStream> each;  // throughput and pps: N entries, missing ones included
  std::optional<int64_t> blksize;   // bytes of one write or datagram

  std::optional<int64_t> begin_ns, end_ns;  // first stream's begin, last stream's end
  TimeBasis basis = TimeBasis::kUnknown;
  std::optional<ResourceUse> resources;   // absent: no monitor, or its clock cannot be matched
  std::optional<double> log_bytes_per_s;  // growth of the tool's output in the window

  // Whether results are made of it: it was timed and succeeded. Always true for trees that carry no metadata.
  bool counts() const {
    return (status.empty() || status == "success") && (purpose.empty() || purpose == "timed");
  }
};

// ---- one case, or the baseline, of one environment ----

struct CaseKey {
  std::string tool_id;  // = topic: the part of the folder's name before "_case_"; "" for a baseline
  int case_id = 0;
  std::string protocol, direction;  // "tcp", "rx"; "" when the folder's name does not carry them
  std::string hash6;
  std::string folder;  // "pktcount_case_1_tcp_rx_9d5e19"; "baseline"
};

enum class ToolState {
  kNone,     // a baseline
  kAlive,    // its monitor saw it until the last window ended
  kDied,     // it was gone at its start, or before the last window ended
  kUnknown,  // nothing tells
};
std::string_view to_string(ToolState state);  // "none", "alive", "died", "unknown"

// How the monitor's times were brought to the client's clock.
struct MonitorClock {
  enum class Zone {
    kUnknown,
    kEpoch,   // the monitor writes seconds since 1970, or UTC as such
    kStated,  // from the start time that it gives both as local time and as seconds since 1970
    kOrder,   // the only quarter of an hour for which events are in their order (see clock_match.h)
  };
  Zone zone = Zone::kUnknown;
  std::optional<int64_t> utc_offset_s;  // 28800 = UTC+08:00; absent when unknown
  std::optional<int64_t>
      host_offset_ns;  // monitor's host minus client's, after the zone; absent when unknown
  std::optional<int64_t> host_offset_error_ns;  // half the width of what is possible
  std::string text;  // one line for people: how zone and offset were found, or why they were not
};

// Over the whole monitoring of a case.
struct ResourceTotals {
  ResourceUse use;                        // all samples, between windows too
  std::optional<double> log_size_bytes;   // the tool's output at its largest
  std::optional<double> log_bytes_per_s;  // from the first sample to the last
  MonitorClock clock;
};

struct AnalysedCase {
  CaseKey key;
  std::string environment;                  // "host", "vm", or any other name
  std::vector<AnalysedWindow> windows;      // by perf_type, conn, time
  std::optional<ResourceTotals> resources;  // absent for a baseline, and where nothing was monitored
  ToolState tool = ToolState::kNone;
  std::string tool_evidence;  // one line: what says so; "" for a baseline
  std::string command;        // the tool's; "" = unknown
  std::vector<AnalysisWarning> warnings;

  bool baseline() const { return key.tool_id.empty(); }
};

struct AnalysedEnvironment {
  std::string name;
  std::optional<AnalysedCase> baseline;  // the one to compare this environment's cases with, and no other
  std::vector<AnalysedCase> cases;       // by tool_id, case_id, folder
};

struct AnalysedIteration {
  std::string name;  // "iteration_001"; the run directory's or folder's own name where there is only one
  std::string root;  // below the analysed folder; "" = the folder itself
  std::vector<std::string>
      hosts;  // names of the folders of hosts: "host-client", "host-server"; may be empty
  std::vector<AnalysedEnvironment> environments;  // by name
};

enum class TreeKind { kRunDirectory, kIterations, kIteration, kBare };
std::string_view to_string(TreeKind kind);  // "run directory", "iterations", "iteration", "bare"

struct AnalysedTree {
  std::string folder;  // as given
  TreeKind kind = TreeKind::kBare;
  std::vector<AnalysedIteration> iterations;  // by name; at least one
  std::vector<AnalysisWarning> warnings;      // that belong to no case
  int64_t files_read = 0, bytes_read = 0;
};

// ---- looking things up ----

// All windows of one kind that count: several blocks of ours, usually one of the origin's. protocol "" takes
// any; then the protocol of the first that counts. conn "multi" takes the multi_N with the most streams.
struct WindowGroup {
  std::vector<const AnalysedWindow*> windows;
  bool empty() const { return windows.empty(); }
  int streams() const { return windows.empty() ? 0 : windows.front()->streams; }
  // Means over the windows; min_us is the least, max_us the greatest. A value is absent unless every window
  // has it. samples and durations are added up, maxima are maxima.
  LatencyValues latency() const;
  TrafficValues client() const, server() const;
  std::optional<ResourceUse> resources() const;
  bool pps_is_packets() const { return !windows.empty() && windows.front()->pps_is_packets; }
};
WindowGroup find_windows(const AnalysedCase& of, std::string_view perf_type, std::string_view conn,
                         std::string_view protocol = {});

// All warnings, those of the tree first, then by iteration, environment and case.
std::vector<const AnalysisWarning*> all_warnings(const AnalysedTree& tree);

}  // namespace bpftax
