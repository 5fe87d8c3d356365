#include "run/campaign_group.h"

#include <fmt/format.h>

#include <algorithm>

#include "host/interrupt.h"
#include "util/units.h"

namespace bpftax {
namespace {

// Says of which part it is.
class PartProgress : public ProgressSink {
 public:
  PartProgress(ProgressSink& inner, const WorkflowPart& part) : inner_(inner), part_(part) {}
  void on_event(const ProgressEvent& event) override {
    ProgressEvent own = event;
    own.environment = part_.environment;
    own.part = part_.id;
    inner_.on_event(own);
  }

 private:
  ProgressSink& inner_;
  const WorkflowPart& part_;
};

}  // namespace

// ---- shared ----

std::string CampaignShared::part_dir(const std::string& part) const {
  return options.run_dir + "/" + kPartsFolder + "/" + part;
}

void CampaignShared::note(const std::string& environment, const std::string& part, const std::string& text) {
  ProgressEvent event;
  event.environment = environment;
  event.part = part;
  event.text = text;
  event.elapsed_s = static_cast<double>(world.clock("").monotonic_ns() - began_ns_) * 1e-9;
  progress.on_event(event);
}

Result<void> CampaignShared::keep(const std::string& part, PartResult result) {
  const std::scoped_lock lock(mutex_);
  PartResult& known = parts_[part];
  // A session that could not even begin does not take away what earlier ones measured.
  if (!result.result) result.result = std::move(known.result);
  known = std::move(result);
  return write_locked();
}

PartResult CampaignShared::known(const std::string& part) const {
  const std::scoped_lock lock(mutex_);
  const auto found = parts_.find(part);
  return found == parts_.end() ? PartResult{} : found->second;
}

RunResult CampaignShared::merged(const std::string& stop_reason, bool complete) const {
  const std::scoped_lock lock(mutex_);
  RunResult result = merge_parts(workflow, parts_, stop_reason, complete);
  if (options.annotate) options.annotate(result);
  return result;
}

Result<void> CampaignShared::write_locked() const {
  RunResult result = merge_parts(workflow, parts_, "", false);
  if (options.annotate) options.annotate(result);
  return write_file_atomically(options.run_dir + "/" + kResultFile, result_document(result));
}

// ---- group ----

CampaignGroup::CampaignGroup(CampaignShared& shared, std::vector<std::string> environments)
    : shared_(shared), environments_(std::move(environments)) {}

Hosts& CampaignGroup::hosts() {
  if (!hosts_) hosts_ = shared_.world.make_hosts(environments_);
  return *hosts_;
}

std::vector<std::string> CampaignGroup::close() {
  if (!hosts_) return {};
  const InterruptShield shield;
  std::vector<std::string> left = hosts_->close_all();
  hosts_.reset();
  return left;
}

void CampaignGroup::run() {
  for (const std::string& environment : environments_) {
    for (const WorkflowPart& part : shared_.workflow.parts) {
      if (part.environment != environment) continue;
      const CampaignState state = shared_.journal.state();
      if (state.finished.count(part.id) != 0) continue;
      if (auto done = run_part(part); !done) {
        error_ = std::move(done.error());
        return;
      }
    }
  }
}

Result<void> CampaignGroup::run_part(const WorkflowPart& part) {
  losses_ = losses_without_window_ = 0;
  windows_ = 0;
  BPFTAX_TRY(make_directories(shared_.part_dir(part.id)));
  for (int number = 1;; ++number) {
    BPFTAX_ASSIGN(const std::optional<RunOutcome> outcome, attempt(part, number));
    if (outcome) return end_part(part, *outcome);
  }
}

Result<std::optional<RunOutcome>> CampaignGroup::attempt(const WorkflowPart& part, int number) {
  BPFTAX_TRY(shared_.journal.append(
      {{"type", "part_start"}, {"part", part.id}, {"environment", part.environment}, {"attempt", number}}));
  RunOutcome outcome;
  auto prepared = prepare_part(shared_.workflow, part, hosts(), shared_.world);
  if (prepared) {
    for (const auto& [id, boot_id] : (*prepared)->boot_ids) boot_ids_[id] = boot_id;
    PartProgress progress(shared_.progress, part);
    EngineOptions options;
    options.run_dir = shared_.part_dir(part.id);
    options.resume = true;  // goes on with what is there, or begins
    options.annotate = shared_.options.annotate;
    outcome = run_plan(part.plan, (*prepared)->environment, progress, options);
  } else {
    outcome.error = std::move(prepared.error());
    outcome.resumable = outcome.error->kind != ErrorKind::kUsage;
  }
  if (!outcome.error || outcome.error->kind != ErrorKind::kLost) return std::optional(std::move(outcome));

  ++losses_;
  losses_without_window_ = outcome.result.windows.size() > windows_ ? 1 : losses_without_window_ + 1;
  windows_ = std::max(windows_, outcome.result.windows.size());
  if (losses_ >= kMostLosses || losses_without_window_ >= kMostLossesWithoutWindow) {
    outcome.error->kind = ErrorKind::kEnvironment;
    outcome.error->why = fmt::format("the connection was lost {} times; {}", losses_, outcome.error->why);
    return std::optional(std::move(outcome));
  }
  if (auto again = reconnect(part); !again) {
    PartResult left{"unfinished", to_string(again.error()), {}};
    if (!outcome.result.subjects.empty()) left.result = std::move(outcome.result);
    BPFTAX_TRY(shared_.keep(part.id, std::move(left)));
    const bool interrupted = again.error().kind == ErrorKind::kInterrupted;
    BPFTAX_TRY(record_end(part, interrupted ? "interrupted" : "lost", to_string(again.error()), true, 0));
    return propagate(std::move(again));
  }
  return std::optional<RunOutcome>();
}

Result<void> CampaignGroup::end_part(const WorkflowPart& part, const RunOutcome& outcome) {
  PartResult result;
  result.status = !outcome.error                                   ? "measured"
                  : outcome.error->kind == ErrorKind::kInterrupted ? "unfinished"
                                                                   : "failed";
  if (outcome.error) result.reason = to_string(*outcome.error);
  if (!outcome.result.subjects.empty()) result.result = outcome.result;
  BPFTAX_TRY(shared_.keep(part.id, std::move(result)));
  const int blocks = outcome.result.blocks_done;
  if (!outcome.error) return record_end(part, "measured", "", false, blocks);
  const bool interrupted = outcome.error->kind == ErrorKind::kInterrupted;
  BPFTAX_TRY(record_end(part, interrupted ? "interrupted" : "failed", to_string(*outcome.error),
                        outcome.resumable, blocks));
  if (interrupted) return tl::unexpected<Error>(*outcome.error);
  shared_.note(part.environment, part.id, "part " + part.id + " failed: " + to_string(*outcome.error));
  return {};
}

Result<void> CampaignGroup::record_end(const WorkflowPart& part, const std::string& status,
                                       const std::string& reason, bool resumable, int blocks) {
  return shared_.journal.append({{"type", "part_end"},
                                 {"part", part.id},
                                 {"status", status},
                                 {"reason", reason},
                                 {"resumable", resumable},
                                 {"blocks", blocks}});
}

Result<void> CampaignGroup::reconnect(const WorkflowPart& part) {
  const ConfiguredEnvironment* environment = shared_.workflow.environment(part.environment);
  for (const std::string& id : host_ids(*environment)) {
    if (interrupt_pending()) return fail_interrupted("cannot connect again");
    const auto host = hosts().host(id);
    if (!host) {
      BPFTAX_TRY(reconnect_host(part, id, host.error()));
      continue;
    }
    const auto answer = (*host)->clock();
    if (!answer) BPFTAX_TRY(reconnect_host(part, id, answer.error()));
  }
  return {};
}

Result<void> CampaignGroup::reconnect_host(const WorkflowPart& part, const std::string& id,
                                           const Error& why) {
  const Clock& clock = shared_.world.clock(part.environment);
  const int64_t began_ns = clock.monotonic_ns();
  shared_.note(part.environment, part.id, "lost " + id + " (" + to_string(why) + "); connecting again");
  auto host = hosts().reconnect(id);
  if (!host && host.error().kind == ErrorKind::kEnvironment) {
    // It answers, but is not what it was (restarted): from scratch, as a new campaign would.
    Error first = std::move(host.error());
    shared_.note(part.environment, part.id, to_string(first));
    close();
    host = hosts().host(id);
    if (!host) host = tl::unexpected<Error>(std::move(first));
  }
  bool rebooted = false;
  if (host) {
    const auto now = (*host)->clock();
    rebooted = now && boot_ids_.count(id) != 0 && boot_ids_[id] != now->boot_id;
  }
  const double took_s = static_cast<double>(clock.monotonic_ns() - began_ns) * 1e-9;
  BPFTAX_TRY(shared_.journal.append({{"type", "reconnect"},
                                     {"environment", part.environment},
                                     {"part", part.id},
                                     {"host", id},
                                     {"ok", host.has_value()},
                                     {"why", host ? to_string(why) : to_string(host.error())},
                                     {"took_ms", static_cast<int64_t>(took_s * 1e3)},
                                     {"rebooted", rebooted}}));
  if (!host) return propagate(std::move(host));
  shared_.note(part.environment, part.id,
               fmt::format("{} is back after {}{}: the arm that was interrupted is measured again", id,
                           format_duration(took_s), rebooted ? ", it was restarted" : ""));
  return {};
}

}  // namespace bpftax
