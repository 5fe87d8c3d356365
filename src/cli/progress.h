// Progress on stderr: one live line on a terminal; a plain line a step elsewhere (CI logs, pipes).
#pragma once

#include <cstdio>
#include <memory>
#include <string>

#include "cli/output.h"
#include "run/progress.h"

namespace bpftax {

// The live line for an event, without colour and not cut: "block 3/6..24  arm packet-count  tcp_rr  1.2/2.0 s
// ...". Pure, for tests.
std::string progress_line(const ProgressEvent& event);
// "packet-count tcp_rr latency_mean_us +4.1 % [2.0, 6.2]"; the widest known effect of an event's estimates.
std::string estimate_text(const ProgressEvent& event);

// nullptr-free: quiet gives a sink that says nothing.
std::unique_ptr<ProgressSink> make_progress(const CommonOptions& common, FILE* stream = stderr);

}  // namespace bpftax
