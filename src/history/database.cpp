#include "history/database.h"

#include <sqlite3.h>

#include <cmath>

namespace bpftax {
namespace {

// A writer holds the lock for milliseconds; this many fit behind each other.
constexpr int kBusyTimeoutMs = 20'000;

tl::unexpected<Error> sqlite_error(int code, const std::string& message, const std::string& path) {
  switch (code & 0xff) {
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
    case SQLITE_FORMAT:
      return fail(ErrorKind::kUsage, "the history catalogue is damaged, or is no catalogue", path, message,
                  "nothing was changed; name another file with --db FILE, or move this one away and add the "
                  "runs again");
    case SQLITE_CANTOPEN:
      return fail(ErrorKind::kUsage, "cannot open the history catalogue", path, message,
                  "name another file with --db FILE");
    case SQLITE_READONLY:
      return fail(ErrorKind::kEnvironment, "cannot write the history catalogue", path, message,
                  "it can be read here (list, show, trend); name a writable file with --db FILE");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return fail(ErrorKind::kEnvironment, "the history catalogue is in use", path, message,
                  "another process holds it for long; try again when it has ended");
    case SQLITE_FULL:
      return fail(ErrorKind::kEnvironment, "cannot write the history catalogue", path, message,
                  "make room on the disk; nothing was changed");
    default:
      return fail(ErrorKind::kEnvironment, "cannot use the history catalogue", path, message);
  }
}

tl::unexpected<Error> sqlite_error(sqlite3* database, const std::string& path) {
  return sqlite_error(sqlite3_errcode(database), sqlite3_errmsg(database), path);
}

// A name is a file's name, also where SQLite would read it as something else: ":memory:", "file:x?mode=rw",
// "".
std::string as_file_name(const std::string& path) {
  return path.starts_with('/') ? path : "./" + path;
}

}  // namespace

void Statement::Close::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

void Statement::note(int code) {
  ++next_;
  if (code != SQLITE_OK && failed_ == 0) failed_ = code;
}

Statement& Statement::bind(std::string_view text) {
  const char* data = text.data() == nullptr ? "" : text.data();
  note(sqlite3_bind_text64(statement_.get(), next_, data, text.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
  return *this;
}

Statement& Statement::bind(int64_t value) {
  note(sqlite3_bind_int64(statement_.get(), next_, value));
  return *this;
}

Statement& Statement::bind(const std::optional<double>& value) {
  note(value && std::isfinite(*value) ? sqlite3_bind_double(statement_.get(), next_, *value)
                                      : sqlite3_bind_null(statement_.get(), next_));
  return *this;
}

Statement& Statement::bind_integer(const std::optional<int64_t>& value) {
  if (value) return bind(*value);
  note(sqlite3_bind_null(statement_.get(), next_));
  return *this;
}

Result<bool> Statement::step() {
  if (failed_ != 0) return sqlite_error(failed_, sqlite3_errstr(failed_), path_);
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return sqlite_error(sqlite3_db_handle(statement_.get()), path_);
}

Result<void> Statement::run() {
  for (;;) {
    BPFTAX_ASSIGN(const bool more, step());
    if (!more) return {};
  }
}

void Statement::reset() {
  sqlite3_reset(statement_.get());
  sqlite3_clear_bindings(statement_.get());
  next_ = 1;
  failed_ = 0;
}

std::string Statement::text(int column) const {
  const auto* data = static_cast<const char*>(sqlite3_column_blob(statement_.get(), column));
  const int bytes = sqlite3_column_bytes(statement_.get(), column);
  return data == nullptr ? std::string() : std::string(data, static_cast<size_t>(bytes));
}

int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

std::optional<double> Statement::number(int column) const {
  if (sqlite3_column_type(statement_.get(), column) == SQLITE_NULL) return std::nullopt;
  return sqlite3_column_double(statement_.get(), column);
}

std::optional<int64_t> Statement::optional_integer(int column) const {
  if (sqlite3_column_type(statement_.get(), column) == SQLITE_NULL) return std::nullopt;
  return integer(column);
}

void Database::Close::operator()(sqlite3* database) const {
  sqlite3_close(database);
}

Result<Database> Database::open(const std::string& path, Access access) {
  const int flags =
      access == Access::kRead ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(as_file_name(path).c_str(), &raw, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  Database database(raw, path);
  if (raw == nullptr) return sqlite_error(code, sqlite3_errstr(code), path);
  if (code != SQLITE_OK) return sqlite_error(raw, path);
  sqlite3_extended_result_codes(raw, 1);
  sqlite3_busy_timeout(raw, kBusyTimeoutMs);
  // The file may come from anywhere: its schema must not run code, and pages are checked before use.
  sqlite3_db_config(raw, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
  BPFTAX_TRY(database.execute("PRAGMA cell_size_check = ON; PRAGMA foreign_keys = ON"));
  return database;
}

Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* raw = nullptr;
  const int code =
      sqlite3_prepare_v2(database_.get(), sql.data(), static_cast<int>(sql.size()), &raw, nullptr);
  if (code != SQLITE_OK) return sqlite_error(database_.get(), path_);
  return Statement(raw, path_);
}

Result<void> Database::execute(const char* sql) {
  if (sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK)
    return sqlite_error(database_.get(), path_);
  return {};
}

Result<int64_t> Database::integer(const char* sql) {
  BPFTAX_ASSIGN(Statement statement, prepare(sql));
  BPFTAX_TRY(statement.step());
  return statement.integer(0);
}

int64_t Database::last_row_id() const {
  return sqlite3_last_insert_rowid(database_.get());
}

Result<Database::Transaction> Database::begin_write() {
  BPFTAX_TRY(execute("BEGIN IMMEDIATE"));
  return Result<Transaction>(Transaction(*this));
}

Result<Database::Transaction> Database::begin_read() {
  BPFTAX_TRY(execute("BEGIN"));
  return Result<Transaction>(Transaction(*this));
}

Database::Transaction::~Transaction() {
  if (database_ != nullptr) (void)database_->execute("ROLLBACK");
}

Result<void> Database::Transaction::commit() {
  BPFTAX_TRY(database_->execute("COMMIT"));  // failed: the destructor rolls back
  database_ = nullptr;
  return {};
}

}  // namespace bpftax
