#include "bench/guide/guide.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "bench/guide/evaluate.h"
#include "bench/guide/operation_tables.h"
#include "bench/guide/row_text.h"
#include "report/text.h"

namespace bpftax::bench {

std::string_view to_string(Finding finding) {
  switch (finding) {
    case Finding::kConfirmed:
      return "confirmed";
    case Finding::kContradicted:
      return "contradicted";
    case Finding::kUndecided:
      return "undecided";
    case Finding::kNotMeasured:
      break;
  }
  return "not measured";
}

namespace {

// Measurements with the same of these belong to the same machine.
constexpr const char* kMachineFacts[] = {"hostname", "kernel_release", "cpu_model", "cpu_count_online"};

std::string fact_of(const Document& document, const char* key) {
  if (!document.host.is_object()) return "";
  const auto at = document.host.find(key);
  return at == document.host.end() || at->is_null() ? "" : param_text(*at);
}

std::string machine_text(const Document& document) {
  std::string out;
  const auto add = [&](const std::string& text, const char* before, const char* after) {
    if (!text.empty()) out += (out.empty() ? "" : ", ") + std::string(before) + text + after;
  };
  add(fact_of(document, "hostname"), "", "");
  add(fact_of(document, "cpu_model"), "", "");
  add(fact_of(document, "cpu_count_online"), "", " CPUs");
  add(fact_of(document, "kernel_release"), "Linux ", "");
  return out.empty() ? "unknown machine" : out;
}

std::string identity_of(const Row& row) {
  return row.benchmark + "\n" + row.subject + "\n" + row.op + "\n" + row.side + "\n" + dump_line(row.params) +
         "\n" + row.condition + (row.is_floor ? "\nfloor" : "");
}

// All rows, each identity once: of several the last that was measured, else the last.
Document merged(std::span<const Document> documents, std::vector<std::string>& notes) {
  Document out = documents.front();
  out.rows.clear();
  std::map<std::string, size_t> at;
  size_t again = 0;
  for (const Document& document : documents)
    for (const Row& row : document.rows) {
      const auto [place, fresh] = at.try_emplace(identity_of(row), out.rows.size());
      if (fresh) {
        out.rows.push_back(row);
        continue;
      }
      Row& known = out.rows[place->second];
      if (known.status == Status::kMeasured && row.status == Status::kMeasured) ++again;
      if (row.status == Status::kMeasured || known.status != Status::kMeasured) known = row;
    }
  if (again > 0)
    notes.push_back(fmt::format("{} measured in more than one document: the last one counts.",
                                again == 1 ? "1 value was" : fmt::format("{} values were", again)));
  return out;
}

void add_notes(std::span<const Document> documents, std::vector<std::string>& notes) {
  size_t invalid = 0, doubtful = 0;
  for (const Document& document : documents) {
    doubtful +=
        static_cast<size_t>(std::count_if(document.rows.begin(), document.rows.end(), [](const Row& row) {
          return row.status == Status::kMeasured && !row.warnings.empty();
        }));
    invalid +=
        static_cast<size_t>(std::count_if(document.rows.begin(), document.rows.end(),
                                          [](const Row& row) { return row.status == Status::kInvalid; }));
    for (const std::string& warning : document.warnings)
      if (std::find(notes.begin(), notes.end(), warning) == notes.end()) notes.push_back(warning);
  }
  if (invalid > 0)
    notes.push_back(fmt::format("{} invalid: what ran was not what had to run. Nothing here rests on them.",
                                invalid == 1 ? "1 value is" : fmt::format("{} values are", invalid)));
  if (doubtful > 0)
    notes.push_back(fmt::format("{} with doubts that the results name; they count here all the same.",
                                doubtful == 1 ? "1 value comes" : fmt::format("{} values come", doubtful)));
}

}  // namespace

Result<Guide> make_guide(std::span<const Document> documents) {
  constexpr char kWhat[] = "cannot make a guide";
  const bool rows = std::any_of(documents.begin(), documents.end(),
                                [](const Document& document) { return !document.rows.empty(); });
  if (!rows)
    return fail(ErrorKind::kUsage, kWhat, "", "no results were given",
                "bpftax bench maps --quick --json maps.json; bpftax bench guide maps.json");
  for (const Document& document : documents)
    for (const char* fact : kMachineFacts) {
      const std::string mine = fact_of(documents.front(), fact), theirs = fact_of(document, fact);
      if (mine != theirs)
        return fail(ErrorKind::kUsage, kWhat, one_line(document.command),
                    fmt::format("the documents come from different machines: {} is {} and {}", fact,
                                mine.empty() ? "unknown" : one_line(mine),
                                theirs.empty() ? "unknown" : one_line(theirs)),
                    "give the results of one machine; `bpftax bench compare A B` compares two");
    }
  Guide guide;
  guide.machine = machine_text(documents.front());
  for (const Document& document : documents) {
    guide.sources.push_back(document.command + (document.started.empty() ? "" : ", " + document.started));
    std::string tables = operation_tables_markdown(document);
    if (!tables.empty()) guide.tables.push_back(std::move(tables));
  }
  add_notes(documents, guide.notes);
  const Document all = merged(documents, guide.notes);
  for (const Purpose& purpose : purposes()) guide.recommendations.push_back(recommend(purpose, all));
  for (const Statement& statement : statements()) guide.statements.push_back(judge(statement, all));
  return guide;
}

}  // namespace bpftax::bench
