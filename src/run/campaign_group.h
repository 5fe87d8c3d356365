// One group of environments that share machines: its parts one after the other, in a thread of its own. What
// groups share is in CampaignShared, whose members may be used from all of them.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "run/campaign.h"
#include "run/campaign_environment.h"
#include "run/campaign_journal.h"
#include "run/campaign_result.h"

namespace bpftax {

// Events of all groups, one at a time.
class LockedProgress : public ProgressSink {
 public:
  explicit LockedProgress(ProgressSink& inner) : inner_(inner) {}
  void on_event(const ProgressEvent& event) override {
    const std::scoped_lock lock(mutex_);
    inner_.on_event(event);
  }

 private:
  std::mutex mutex_;
  ProgressSink& inner_;
};

class CampaignShared {
 public:
  CampaignShared(const Workflow& of, CampaignWorld& in, const CampaignOptions& with,
                 CampaignJournal& campaign_journal, ProgressSink& sink)
      : workflow(of), world(in), options(with), journal(campaign_journal), progress(sink) {
    began_ns_ = world.clock("").monotonic_ns();
  }

  const Workflow& workflow;
  CampaignWorld& world;
  const CampaignOptions& options;
  CampaignJournal& journal;
  LockedProgress progress;

  std::string part_dir(const std::string& part) const;
  void note(const std::string& environment, const std::string& part, const std::string& text);
  // Keeps what is known of the part and writes result.json again.
  Result<void> keep(const std::string& part, PartResult result);
  PartResult known(const std::string& part) const;
  // The result so far.
  RunResult merged(const std::string& stop_reason, bool complete) const;

 private:
  Result<void> write_locked() const;
  int64_t began_ns_ = 0;
  mutable std::mutex mutex_;
  std::map<std::string, PartResult> parts_;
};

class CampaignGroup {
 public:
  CampaignGroup(CampaignShared& shared, std::vector<std::string> environments);

  // Runs what is left of its parts. Why it ended early is in error().
  void run();
  // The user interrupted, machines that are gone, our own files: what kept parts from being measured.
  const std::optional<Error>& error() const { return error_; }

  const std::vector<std::string>& environments() const { return environments_; }
  Hosts& hosts();
  std::vector<std::string> close();

 private:
  Result<void> run_part(const WorkflowPart& part);
  // nullopt: the connection was lost and is there again.
  Result<std::optional<RunOutcome>> attempt(const WorkflowPart& part, int number);
  Result<void> end_part(const WorkflowPart& part, const RunOutcome& outcome);
  // Those machines of the environment that do not answer.
  Result<void> reconnect(const WorkflowPart& part);
  Result<void> reconnect_host(const WorkflowPart& part, const std::string& id, const Error& why);
  Result<void> record_end(const WorkflowPart& part, const std::string& status, const std::string& reason,
                          bool resumable, int blocks);

  CampaignShared& shared_;
  std::vector<std::string> environments_;
  std::unique_ptr<Hosts> hosts_;
  std::map<std::string, std::string> boot_ids_;
  std::optional<Error> error_;
  // Of the part that runs.
  int losses_ = 0, losses_without_window_ = 0;
  size_t windows_ = 0;
};

}  // namespace bpftax
