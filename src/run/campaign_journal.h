// journal.jsonl of a campaign's run directory: what happened to its parts, as JSON records of one line each,
// on disk before the next step begins. What was measured stands in the parts' own journals (journal.h).
//
// Each is {"type": ..., "at_ns": controller's CLOCK_REALTIME, ...}; docs/design/0007-campaigns.md has the
// table. Only the types that decide what a resumed campaign does are read again: campaign, session,
// part_start, part_end, hook (for the manifest).
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "util/clock.h"
#include "util/files.h"
#include "util/json.h"
#include "util/result.h"

namespace bpftax {

struct CampaignState {
  std::string run_id, workflow_sha256;
  int sessions = 0;
  // Parts that need not be looked at again: measured, or failed in a way that trying again does not change.
  struct Finished {
    std::string status;  // "measured" | "failed"
    std::string reason;
  };
  std::map<std::string, Finished> finished;
  std::map<std::string, std::set<std::string>> hook_files;  // by host id, below its results folder
};

// May be used from several threads.
class CampaignJournal {
 public:
  // resume = false: a new one; kUsage when there is one already. true: goes on with the one that is there
  // (made when missing), kUsage when it belongs to another workflow.
  static Result<std::unique_ptr<CampaignJournal>> open(const std::string& path, bool resume,
                                                       const std::string& run_id,
                                                       const std::string& workflow_sha256, Clock& clock);
  // `record` without at_ns.
  Result<void> append(Json record);
  CampaignState state() const;

 private:
  CampaignJournal(AppendFile file, Clock& clock) : file_(std::move(file)), clock_(clock) {}

  mutable std::mutex mutex_;
  AppendFile file_;
  Clock& clock_;
  CampaignState state_;
};

// Applies one record; strict in what it uses, indifferent to the rest.
Result<void> apply_campaign_record(const Json& record, CampaignState& state);

}  // namespace bpftax
