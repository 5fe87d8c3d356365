#include "run/campaign.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <thread>

#include "host/interrupt.h"
#include "run/campaign_group.h"
#include "run/campaign_hooks.h"
#include "util/json.h"
#include "util/strings.h"

namespace bpftax {
namespace {

// Ids become folders.
Result<void> check_parts(const Workflow& workflow) {
  std::set<std::string> ids;
  for (const WorkflowPart& part : workflow.parts) {
    if (safe_file_name(part.id) != part.id || !ids.insert(part.id).second)
      return fail(ErrorKind::kUsage, "bad part id", "'" + printable(part.id) + "'",
                  "letters, digits, '-' and '_' only, each its own");
    if (workflow.environment(part.environment) == nullptr)
      return fail(ErrorKind::kUsage, "bad part", part.id,
                  "there is no environment '" + part.environment + "'");
  }
  if (ids.empty()) return fail(ErrorKind::kUsage, "nothing to run", "", "the workflow has no parts");
  return {};
}

// What earlier sessions finished.
Result<void> take_finished(CampaignShared& shared) {
  for (const auto& [id, finished] : shared.journal.state().finished) {
    PartResult part{finished.status, finished.reason, {}};
    const std::string path = shared.part_dir(id) + "/" + kResultFile;
    if (path_exists(path)) {
      BPFTAX_ASSIGN(const std::string text, read_file(path, 512u << 20u));
      BPFTAX_ASSIGN(const Json json, parse_json(text, path, {.max_bytes = 512u << 20u}));
      BPFTAX_ASSIGN(part.result, run_result_from_json(json));
    }
    BPFTAX_TRY(shared.keep(id, std::move(part)));
  }
  return {};
}

class CampaignRun {
 public:
  CampaignRun(CampaignShared& shared) : shared_(shared), hooks_(shared) {
    for (std::vector<std::string>& names : independent_environments(shared.workflow))
      groups_.push_back(std::make_unique<CampaignGroup>(shared, std::move(names)));
  }

  CampaignOutcome run() {
    CampaignOutcome outcome;
    Result<void> begun = take_finished(shared_);
    const bool wanted = begun && anything_left();
    if (wanted) begun = hooks_.run("global_init", groups_);
    if (begun && wanted) run_groups();
    if (wanted) {
      const InterruptShield shield;
      if (auto ended = hooks_.run("global_post", groups_); !ended)
        shared_.note("", "", to_string(ended.error()));
      if (auto listed = hooks_.list_files(groups_); !listed) shared_.note("", "", to_string(listed.error()));
    }
    for (const auto& group : groups_) {
      for (std::string& thing : group->close()) outcome.left_behind.push_back(std::move(thing));
    }
    outcome.error = begun ? why_incomplete() : std::optional<Error>(begun.error());
    outcome.resumable = outcome.error && (!begun || unfinished_ > 0);
    finish(outcome);
    return outcome;
  }

 private:
  bool anything_left() const {
    const CampaignState state = shared_.journal.state();
    return std::any_of(shared_.workflow.parts.begin(), shared_.workflow.parts.end(),
                       [&](const WorkflowPart& part) { return state.finished.count(part.id) == 0; });
  }

  void run_groups() {
    if (groups_.size() == 1) return groups_.front()->run();
    std::vector<std::thread> threads;
    threads.reserve(groups_.size());
    for (const auto& group : groups_) threads.emplace_back([&group] { group->run(); });
    for (std::thread& thread : threads) thread.join();
  }

  // nullopt: everything has been measured, or failed for good beside something that was measured.
  std::optional<Error> why_incomplete() {
    std::optional<Error> first;
    for (const auto& group : groups_) {
      if (!group->error()) continue;
      // The user's wish explains whatever else went wrong.
      if (!first || group->error()->kind == ErrorKind::kInterrupted) first = group->error();
    }
    const CampaignState state = shared_.journal.state();
    std::string reason;
    int measured = 0;
    for (const WorkflowPart& part : shared_.workflow.parts) {
      const PartResult known = shared_.known(part.id);
      measured += known.status == "measured" ? 1 : 0;
      if (state.finished.count(part.id) == 0) ++unfinished_;
      if (known.status != "measured" && reason.empty()) reason = known.reason;
    }
    if (first) return first;
    if (unfinished_ > 0) {
      return fail(ErrorKind::kEnvironment,
                  fmt::format("{} of {} parts could not be measured", unfinished_,
                              shared_.workflow.parts.size()),
                  "", reason)
          .value();
    }
    if (measured == 0) {
      constexpr std::string_view kSaidAlready = "nothing could be measured: ";
      if (reason.starts_with(kSaidAlready)) reason.erase(0, kSaidAlready.size());
      return fail(ErrorKind::kSubject, "nothing could be measured", "", reason).value();
    }
    return std::nullopt;
  }

  void finish(CampaignOutcome& outcome) {
    const std::string why = outcome.error ? to_string(*outcome.error) : "";
    const bool complete = unfinished_ == 0 && !outcome.resumable;
    outcome.result = shared_.merged(outcome.error ? why : "all parts are done", complete);
    Result<void> written =
        write_file_atomically(shared_.options.run_dir + "/" + kResultFile, result_document(outcome.result));
    if (written && complete && !outcome.error)
      written = shared_.journal.append({{"type", "measured"}, {"reason", outcome.result.stop_reason}});
    if (written) written = shared_.journal.append({{"type", "session_end"}, {"why", why}});
    if (!written && !outcome.error) {
      outcome.error = std::move(written.error());
      outcome.resumable = true;
    }
  }

  CampaignShared& shared_;
  CampaignHooks hooks_;
  std::vector<std::unique_ptr<CampaignGroup>> groups_;
  int unfinished_ = 0;
};

CampaignOutcome ended(Error error) {
  CampaignOutcome outcome;
  outcome.error = std::move(error);
  return outcome;
}

Result<Workflow> settled_workflow(const Workflow& workflow, const CampaignOptions& options) {
  const std::string path = options.run_dir + "/" + kPlanFile;
  // What is executed is what can be read again: a resumed campaign has the same plans to the last digit.
  if (!path_exists(path)) BPFTAX_TRY(write_file_atomically(path, workflow_text(workflow)));
  return load_workflow(options.run_dir);
}

}  // namespace

CampaignOutcome run_campaign(const Workflow& workflow, CampaignWorld& world, ProgressSink& progress,
                             const CampaignOptions& options) {
  if (auto checked = check_parts(workflow); !checked) return ended(std::move(checked.error()));
  auto settled = settled_workflow(workflow, options);
  if (!settled) return ended(std::move(settled.error()));
  auto journal = CampaignJournal::open(options.run_dir + "/" + kJournalFile, options.resume, settled->run_id,
                                       sha256_hex(dump_line(Json(to_json(*settled)))), world.clock(""));
  if (!journal) return ended(std::move(journal.error()));
  CampaignShared shared(*settled, world, options, **journal, progress);
  return CampaignRun(shared).run();
}

Result<Workflow> load_workflow(const std::string& run_dir) {
  const std::string path = run_dir + "/" + kPlanFile;
  BPFTAX_ASSIGN(const std::string text, read_file(path, 512u << 20u));
  BPFTAX_ASSIGN(const Json json, parse_json(text, path, {.max_bytes = 512u << 20u}));
  return workflow_from_json(json, path);
}

bool holds_campaign(const std::string& run_dir) {
  const auto text = read_file(run_dir + "/" + kPlanFile, 512u << 20u);
  if (!text) return false;
  const auto json = parse_json(*text, run_dir, {.max_bytes = 512u << 20u});
  if (!json || !json->is_object() || !json->contains("schema")) return false;
  const auto schema = require_string(*json, "schema");
  return schema && schema->starts_with("bpftax.workflow/");
}

}  // namespace bpftax
