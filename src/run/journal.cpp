#include "run/journal.h"

#include "run/json_lines.h"

namespace bpftax {
Result<JournalText> parse_journal(std::string_view text, const std::string& where) {
  JournalText journal;
  BPFTAX_ASSIGN(const JsonLinesEnd lines,
                read_json_lines(text, where, kReadingJournal, [&](const Json& json) -> Result<void> {
                  BPFTAX_ASSIGN(JournalRecord record, journal_record_from_json(json));
                  journal.records.push_back(std::move(record));
                  return {};
                }));
  journal.good_bytes = lines.good_bytes;
  journal.cut = lines.cut;
  return journal;
}

Result<Journal> Journal::create(const std::string& path) {
  if (path_exists(path)) {
    return fail(ErrorKind::kUsage, "cannot start a run", path, "there is a journal already",
                "use another --out, or --resume to continue that run");
  }
  BPFTAX_ASSIGN(AppendFile file, AppendFile::open(path));
  return Journal(std::move(file));
}

Result<std::pair<Journal, std::vector<JournalRecord>>> Journal::reopen(const std::string& path,
                                                                       const std::string& plan_sha256) {
  JournalText journal;
  BPFTAX_ASSIGN(AppendFile file,
                reopen_json_lines(path, kReadingJournal, [&](const Json& json) -> Result<void> {
                  BPFTAX_ASSIGN(JournalRecord record, journal_record_from_json(json));
                  journal.records.push_back(std::move(record));
                  return {};
                }));
  if (!journal.records.empty()) {
    const auto* run = std::get_if<RunRecord>(&journal.records.front().body);
    if (run == nullptr)
      return fail(ErrorKind::kUsage, kReadingJournal, path, "it does not begin with a run record");
    if (run->plan_sha256 != plan_sha256) {
      return fail(ErrorKind::kUsage, "cannot resume", path, "it is the journal of another plan",
                  "plan.json was changed after the run began; start a new run");
    }
  }
  return std::pair(Journal(std::move(file)), std::move(journal.records));
}

Result<void> Journal::append(const JournalRecord& record) {
  return file_.append_line(dump_line(to_json(record)));
}

}  // namespace bpftax
