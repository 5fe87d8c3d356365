// What a window leaves behind beside the traffic generators' own output (formats.md section 4): metadata, the
// times of the clients, the samples of every host.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "run/raw_samples.h"
#include "run/session.h"
#include "run/window_runner.h"

namespace bpftax {

struct WindowFiles {
  const WindowRequest& request;
  const WindowRun& run;
  const std::string& time;
  const std::vector<ProcessSpec>& clients;
  const std::vector<ProcessHandle>& handles;
  const std::vector<std::optional<ExitStatus>>& ended;
  const std::map<Host*, ClockReading>&before, &after;
  const std::vector<HostSamples>& samples;
  const std::string &client_folder, &server_folder;
  bool hung = false;
};

// metadata_{time}.json on the client's and the tool's host, *_timing.log beside the clients' output, and the
// samples (write_raw_samples).
Result<void> write_window_files(Session& session, const WindowFiles& files);

// For the manifest: the metadata of a window, or of a start.
void announce_metadata(Session& session, const std::string& subject, const std::string& time);

// The metadata of a subject that did not become ready, so that its folder says why there is nothing more in
// it. Times are the controller's.
struct StartFailure {
  std::string time;  // of the start, in the names of its files
  int64_t began_realtime_ns = 0;
  std::string reason, last_words;
};
Result<void> write_start_failure(Session& session, int block, const PlannedSubject& planned,
                                 const StartFailure& failure);

// Columns: stream, event, UTC, the client's monotonic clock. steady_*_ns 0: not known.
std::string timing_text(const std::vector<ProcessHandle>& handles,
                        const std::vector<std::optional<ExitStatus>>& ended, int64_t steady_start_ns,
                        int64_t steady_end_ns, int64_t utc_offset_ns);

}  // namespace bpftax
