#include "run/journal.h"

#include <fmt/format.h>

#include <filesystem>

namespace bpftax {
namespace {

constexpr JsonLimits kLineLimits{4u << 20, 32};

Result<JournalRecord> parse_line(std::string_view line, const std::string& where) {
  BPFTAX_ASSIGN(const Json json, parse_json(line, where, kLineLimits));
  return journal_record_from_json(json);
}

}  // namespace

Result<JournalText> parse_journal(std::string_view text, const std::string& where) {
  JournalText journal;
  int number = 0;
  while (journal.good_bytes < text.size()) {
    ++number;
    const std::string_view rest = text.substr(journal.good_bytes);
    const size_t end = rest.find('\n');
    if (end == std::string_view::npos) {
      journal.cut = true;  // the newline is written last
      break;
    }
    auto record = parse_line(rest.substr(0, end), where);
    if (!record) {
      // A crash of the machine may leave the right length with wrong content at the end, but nowhere else.
      if (journal.good_bytes + end + 1 == text.size()) {
        journal.cut = true;
        break;
      }
      return fail(ErrorKind::kUsage, kReadingJournal, fmt::format("{}:{}", where, number),
                  to_string(record.error()), "the run directory is damaged; start a new run");
    }
    journal.records.push_back(std::move(*record));
    journal.good_bytes += end + 1;
  }
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
  BPFTAX_ASSIGN(const std::string text, read_file(path, size_t{1} << 30));
  BPFTAX_ASSIGN(JournalText journal, parse_journal(text, path));
  if (journal.cut) {
    std::error_code error;
    std::filesystem::resize_file(path, journal.good_bytes, error);
    if (error) return fail_errno(error.value(), "cannot remove the cut last line of", path);
  }
  if (!journal.records.empty()) {
    const auto* run = std::get_if<RunRecord>(&journal.records.front().body);
    if (run == nullptr)
      return fail(ErrorKind::kUsage, kReadingJournal, path, "it does not begin with a run record");
    if (run->plan_sha256 != plan_sha256) {
      return fail(ErrorKind::kUsage, "cannot resume", path, "it is the journal of another plan",
                  "plan.json was changed after the run began; start a new run");
    }
  }
  BPFTAX_ASSIGN(AppendFile file, AppendFile::open(path));
  return std::pair(Journal(std::move(file)), std::move(journal.records));
}

Result<void> Journal::append(const JournalRecord& record) {
  return file_.append_line(dump_line(to_json(record)));
}

}  // namespace bpftax
