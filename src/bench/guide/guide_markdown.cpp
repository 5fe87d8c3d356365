// The guide as Markdown, for a repository or a merge request.
#include <fmt/format.h>

#include "bench/guide/guide_parts.h"
#include "bench/guide/row_text.h"
#include "report/text.h"

namespace bpftax::bench {
namespace {

std::string md(const std::string& text) {
  return md_escape(text);
}

// A command as a block that can be copied.
std::string code_block(const std::string& text) {
  return "    " + one_line(text) + "\n\n";
}

std::string recommendation_md(const Recommendation& one) {
  std::string out = "### " + md(one.purpose) + "\n\n**" + md(one.answer) + "**\n\n";
  out += "Cost of " + md(one.mix) + " (" + md(one.where) + "):\n\n";
  out += "| | Cost | Made of | Beside it | Limits |\n|---|---:|---|---|---|\n";
  for (const Candidate& candidate : one.candidates)
    out += fmt::format("| {} | {} | {} | {} | {} |\n",
                       candidate.best ? "**" + md(candidate.name) + "**" : md(candidate.name),
                       md(cost_text(candidate, one.unit)), md(candidate.made_of),
                       candidate.cost ? md(metrics_line(candidate)) : "", md(candidate.limits));
  return out + "\nWhy: " + md(one.why) + "\n\n";
}

std::string statements_md(const Guide& guide, Finding finding) {
  std::string out;
  for (const JudgedStatement* one : statements_with(guide, finding))
    out += fmt::format("| {} | {} | {} | {} |\n", md(one->claim), to_string(finding), md(one->detail),
                       md(one->why));
  return out;
}

constexpr char kStatementHead[] = "| Theory | Verdict | Measured | Because |\n|---|---|---|---|\n";

std::string contradictions_md(const Guide& guide) {
  const std::string rows = statements_md(guide, Finding::kContradicted);
  std::string out = "## Where this machine contradicts the theory\n\n";
  if (!rows.empty()) return out + kStatementHead + rows + "\n";
  return out + "Nowhere that was measured.\n\n";
}

std::string absent_md(const Guide& guide) {
  const Absent absent = absent_of(guide);
  std::string out;
  if (!absent.by_command.empty()) {
    out += "## Not measured yet\n\n";
    for (const auto& [command, what] : absent.by_command) {
      std::string list;
      for (const std::string& one : what) list += (list.empty() ? "" : "; ") + one;
      out += md(list) + ":\n\n" + code_block(command);
    }
  }
  if (!absent.unavailable.empty()) {
    out += "## Not to be had here\n\n";
    for (const auto& [what, reason] : absent.unavailable) out += "- " + md(what) + ": " + md(reason) + "\n";
    out += "\n";
  }
  return out;
}

}  // namespace

std::string guide_markdown(const Guide& guide) {
  std::string out = "# What to use on this machine\n\n" + md(guide.machine) + ".\n\n";
  for (const std::string& source : guide.sources) out += "- from " + md(source) + "\n";
  out +=
      "\nCosts are means with their 95 % interval, less the floor. What is in bold is the cheapest of what "
      "was "
      "measured, with all that cannot be told apart from it.\n\n";
  out += contradictions_md(guide);
  std::string topic;
  for (const Recommendation& one : guide.recommendations) {
    if (!is_answered(one)) continue;
    if (one.topic != topic) out += "## " + family_title(one.topic) + ": what for which purpose\n\n";
    topic = one.topic;
    out += recommendation_md(one);
  }
  const std::string confirmed = statements_md(guide, Finding::kConfirmed),
                    undecided = statements_md(guide, Finding::kUndecided);
  if (!confirmed.empty() || !undecided.empty())
    out += std::string("## Theory and measurement\n\n") + kStatementHead + confirmed + undecided + "\n";
  if (!guide.tables.empty()) {
    out += "## Time by operation and map type\n\n";
    for (const std::string& table : guide.tables) out += table;
  }
  out += absent_md(guide);
  if (!guide.notes.empty()) {
    out += "## Notes\n\n";
    for (const std::string& note : guide.notes) out += "- " + md(note) + "\n";
  }
  while (out.ends_with("\n\n")) out.pop_back();
  return out;
}

}  // namespace bpftax::bench
