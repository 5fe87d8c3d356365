// What the engine tells while it measures. cli/ draws it; tests record it. Calls come from the engine's
// thread and must return quickly: time spent in them is time between windows.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "result/model.h"

namespace bpftax {

// The estimate so far of one primary metric of one subject; not a verdict before the run has ended.
struct RunningEstimate {
  std::string subject;  // id
  std::string name;     // of the subject, for people
  std::string workload, metric;
  int blocks = 0;
  std::optional<double> overhead_percent, ci_low, ci_high;
  double margin_percent = 0;
  Verdict verdict = Verdict::kInconclusive;
};

struct ProgressEvent {
  enum class Kind {
    kSessionStarted,  // text: what will be done, with budget
    kBlockStarted,
    kSubjectStarting,
    kSubjectReady,    // text: "ready after 312 ms, 2 programs"
    kSubjectFailed,   // text: why; the run goes on when others are left
    kSubjectRemoved,  // text: why it is taken out
    kWindowStarted,
    kTick,  // about once a second inside a window
    kWindowDone,
    kWindowInvalid,  // text: why
    kBlockDone,      // estimates are filled
    kBlockDropped,   // text: why; it is measured again under a new number
    kAttribution,    // the phase after the blocks begins
    kNote,           // text
    kFinished,       // text: why measuring ended
  };
  Kind kind = Kind::kNote;
  std::string environment, part;  // of a campaign
  int block = 0;                  // number as in the journal; 0 is the warm-up
  int blocks_done = 0;            // valid ones
  int blocks_min = 0, blocks_max = 0;
  std::string arm;      // "A1", "A2" or the subject's id
  std::string subject;  // name for people; "baseline" for A1 and A2
  std::string workload;
  std::string purpose;                        // "timed" | "warmup" | "attribution"
  double elapsed_s = 0;                       // since the session began
  double eta_s = 0;                           // rest of the run, at most (all looks, bounded by the budget)
  double window_elapsed_s = 0, window_s = 0;  // kTick, kWindowStarted
  std::string text;
  std::vector<RunningEstimate> estimates;
};

class ProgressSink {
 public:
  virtual ~ProgressSink() = default;
  virtual void on_event(const ProgressEvent& event) = 0;
};

class SilentProgress : public ProgressSink {
 public:
  void on_event(const ProgressEvent&) override {}
};

}  // namespace bpftax
