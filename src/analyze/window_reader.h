// One window from its client folder: the generators' files and the timing logs.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "analyze/folder_access.h"
#include "analyze/iperf3_values.h"
#include "analyze/latency_text.h"
#include "analyze/timing_log.h"
#include "analyze/tree.h"

namespace bpftax {

// A thread's buffers.
struct ReadTools {
  FolderAccess& access;
  Iperf3Reader& iperf3;
};

// A window, and what is needed to finish it once the whole case has been read.
struct WindowDraft {
  AnalysedWindow window;
  // For each stream (one for latency): its times as read.
  struct Times {
    std::optional<StreamTiming> log;
    bool utc = false, end_is_process = false;
    std::optional<int64_t> started_s;  // the generator's own, UTC
    double omitted_s = 0;
    std::string name;  // of the timing log without "_timing.log", as in time_range_statistics
  };
  std::vector<Times> times;
  bool no_client = false;  // only the server's folder is there
};

// The folder {perf_type}/{conn}_{time} with its client's files.
WindowDraft read_client_window(const Folder& folder, const std::string& perf_type, const std::string& conn,
                               const std::string& time, ReadTools& tools, WarningSink& warnings);

// Where a stream does not know what was received: the server's own report, when its log is JSON. `folder` is
// the server's folder of the same window.
void read_server_window(const Folder& folder, WindowDraft& draft, ReadTools& tools, WarningSink& warnings);

// Totals over the streams, once all are read.
void sum_streams(AnalysedWindow& window, WarningSink& warnings);

}  // namespace bpftax
