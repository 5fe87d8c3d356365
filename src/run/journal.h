// journal.jsonl: what happened, append-only, one JSON record a line, on disk before the next step begins. It
// is the source of truth: the state of a run is nothing but the records applied in order (run/state.h), live
// and on resume.
//
// Each record is {"type": ..., "at_ns": controller's CLOCK_REALTIME, ...}. A last line that was cut by a
// crash is dropped; a broken line anywhere else is an error. docs/design/0006-engine-and-journal.md describes
// each record.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "result/model.h"
#include "sample/types.h"
#include "util/files.h"
#include "util/json.h"
#include "util/result.h"

namespace bpftax {

// What failed, in every error of reading a journal.
inline constexpr const char* kReadingJournal = "cannot read the journal";

// First line: which plan this journal belongs to.
struct RunRecord {
  std::string run_id, plan_sha256, tool_version;
};

// Each start and each resume of the controller.
struct SessionRecord {
  int number = 1;
  std::string boot_id;  // of all hosts of the environment; a block is not continued across a reboot
  std::string tool_version;
};

// A program as the journal keeps it; runs, run_ns and recursion_misses are differences over an attribution
// window.
struct ProgramRecord {
  int64_t id = 0;
  std::string name, type, attach;
  std::optional<int64_t> verified_insns, jited_bytes;
  int64_t runs = 0, run_ns = 0, recursion_misses = 0;
};

// A subject became ready.
struct ArmStartRecord {
  int block = 0;  // kAttributionBlock in the attribution phase
  std::string arm;
  double ready_ms = 0;
  bool detached = false;
  std::vector<ProgramRecord> programs;
  std::vector<ResultMap> maps;
};
inline constexpr int kAttributionBlock = -1;

struct WindowRecord {
  ResultWindow window;
  double units_per_s = 0;  // units of work in the steady part; 0 when not valid
  std::string unit_name;
  int64_t steady_start_ns = 0, steady_end_ns = 0;  // CLOCK_MONOTONIC of the server's host
  std::vector<std::string> files;                  // raw output, on the client's host
  std::vector<std::string> warnings;               // the workload's own remarks
};

struct ArmEndRecord {
  int block = 0;
  std::string arm;
  std::string ended_by;  // "SIGINT", ..., "" when it had ended before
  std::string status;    // "exit code 0"
  int64_t took_ms = 0;
  int64_t output_bytes = 0;
  bool output_cut = false;
  int64_t lost_events = 0;
  std::vector<std::string> left_behind;
};

// A subject did not do what it must: never ready, ended, lost its programs.
struct FailureRecord {
  int block = 0;
  std::string arm;
  // "start" | "window" | "init": its tool_init hook, which takes it out at once
  std::string phase;
  std::string reason, last_words;
};

struct BlockEndRecord {
  int block = 0;
  bool valid = false;
  bool interrupted = false;  // dropped only because the run was interrupted in it for too long
  std::string reason;        // when not valid
  std::string culprit;       // arm, when not valid; empty when interrupted
};

// One window with run-time statistics on.
struct AttributionRecord {
  WindowRecord window;
  double counted_s = 0;  // between the first and the last reading of the counters
  std::vector<ProgramRecord> programs;
  std::vector<ResultMap> maps;
};

// Whether somebody else's run-time statistics were on: before and after the blocks of each session.
struct StatsUseRecord {
  bool active = false;
  std::string by;
};

struct StatsCostRecord {
  double off_ns = 0, on_ns = 0;
};

// What entering a hook costs on the host where the subjects run.
struct EntryCostRecord {
  std::string hook;
  std::optional<EntryCost> cost;
  std::string reason;  // why there is none
};

// A part of attribution for which the time budget had no room.
struct LeftOutRecord {
  std::string what;  // "a start of NAME"
};

// The blocks are over; attribution may follow.
struct MeasuredRecord {
  std::string reason;  // a sentence
};

// Files that are about to be written, below the results folder of each host: what the manifest is made of.
// Before they are written, so that a run that was killed knows of its half-written ones.
struct FilesRecord {
  std::map<std::string, std::vector<std::string>> files;  // host's name -> paths
};

// The host's CLOCK_MONOTONIC minus the controller's; the truth lies within +- error_ns.
struct HostOffset {
  std::string host;
  int64_t offset_ns = 0, error_ns = 0;
};
struct ClockOffsetsRecord {
  int block = 0;
  std::string arm;
  std::vector<HostOffset> offsets;
};

// One task of a hook on one host, or a custom monitor that failed (level "monitor").
struct HookRecord {
  std::string level, name, host;
  int block = 0;              // of the arm; 0 for the levels above it
  std::string arm, workload;  // "" for the levels above them
  bool ok = false;
  bool required = true;  // a failure makes its arm fail (on_error: fail)
  std::string why;       // when not ok
  int64_t took_ms = 0;
};

using RecordBody =
    std::variant<RunRecord, SessionRecord, ArmStartRecord, WindowRecord, ArmEndRecord, FailureRecord,
                 BlockEndRecord, AttributionRecord, StatsUseRecord, StatsCostRecord, EntryCostRecord,
                 LeftOutRecord, MeasuredRecord, FilesRecord, ClockOffsetsRecord, HookRecord>;
struct JournalRecord {
  int64_t at_ns = 0;
  RecordBody body;
};

Json to_json(const JournalRecord& record);
Result<JournalRecord> journal_record_from_json(const Json& json);

struct JournalText {
  std::vector<JournalRecord> records;
  size_t good_bytes = 0;  // up to the end of the last complete line
  bool cut = false;       // something was dropped behind it
};
// `where` names the file in errors, which carry the line number.
Result<JournalText> parse_journal(std::string_view text, const std::string& where);

class Journal {
 public:
  // A new one; kUsage when there is one already.
  static Result<Journal> create(const std::string& path);
  // An existing one, its records handed back; a cut last line is removed from the file. kUsage when it is not
  // the journal of the plan with this hash.
  static Result<std::pair<Journal, std::vector<JournalRecord>>> reopen(const std::string& path,
                                                                       const std::string& plan_sha256);
  Result<void> append(const JournalRecord& record);

 private:
  explicit Journal(AppendFile file) : file_(std::move(file)) {}
  AppendFile file_;
};

}  // namespace bpftax
