// The history catalogue: what past runs found, in one SQLite file (tables: history/schema.h). It holds what
// trends need, not the runs themselves. It is written by add() and remove() only, each in one transaction:
// a run is in it whole or not at all, and several processes may add at the same time. A file that is damaged,
// newer or not ours is an error; it is never deleted or overwritten.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "history/database.h"
#include "result/model.h"

namespace bpftax {

// What of a machine decides what a tool costs on it. "" is unknown.
struct CatalogueHost {
  std::string hostname, kernel_release, architecture, cpu_model;
  std::optional<int64_t> cpus;
};

struct CatalogueRun {
  int64_t number = 0;  // in this catalogue; never given to another run
  std::string run_id, seed, environment, bpftax_version, command_line, source;
  int64_t started_ns = 0, finished_ns = 0, added_ns = 0;
  std::optional<double> window_s;
  int blocks = 0;
  bool complete = false;
  int subjects = 0;
  CatalogueHost host;  // where the first subject ran
};

struct CatalogueSubject {
  std::string id, name, tool_id, version, command, kind, status, klass, environment;
  CatalogueHost host;
  std::optional<double> process_cpu_percent, bpf_cpu_percent, rss_peak_kb, output_bytes_per_s;
  std::optional<int64_t> map_bytes;
};

// One comparison, with what else is needed to put it beside others.
struct CatalogueRow {
  int64_t run = 0;  // CatalogueRun::number
  std::string run_id;
  int64_t started_ns = 0;
  std::optional<double> window_s;
  std::string name, tool_id, version, kind, environment, placement;
  CatalogueHost host;
  std::string workload, metric, unit, better, verdict;
  bool primary = false;
  int blocks = 0;
  std::optional<double> baseline_mean, subject_mean, overhead_percent, ci_low, ci_high;
  double confidence = 0, margin_percent = 0;
  // nullopt: this row cannot be put together with others (log_effect_of)
  std::optional<double> log_mean, log_standard_error;
  int degrees_of_freedom = 0;
};

struct AddRun {
  std::string source;                           // where it was read from
  std::map<std::string, std::string> versions;  // tool name or tool id -> its version; "" = all others
  int64_t added_ns = 0;
};

enum class Added { kNew, kUpdated, kUnchanged };

class Catalogue {
 public:
  static Result<Catalogue> open(const std::string& path, Database::Access access);

  // The same run (run id, start and seed) is stored once: again and unchanged it is kUnchanged, with other
  // content (it was resumed, or now has versions) it replaces what was there under its old number. Versions
  // given before stay where none are given now.
  Result<Added> add(const RunResult& result, const AddRun& how);
  Result<std::vector<CatalogueRun>> runs();  // oldest first
  // By number ("12"), by run id, or by the beginning of one; kUsage when there is none, or more than one.
  Result<CatalogueRun> find(const std::string& which);
  Result<std::vector<CatalogueSubject>> subjects(int64_t run);
  Result<std::vector<CatalogueRow>> rows(int64_t run);
  // Rows of the tool (its name, or its id in a campaign) in all runs, oldest first; workload and metric ""
  // are any.
  Result<std::vector<CatalogueRow>> rows_of_tool(const std::string& tool, const std::string& workload,
                                                 const std::string& metric);
  Result<std::vector<std::string>> tools();
  Result<void> remove(int64_t run);

 private:
  explicit Catalogue(Database database) : database_(std::move(database)) {}
  Result<int64_t> store_host(const nlohmann::json& facts);
  // versions: by subject id, of all subjects
  Result<void> store_subjects(const RunResult& result, const std::map<std::string, std::string>& versions,
                              int64_t number);
  Result<void> remove_run(int64_t run);  // inside a transaction
  static Result<std::vector<CatalogueRun>> read_runs(Statement& statement);
  static Result<std::vector<CatalogueRow>> read_rows(Statement& statement);

  Database database_;
};

}  // namespace bpftax
