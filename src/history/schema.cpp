#include "history/schema.h"

#include <fmt/format.h>

#include <array>

namespace bpftax {
namespace {

// Unknown is NULL, never 0. Times are nanoseconds since 1970 UTC. log_*: the effect as stats/effect.h has it,
// natural logarithm, positive is worse.
constexpr const char* kFirst = R"sql(
CREATE TABLE hosts (
  host INTEGER PRIMARY KEY,
  fingerprint TEXT NOT NULL UNIQUE,
  hostname TEXT NOT NULL,
  kernel_release TEXT NOT NULL,
  architecture TEXT NOT NULL,
  cpu_model TEXT NOT NULL,
  cpus INTEGER
);
CREATE TABLE runs (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  run_id TEXT NOT NULL,
  started_ns INTEGER NOT NULL,
  finished_ns INTEGER NOT NULL,
  seed TEXT NOT NULL,
  environment TEXT NOT NULL,
  bpftax_version TEXT NOT NULL,
  command_line TEXT NOT NULL,
  window_s REAL,
  blocks INTEGER NOT NULL,
  complete INTEGER NOT NULL,
  source TEXT NOT NULL,
  added_ns INTEGER NOT NULL,
  content_sha256 TEXT NOT NULL,
  UNIQUE (run_id, started_ns, seed)
);
CREATE TABLE subjects (
  subject INTEGER PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  tool_id TEXT NOT NULL,
  version TEXT NOT NULL,
  command TEXT NOT NULL,
  kind TEXT NOT NULL,
  status TEXT NOT NULL,
  class TEXT NOT NULL,
  environment TEXT NOT NULL,
  host INTEGER REFERENCES hosts,
  process_cpu_percent REAL,
  bpf_cpu_percent REAL,
  map_bytes INTEGER,
  rss_peak_kb REAL,
  output_bytes_per_s REAL,
  UNIQUE (run, id)
);
CREATE INDEX subjects_by_name ON subjects (name);
CREATE INDEX subjects_by_tool ON subjects (tool_id);
CREATE TABLE comparisons (
  subject INTEGER NOT NULL REFERENCES subjects ON DELETE CASCADE,
  workload TEXT NOT NULL,
  metric TEXT NOT NULL,
  unit TEXT NOT NULL,
  better TEXT NOT NULL,
  is_primary INTEGER NOT NULL,
  placement TEXT NOT NULL,
  blocks INTEGER NOT NULL,
  baseline_mean REAL,
  subject_mean REAL,
  overhead_percent REAL,
  ci_low REAL,
  ci_high REAL,
  confidence REAL NOT NULL,
  margin_percent REAL NOT NULL,
  verdict TEXT NOT NULL,
  log_mean REAL,
  log_standard_error REAL,
  degrees_of_freedom INTEGER NOT NULL,
  UNIQUE (subject, workload, metric)
);
)sql";

constexpr std::array<const char*, 1> kSteps = {kFirst};

tl::unexpected<Error> not_ours(const Database& database) {
  return fail(ErrorKind::kUsage, "not a history catalogue", database.path(),
              "it is a database of another program", "name another file with --db FILE");
}

struct Stamp {
  int64_t application = 0, version = 0, tables = 0;
};
Result<Stamp> read_stamp(Database& database) {
  Stamp stamp;
  BPFTAX_ASSIGN(stamp.application, database.integer("PRAGMA application_id"));
  BPFTAX_ASSIGN(stamp.version, database.integer("PRAGMA user_version"));
  BPFTAX_ASSIGN(stamp.tables, database.integer("SELECT count(*) FROM sqlite_master"));
  return stamp;
}

// All of it from one state of the file: another process may be making the tables just now.
Result<Stamp> stamp_at_once(Database& database) {
  BPFTAX_ASSIGN(Database::Transaction transaction, database.begin_read());
  BPFTAX_ASSIGN(const Stamp stamp, read_stamp(database));
  BPFTAX_TRY(transaction.commit());
  return stamp;
}

// Whether all is as it should be; an error when it can never be.
Result<bool> is_current(const Database& database, const Stamp& stamp, size_t steps) {
  const bool empty = stamp.application == 0 && stamp.version == 0 && stamp.tables == 0;
  if (empty) return false;
  if (stamp.application != kCatalogueId || stamp.version < 1) return not_ours(database);
  const auto known = static_cast<int64_t>(steps);
  if (stamp.version > known) {
    return fail(ErrorKind::kUsage, "the history catalogue was written by a newer bpftax", database.path(),
                fmt::format("its schema is {}, this program knows {}", stamp.version, known),
                "use that bpftax, or name another file with --db FILE; this one was left as it is");
  }
  return stamp.version == known;
}

}  // namespace

std::span<const char* const> catalogue_steps() {
  return kSteps;
}

Result<void> migrate(Database& database, Database::Access access, std::span<const char* const> steps) {
  BPFTAX_ASSIGN(const Stamp seen, stamp_at_once(database));
  BPFTAX_ASSIGN(const bool current, is_current(database, seen, steps.size()));
  if (current) return {};
  if (access == Database::Access::kRead) {
    if (seen.version == 0)
      return fail(ErrorKind::kUsage, "the history catalogue is empty", database.path(), "",
                  "bpftax history add RUN_DIR");
    return fail(ErrorKind::kUsage, "the history catalogue is of an older bpftax", database.path(),
                fmt::format("its schema is {}, this program reads {}", seen.version, steps.size()),
                "the next bpftax history add brings it up to date");
  }
  BPFTAX_ASSIGN(Database::Transaction transaction, database.begin_write());
  // Another process may have done it meanwhile.
  BPFTAX_ASSIGN(const Stamp stamp, read_stamp(database));
  BPFTAX_ASSIGN(const bool done, is_current(database, stamp, steps.size()));
  if (done) return transaction.commit();
  for (size_t i = static_cast<size_t>(stamp.version); i < steps.size(); ++i)
    BPFTAX_TRY(database.execute(steps[i]));
  BPFTAX_TRY(database.execute(fmt::format("PRAGMA application_id = {}", kCatalogueId).c_str()));
  BPFTAX_TRY(database.execute(fmt::format("PRAGMA user_version = {}", steps.size()).c_str()));
  return transaction.commit();
}

}  // namespace bpftax
