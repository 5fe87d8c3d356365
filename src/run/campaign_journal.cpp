#include "run/campaign_journal.h"

#include "run/json_lines.h"
#include "util/version.h"

namespace bpftax {
namespace {

constexpr const char* kCampaignSchema = "bpftax.campaign/1";
constexpr const char* kReadingCampaign = "cannot read the campaign's journal";

}  // namespace

Result<void> apply_campaign_record(const Json& record, CampaignState& state) {
  if (!record.is_object()) return fail(ErrorKind::kUsage, kReadingCampaign, "", "it is no object");
  BPFTAX_ASSIGN(const std::string type, require_string(record, "type"));
  if (state.run_id.empty() && type != "campaign")
    return fail(ErrorKind::kUsage, kReadingCampaign, "", "it does not begin with a campaign record");
  if (type == "campaign") {
    BPFTAX_ASSIGN(const std::string schema, require_string(record, "schema"));
    if (schema != kCampaignSchema)
      return fail(ErrorKind::kUsage, kReadingCampaign, "schema", "'" + schema + "' is not ours");
    BPFTAX_ASSIGN(state.run_id, require_string(record, "run_id"));
    BPFTAX_ASSIGN(state.workflow_sha256, require_string(record, "workflow_sha256"));
  } else if (type == "session") {
    ++state.sessions;
  } else if (type == "part_start") {
    BPFTAX_ASSIGN(const std::string part, require_string(record, "part"));
    state.finished.erase(part);
  } else if (type == "part_end") {
    BPFTAX_ASSIGN(const std::string part, require_string(record, "part"));
    BPFTAX_ASSIGN(const std::string status, require_string(record, "status"));
    BPFTAX_ASSIGN(const std::string reason, require_string(record, "reason"));
    BPFTAX_ASSIGN(const std::optional<bool> resumable, json_bool(record, "resumable"));
    const bool over = status == "measured" || (status == "failed" && !resumable.value_or(true));
    if (over) state.finished[part] = {status, reason};
  } else if (type == "hook") {
    BPFTAX_ASSIGN(const std::string host, require_string(record, "host"));
    BPFTAX_ASSIGN(const std::string file, require_string(record, "file"));
    state.hook_files[host].insert(file);
  }
  return {};
}

Result<std::unique_ptr<CampaignJournal>> CampaignJournal::open(const std::string& path, bool resume,
                                                               const std::string& run_id,
                                                               const std::string& workflow_sha256,
                                                               Clock& clock) {
  CampaignState state;
  const bool there = path_exists(path);
  if (there && !resume) {
    return fail(ErrorKind::kUsage, "cannot start a campaign", path, "there is a journal already",
                "use another --out, or --resume to continue that campaign");
  }
  auto file = there ? reopen_json_lines(path, kReadingCampaign,
                                        [&](const Json& json) { return apply_campaign_record(json, state); })
                    : AppendFile::open(path);
  if (!file) return propagate(std::move(file));
  if (!state.run_id.empty() && state.workflow_sha256 != workflow_sha256) {
    return fail(ErrorKind::kUsage, "cannot resume", path, "it is the journal of another workflow",
                "plan.json was changed after the campaign began; start a new one");
  }
  std::unique_ptr<CampaignJournal> journal(new CampaignJournal(std::move(*file), clock));
  journal->state_ = std::move(state);
  if (journal->state_.run_id.empty()) {
    BPFTAX_TRY(journal->append({{"type", "campaign"},
                                {"schema", kCampaignSchema},
                                {"run_id", run_id},
                                {"workflow_sha256", workflow_sha256},
                                {"tool_version", kVersion}}));
  }
  BPFTAX_TRY(journal->append({{"type", "session"}, {"number", journal->state_.sessions + 1}}));
  return journal;
}

Result<void> CampaignJournal::append(Json record) {
  const std::scoped_lock lock(mutex_);
  record["at_ns"] = clock_.realtime_ns();
  BPFTAX_TRY(file_.append_line(dump_line(record)));
  return apply_campaign_record(record, state_);
}

CampaignState CampaignJournal::state() const {
  const std::scoped_lock lock(mutex_);
  return state_;
}

}  // namespace bpftax
