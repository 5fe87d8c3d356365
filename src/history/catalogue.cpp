#include "history/catalogue.h"

#include <fmt/format.h>

#include <set>
#include <tuple>

#include "history/log_effect.h"
#include "history/schema.h"
#include "util/files.h"
#include "util/json.h"
#include "util/strings.h"

namespace bpftax {
namespace {

std::string fact_text(const Json& facts, const char* key) {
  if (!facts.is_object()) return "";
  const auto found = facts.find(key);
  return found != facts.end() && found->is_string() ? found->get<std::string>() : "";
}

const ResultEnvironment* environment_of(const RunResult& result, const std::string& name) {
  for (const ResultEnvironment& environment : result.environments)
    if (environment.name == name) return &environment;
  return nullptr;
}

// Of the machine on which the subject ran.
const Json& facts_of(const RunResult& result, const ResultSubject& subject) {
  const ResultEnvironment* environment = environment_of(result, subject.environment);
  if (environment == nullptr) return result.server_facts;
  const bool own = environment->tool_facts.is_object() && !environment->tool_facts.empty();
  return own ? environment->tool_facts : environment->server_facts;
}

std::string placement_of(const RunResult& result, const ResultSubject& subject, const std::string& workload) {
  const ResultEnvironment* environment = environment_of(result, subject.environment);
  for (const Json* placement :
       {environment == nullptr ? nullptr : &environment->placement, &result.placement}) {
    const Json* policy = placement == nullptr ? nullptr : find_path(*placement, workload);
    if (policy != nullptr) return fact_text(*policy, "policy");
  }
  return "";
}

std::string tool_id_of(const ResultSubject& subject) {
  return subject.test_case ? subject.test_case->tool_id : "";
}

std::string name_of(const ResultSubject& subject) {
  return subject.name.empty() ? subject.id : subject.name;
}

// Rows and subjects must have keys: the tables are built on them.
Result<void> check_keys(const RunResult& result) {
  const auto refuse = [&](const std::string& what) {
    return fail(ErrorKind::kUsage, "cannot add the run", result.run_id, what,
                "is it a result.json that bpftax wrote?");
  };
  if (result.run_id.empty()) return refuse("it has no run id");
  std::set<std::string> subjects;
  for (const ResultSubject& subject : result.subjects)
    if (!subjects.insert(subject.id).second)
      return refuse("two subjects have the id " + shell_quote(subject.id));
  std::set<std::tuple<std::string, std::string, std::string>> rows;
  for (const ResultComparison& row : result.comparisons) {
    if (!subjects.contains(row.subject))
      return refuse("a comparison is of the subject " + shell_quote(row.subject) + ", which is not there");
    if (!rows.insert({row.subject, row.workload, row.metric}).second)
      return refuse("it has two comparisons of " + row.subject + ", " + row.workload + ", " + row.metric);
  }
  return {};
}

std::string given_version(const AddRun& how, const ResultSubject& subject) {
  for (const std::string& key : {name_of(subject), tool_id_of(subject), std::string()}) {
    const auto found = how.versions.find(key);
    if (found != how.versions.end() && (!key.empty() || subject.kind == "tool")) return found->second;
  }
  return "";
}

// What of the run is in the catalogue: the same text, nothing to change.
std::string content_of(const RunResult& result, const std::map<std::string, std::string>& versions) {
  OrderedJson document = to_json(result);
  document.erase("windows");
  document["versions"] = versions;
  return sha256_hex(document.dump(-1, ' ', false, OrderedJson::error_handler_t::replace));
}

std::optional<int64_t> integer_fact(const Json& facts, const char* key) {
  if (!facts.is_object()) return std::nullopt;
  const auto found = facts.find(key);
  if (found == facts.end() || !found->is_number_integer()) return std::nullopt;
  return found->get<int64_t>();
}

constexpr const char* kHostColumns = "h.hostname, h.kernel_release, h.architecture, h.cpu_model, h.cpus";
CatalogueHost read_host(const Statement& from, int column) {
  return {from.text(column), from.text(column + 1), from.text(column + 2), from.text(column + 3),
          from.optional_integer(column + 4)};
}

std::string runs_query(const char* where) {
  return fmt::format(
      "SELECT r.number, r.run_id, r.seed, r.environment, r.bpftax_version, r.command_line, r.source, "
      "r.started_ns, r.finished_ns, r.added_ns, r.window_s, r.blocks, r.complete, "
      "(SELECT count(*) FROM subjects s WHERE s.run = r.number), {} "
      "FROM runs r LEFT JOIN hosts h ON h.host = (SELECT s.host FROM subjects s WHERE s.run = r.number "
      "ORDER BY s.subject LIMIT 1) {} ORDER BY r.started_ns, r.number",
      kHostColumns, where);
}

CatalogueRun read_run(const Statement& from) {
  CatalogueRun run;
  run.number = from.integer(0);
  run.run_id = from.text(1);
  run.seed = from.text(2);
  run.environment = from.text(3);
  run.bpftax_version = from.text(4);
  run.command_line = from.text(5);
  run.source = from.text(6);
  run.started_ns = from.integer(7);
  run.finished_ns = from.integer(8);
  run.added_ns = from.integer(9);
  run.window_s = from.number(10);
  run.blocks = static_cast<int>(from.integer(11));
  run.complete = from.integer(12) != 0;
  run.subjects = static_cast<int>(from.integer(13));
  run.host = read_host(from, 14);
  return run;
}

std::string rows_query(const char* where) {
  return fmt::format(
      "SELECT r.number, r.run_id, r.started_ns, r.window_s, s.name, s.tool_id, s.version, s.kind, "
      "s.environment, {}, c.workload, c.metric, c.unit, c.better, c.is_primary, c.placement, c.blocks, "
      "c.baseline_mean, c.subject_mean, c.overhead_percent, c.ci_low, c.ci_high, c.confidence, "
      "c.margin_percent, c.verdict, c.log_mean, c.log_standard_error, c.degrees_of_freedom "
      "FROM comparisons c JOIN subjects s USING (subject) JOIN runs r ON r.number = s.run "
      "LEFT JOIN hosts h ON h.host = s.host {} ORDER BY r.started_ns, r.number, c.rowid",
      kHostColumns, where);
}

CatalogueRow read_row(const Statement& from) {
  CatalogueRow row;
  row.run = from.integer(0);
  row.run_id = from.text(1);
  row.started_ns = from.integer(2);
  row.window_s = from.number(3);
  row.name = from.text(4);
  row.tool_id = from.text(5);
  row.version = from.text(6);
  row.kind = from.text(7);
  row.environment = from.text(8);
  row.host = read_host(from, 9);
  row.workload = from.text(14);
  row.metric = from.text(15);
  row.unit = from.text(16);
  row.better = from.text(17);
  row.primary = from.integer(18) != 0;
  row.placement = from.text(19);
  row.blocks = static_cast<int>(from.integer(20));
  row.baseline_mean = from.number(21);
  row.subject_mean = from.number(22);
  row.overhead_percent = from.number(23);
  row.ci_low = from.number(24);
  row.ci_high = from.number(25);
  row.confidence = from.number(26).value_or(0);
  row.margin_percent = from.number(27).value_or(0);
  row.verdict = from.text(28);
  row.log_mean = from.number(29);
  row.log_standard_error = from.number(30);
  row.degrees_of_freedom = static_cast<int>(from.integer(31));
  return row;
}

}  // namespace

Result<Catalogue> Catalogue::open(const std::string& path, Database::Access access) {
  if (access == Database::Access::kRead && !path_exists(path))
    return fail(ErrorKind::kUsage, "there is no history catalogue", path, "", "bpftax history add RUN_DIR");
  BPFTAX_ASSIGN(Database database, Database::open(path, access));
  BPFTAX_TRY(migrate(database, access));
  return Catalogue(std::move(database));
}

Result<int64_t> Catalogue::store_host(const nlohmann::json& facts) {
  const std::optional<int64_t> cpus = integer_fact(facts, "cpu_count_online");
  Json fingerprint = Json::array({cpus ? Json(*cpus) : Json()});
  for (const char* key : {"hostname", "kernel_release", "architecture", "cpu_model"})
    fingerprint.push_back(fact_text(facts, key));
  const std::string text = sha256_hex(dump_line(fingerprint));
  BPFTAX_ASSIGN(Statement insert,
                database_.prepare("INSERT INTO hosts (fingerprint, hostname, kernel_release, architecture, "
                                  "cpu_model, cpus) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"));
  insert.bind(text).bind(fact_text(facts, "hostname")).bind(fact_text(facts, "kernel_release"));
  insert.bind(fact_text(facts, "architecture")).bind(fact_text(facts, "cpu_model")).bind_integer(cpus);
  BPFTAX_TRY(insert.run());
  BPFTAX_ASSIGN(Statement select, database_.prepare("SELECT host FROM hosts WHERE fingerprint = ?"));
  select.bind(text);
  BPFTAX_TRY(select.step());
  return select.integer(0);
}

Result<Added> Catalogue::add(const RunResult& result, const AddRun& how) {
  BPFTAX_TRY(check_keys(result));
  BPFTAX_ASSIGN(Database::Transaction transaction, database_.begin_write());
  BPFTAX_ASSIGN(Statement lookup,
                database_.prepare("SELECT number, content_sha256 FROM runs WHERE run_id = ? "
                                  "AND started_ns = ? AND seed = ?"));
  lookup.bind(result.run_id).bind(result.started_realtime_ns).bind(fmt::format("{}", result.seed));
  BPFTAX_ASSIGN(const bool known, lookup.step());
  int64_t number = 0;
  std::map<std::string, std::string> versions;  // by subject id
  if (known) {
    number = lookup.integer(0);
    BPFTAX_ASSIGN(const auto before, subjects(number));
    for (const CatalogueSubject& subject : before) versions[subject.id] = subject.version;
  }
  std::map<std::string, std::string> now;
  for (const ResultSubject& subject : result.subjects) {
    const std::string given = given_version(how, subject);
    now[subject.id] = given.empty() && versions.contains(subject.id) ? versions[subject.id] : given;
  }
  const std::string content = content_of(result, now);
  if (known && lookup.text(1) == content) return Added::kUnchanged;
  lookup.reset();
  if (known) BPFTAX_TRY(remove_run(number));
  BPFTAX_ASSIGN(Statement insert,
                database_.prepare("INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  insert.bind_integer(known ? std::optional(number) : std::nullopt).bind(result.run_id);
  insert.bind(result.started_realtime_ns).bind(result.finished_realtime_ns);
  insert.bind(fmt::format("{}", result.seed)).bind(result.environment).bind(result.tool_version);
  insert.bind(result.command_line).bind(std::optional(result.window_s));
  insert.bind(int64_t{result.blocks_done}).bind(int64_t{result.complete}).bind(how.source);
  insert.bind(how.added_ns).bind(content);
  BPFTAX_TRY(insert.run());
  BPFTAX_TRY(store_subjects(result, now, database_.last_row_id()));
  BPFTAX_TRY(transaction.commit());
  return known ? Added::kUpdated : Added::kNew;
}

Result<void> Catalogue::store_subjects(const RunResult& result,
                                       const std::map<std::string, std::string>& versions, int64_t number) {
  BPFTAX_ASSIGN(Statement insert,
                database_.prepare("INSERT INTO subjects VALUES "
                                  "(NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  std::map<std::string, std::pair<int64_t, const ResultSubject*>> keys;
  for (const ResultSubject& subject : result.subjects) {
    BPFTAX_ASSIGN(const int64_t host, store_host(facts_of(result, subject)));
    insert.reset();
    insert.bind(number).bind(subject.id).bind(name_of(subject)).bind(tool_id_of(subject));
    insert.bind(versions.at(subject.id)).bind(subject.command).bind(subject.kind).bind(subject.status);
    insert.bind(subject.klass);
    insert.bind(subject.environment.empty() ? result.environment : subject.environment).bind(host);
    insert.bind(subject.process_cpu_percent.avg)
        .bind(subject.bpf_cpu_percent)
        .bind_integer(subject.map_bytes);
    insert.bind(subject.process_rss_kb.peak).bind(subject.output_bytes_per_s);
    BPFTAX_TRY(insert.run());
    keys[subject.id] = {database_.last_row_id(), &subject};
  }
  BPFTAX_ASSIGN(Statement row_insert,
                database_.prepare("INSERT INTO comparisons VALUES "
                                  "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  for (const ResultComparison& row : result.comparisons) {
    const auto& [key, subject] = keys.at(row.subject);
    const auto effect = log_effect_of(row);
    row_insert.reset();
    row_insert.bind(key).bind(row.workload).bind(row.metric).bind(row.unit).bind(row.better);
    row_insert.bind(int64_t{row.primary}).bind(placement_of(result, *subject, row.workload));
    row_insert.bind(int64_t{row.blocks}).bind(row.baseline_mean).bind(row.subject_mean);
    row_insert.bind(row.overhead_percent).bind(row.ci_low).bind(row.ci_high);
    row_insert.bind(std::optional(row.confidence)).bind(std::optional(row.margin_percent));
    row_insert.bind(to_string(row.verdict));
    row_insert.bind(effect ? std::optional(effect->mean) : std::nullopt);
    row_insert.bind(effect ? std::optional(effect->standard_error) : std::nullopt);
    row_insert.bind(int64_t{effect ? effect->degrees_of_freedom : 0});
    BPFTAX_TRY(row_insert.run());
  }
  return {};
}

Result<std::vector<CatalogueRun>> Catalogue::runs() {
  BPFTAX_ASSIGN(Statement select, database_.prepare(runs_query("")));
  return read_runs(select);
}

Result<std::vector<CatalogueRun>> Catalogue::read_runs(Statement& statement) {
  std::vector<CatalogueRun> all;
  for (;;) {
    BPFTAX_ASSIGN(const bool more, statement.step());
    if (!more) return all;
    all.push_back(read_run(statement));
  }
}

Result<CatalogueRun> Catalogue::find(const std::string& which) {
  const bool digits = !which.empty() && which.find_first_not_of("0123456789") == std::string::npos;
  const char* where = digits ? "WHERE r.number = ?" : "WHERE substr(r.run_id, 1, length(?1)) = ?1";
  BPFTAX_ASSIGN(Statement select, database_.prepare(runs_query(where)));
  if (digits) {
    select.bind(to_int64(which).value_or(-1));
  } else {
    select.bind(which);
  }
  BPFTAX_ASSIGN(const auto found, read_runs(select));
  if (which.empty() || found.empty()) {
    return fail(ErrorKind::kUsage, "there is no such run in the history", shell_quote(which), "",
                "bpftax history list shows their numbers and ids");
  }
  if (found.size() == 1) return found.front();
  std::vector<std::string> numbers;
  for (const CatalogueRun& run : found) numbers.push_back(fmt::format("{}", run.number));
  return fail(ErrorKind::kUsage, "more than one run is called so", shell_quote(which),
              "they have the numbers " + shorten(join(numbers, ", "), 200), "name the run by its number");
}

Result<std::vector<CatalogueSubject>> Catalogue::subjects(int64_t run) {
  BPFTAX_ASSIGN(Statement select,
                database_.prepare(fmt::format("SELECT s.id, s.name, s.tool_id, s.version, s.command, s.kind, "
                                              "s.status, s.class, s.environment, {}, s.process_cpu_percent, "
                                              "s.bpf_cpu_percent, s.rss_peak_kb, s.output_bytes_per_s, "
                                              "s.map_bytes FROM subjects s LEFT JOIN hosts h USING (host) "
                                              "WHERE s.run = ? ORDER BY s.subject",
                                              kHostColumns)));
  select.bind(run);
  std::vector<CatalogueSubject> all;
  for (;;) {
    BPFTAX_ASSIGN(const bool more, select.step());
    if (!more) return all;
    CatalogueSubject subject{select.text(0), select.text(1), select.text(2), select.text(3), select.text(4),
                             select.text(5), select.text(6), select.text(7), select.text(8)};
    subject.host = read_host(select, 9);
    subject.process_cpu_percent = select.number(14);
    subject.bpf_cpu_percent = select.number(15);
    subject.rss_peak_kb = select.number(16);
    subject.output_bytes_per_s = select.number(17);
    subject.map_bytes = select.optional_integer(18);
    all.push_back(std::move(subject));
  }
}

Result<std::vector<CatalogueRow>> Catalogue::read_rows(Statement& statement) {
  std::vector<CatalogueRow> all;
  for (;;) {
    BPFTAX_ASSIGN(const bool more, statement.step());
    if (!more) return all;
    all.push_back(read_row(statement));
  }
}

Result<std::vector<CatalogueRow>> Catalogue::rows(int64_t run) {
  BPFTAX_ASSIGN(Statement select, database_.prepare(rows_query("WHERE r.number = ?")));
  select.bind(run);
  return read_rows(select);
}

Result<std::vector<CatalogueRow>> Catalogue::rows_of_tool(const std::string& tool,
                                                          const std::string& workload,
                                                          const std::string& metric) {
  BPFTAX_ASSIGN(Statement select, database_.prepare(rows_query("WHERE (s.name = ?1 OR s.tool_id = ?1) "
                                                               "AND (?2 = '' OR c.workload = ?2) "
                                                               "AND (?3 = '' OR c.metric = ?3)")));
  select.bind(tool).bind(workload).bind(metric);
  return read_rows(select);
}

Result<std::vector<std::string>> Catalogue::tools() {
  BPFTAX_ASSIGN(Statement select,
                database_.prepare("SELECT DISTINCT name FROM subjects UNION SELECT DISTINCT "
                                  "tool_id FROM subjects WHERE tool_id <> '' ORDER BY 1"));
  std::vector<std::string> all;
  for (;;) {
    BPFTAX_ASSIGN(const bool more, select.step());
    if (!more) return all;
    all.push_back(select.text(0));
  }
}

Result<void> Catalogue::remove_run(int64_t run) {
  BPFTAX_ASSIGN(Statement remove, database_.prepare("DELETE FROM runs WHERE number = ?"));
  remove.bind(run);
  return remove.run();  // its subjects and rows go with it
}

Result<void> Catalogue::remove(int64_t run) {
  BPFTAX_ASSIGN(Database::Transaction transaction, database_.begin_write());
  BPFTAX_TRY(remove_run(run));
  BPFTAX_TRY(
      database_.execute("DELETE FROM hosts WHERE host NOT IN "
                        "(SELECT host FROM subjects WHERE host IS NOT NULL)"));
  return transaction.commit();
}

}  // namespace bpftax
