// The codes of AnalysisWarning: what users, scripts and CI go by. Adding is free, renaming is not.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "analyze/tree.h"

namespace bpftax::warning_code {

// Files and folders.
inline constexpr std::string_view kFolderUnreadable = "folder-unreadable";
inline constexpr std::string_view kFileUnreadable = "file-unreadable";
inline constexpr std::string_view kFileTooLong = "file-too-long";
inline constexpr std::string_view kFileEmpty = "file-empty";
inline constexpr std::string_view kFileGarbage = "file-garbage";  // not what its name says, or cut
inline constexpr std::string_view kNameRefused = "name-refused";
inline constexpr std::string_view kLinkSkipped = "link-skipped";
inline constexpr std::string_view kFolderUnknown = "folder-unknown";
inline constexpr std::string_view kSideTwice = "side-twice";  // the same folder on two hosts
// Windows.
inline constexpr std::string_view kBaselineMissing = "baseline-missing";
inline constexpr std::string_view kWindowMissing = "window-missing";    // the baseline has it, the case not
inline constexpr std::string_view kWindowRepeated = "window-repeated";  // more than one of a kind, in no plan
inline constexpr std::string_view kWindowNotUsed = "window-not-used";   // ours: failed, timed out, invalid
inline constexpr std::string_view kClientMissing = "client-missing";    // only the server's folder is there
inline constexpr std::string_view kStreamMissing = "stream-missing";    // no file of this stream
inline constexpr std::string_view kStreamTwice = "stream-twice";        // two files of one stream
inline constexpr std::string_view kStreamsIncomplete = "streams-incomplete";  // so there is no sum
inline constexpr std::string_view kGeneratorError = "generator-error";  // iperf3's or netperf's own words
inline constexpr std::string_view kValueMissing = "value-missing";
inline constexpr std::string_view kValueImpossible = "value-impossible";  // negative, NaN, contradictory
inline constexpr std::string_view kWindowShort = "window-short";          // below 95 % of what was asked for
// Times and monitoring.
inline constexpr std::string_view kTimesUnknown = "times-unknown";
inline constexpr std::string_view kTimesContradict = "times-contradict";
inline constexpr std::string_view kMonitorMissing = "monitor-missing";
inline constexpr std::string_view kMonitorEmpty = "monitor-empty";
inline constexpr std::string_view kMonitorLines = "monitor-lines";  // some lines of it cannot be used
inline constexpr std::string_view kMonitorZoneUnknown = "monitor-zone-unknown";
inline constexpr std::string_view kClockOffsetUnknown = "clock-offset-unknown";
inline constexpr std::string_view kClockOffsetEstimated = "clock-offset-estimated";
inline constexpr std::string_view kNoSampleInWindow = "no-sample-in-window";
inline constexpr std::string_view kToolDied = "tool-died";
inline constexpr std::string_view kRawMissing = "raw-results-missing";  // beside a result of ours
inline constexpr std::string_view kMoreWarnings = "more-warnings";

}  // namespace bpftax::warning_code

namespace bpftax {

// Collects the warnings of one case: the first `most` of them, and how many more there were. Texts are made
// printable here, so that callers may put foreign words into them.
class WarningSink {
 public:
  explicit WarningSink(size_t most) : most_(most) {}
  void add(std::string_view code, std::string_view file, std::string_view text);
  std::vector<AnalysisWarning> take();

 private:
  size_t most_;
  int64_t dropped_ = 0;
  std::vector<AnalysisWarning> warnings_;
};

}  // namespace bpftax
