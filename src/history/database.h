// SQLite behind Result<T>: one connection, its statements, its transactions. Only src/history uses it.
//
// The journal is SQLite's own default, a rollback journal (DELETE), not a write-ahead log: a reader of a WAL
// file needs to write beside it, and a catalogue must be readable from read-only media. Writers take their
// lock at once (BEGIN IMMEDIATE) and wait for each other; a reader waits only while one commits.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "util/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace bpftax {

// A prepared statement. Parameters count from 1, columns from 0. Lives no longer than its Database.
class Statement {
 public:
  // Binds the next parameter. What fails is told by the next step().
  Statement& bind(std::string_view text);
  Statement& bind(int64_t value);
  Statement& bind(const std::optional<double>& value);  // not finite becomes NULL, as unknown
  Statement& bind_integer(const std::optional<int64_t>& value);

  Result<bool> step();  // true: a row is there
  Result<void> run();   // steps to the end
  void reset();         // to bind and run it again

  std::string text(int column) const;  // "" for NULL
  int64_t integer(int column) const;   // 0 for NULL
  std::optional<double> number(int column) const;
  std::optional<int64_t> optional_integer(int column) const;

 private:
  friend class Database;
  struct Close {
    void operator()(sqlite3_stmt* statement) const;
  };
  Statement(sqlite3_stmt* statement, const std::string& path) : statement_(statement), path_(path) {}
  void note(int code);

  std::unique_ptr<sqlite3_stmt, Close> statement_;
  std::string path_;
  int next_ = 1;
  int failed_ = 0;  // first SQLite code of a bind that failed
};

class Database {
 public:
  enum class Access { kRead, kWrite };
  // kWrite makes the file where there is none. kRead never writes, not even beside the file. The content of
  // the file is not looked at yet.
  static Result<Database> open(const std::string& path, Access access);

  Result<Statement> prepare(std::string_view sql);
  Result<void> execute(const char* sql);     // one or more statements without parameters
  Result<int64_t> integer(const char* sql);  // the first column of the first row
  int64_t last_row_id() const;
  const std::string& path() const { return path_; }

  // An open transaction; rolled back unless committed.
  class Transaction {
   public:
    explicit Transaction(Database& database) : database_(&database) {}
    Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    Transaction& operator=(Transaction&&) = delete;
    ~Transaction();
    Result<void> commit();

   private:
    Database* database_;
  };
  Result<Transaction> begin_write();
  Result<Transaction> begin_read();  // one state of the file for several queries

 private:
  struct Close {
    void operator()(sqlite3* database) const;
  };
  Database(sqlite3* database, std::string path) : database_(database), path_(std::move(path)) {}

  std::unique_ptr<sqlite3, Close> database_;
  std::string path_;
};

}  // namespace bpftax
