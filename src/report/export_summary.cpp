#include "report/export_summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "report/summary.h"
#include "report/text.h"
#include "util/strings.h"

namespace bpftax {
namespace {

// Rows of a table, and bytes of a name or a sentence: what a summary can bear.
constexpr size_t kMostRows = 40;
constexpr size_t kMostResults = 20;
constexpr size_t kMostText = 200;

constexpr std::array<GateOutcome, 4> kWorstFirst = {GateOutcome::kExceeds, GateOutcome::kNotMeasured,
                                                    GateOutcome::kUndecided, GateOutcome::kPass};

std::string cell(std::string_view text) {
  return md_escape(shorten(one_line(text), kMostText));
}

std::string_view answer(int exit_code) {
  switch (exit_code) {
    case 0:
      return "✅ within every limit";
    case 1:
      return "❌ a limit is exceeded";
    case 4:
      return "❔ not decided";
    default:
      return "⚠️ not everything was measured";
  }
}

std::string counts_text(const std::vector<GateCheck>& checks) {
  std::vector<std::string> parts;
  for (const GateOutcome outcome : kWorstFirst) {
    const auto n = std::count_if(checks.begin(), checks.end(),
                                 [&](const GateCheck& check) { return check.outcome == outcome; });
    if (n == 0) continue;
    const char* word = outcome == GateOutcome::kExceeds       ? "exceed"
                       : outcome == GateOutcome::kNotMeasured ? "not measured"
                       : outcome == GateOutcome::kUndecided   ? "undecided"
                                                              : "pass";
    parts.push_back(fmt::format("{} {}", n, word));
  }
  return parts.empty() ? "nothing to check" : join(parts, ", ");
}

std::string measured_text(const GateCheck& check) {
  if (!check.value) return "?";
  if (check.low) {
    const std::string unit = check.unit == "%" ? " %" : check.unit.empty() ? "" : " " + check.unit;
    return fmt::format("{}{} ({})", signed_number(check.value), unit, interval_text(check.low, check.high));
  }
  if (check.unit == "B" || check.unit == "B/s") return bytes_text(check.value) + check.unit.substr(1);
  return value_text(check.value, check.unit);
}

std::string limit_cell(const GateCheck& check) {
  if (!check.limit) return "";
  if (check.unit == "B" || check.unit == "B/s") return bytes_text(check.limit) + check.unit.substr(1);
  return check.unit == "%" ? margin_percent_text(*check.limit) : value_text(check.limit, check.unit);
}

std::string table_of(const GateReport& report) {
  std::string out = "| Tool | Check | Measured | Limit | Verdict | Why |\n|---|---|---:|---:|---|---|\n";
  std::vector<const GateCheck*> ordered;
  for (const GateOutcome outcome : kWorstFirst)
    for (const GateCheck& check : report.checks)
      if (check.outcome == outcome) ordered.push_back(&check);
  for (size_t i = 0; i < std::min(ordered.size(), kMostRows); ++i) {
    const GateCheck& check = *ordered[i];
    out +=
        fmt::format("| {} | {} | {} | {} | {} | {} |\n", cell(check.name), cell(check.what),
                    cell(measured_text(check)), cell(limit_cell(check)), cell(check.word), cell(check.text));
  }
  if (ordered.size() > kMostRows) {
    const bool only_passes = ordered[kMostRows]->outcome == GateOutcome::kPass;
    out += fmt::format("\n{} more{}.\n", ordered.size() - kMostRows,
                       only_passes ? ", all of them PASS" : ", not all of them PASS");
  }
  return out;
}

std::string section_of(const GateReport& report) {
  const RunResult& result = *report.result;
  std::string out = fmt::format("### {}: {}\n\n", answer(report.exit_code), counts_text(report.checks));
  out += cell(headline(result).title) +
         ". Overhead in percent, positive is worse; in brackets the interval.\n\n";
  if (!report.checks.empty()) out += table_of(report);
  for (const std::string& note : report.notes) out += "\n> " + cell(note) + "\n";
  out += fmt::format("\n<sub>run {}{}{}</sub>\n\n", cell(result.run_id), report.source.empty() ? "" : ", ",
                     cell(report.source));
  return out;
}

}  // namespace

std::string render_ci_summary(const std::vector<GateReport>& reports) {
  std::string out = "## bpftax: what the eBPF tools cost\n\n";
  size_t shown = 0;
  for (; shown < std::min(reports.size(), kMostResults); ++shown) {
    const std::string section = section_of(reports[shown]);
    if (out.size() + section.size() > kMaxSummaryBytes - 200) break;
    out += section;
  }
  if (shown < reports.size()) out += fmt::format("{} of {} results are shown.\n", shown, reports.size());
  return out;
}

}  // namespace bpftax
