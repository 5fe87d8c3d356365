// The guide for a terminal.
#include <fmt/format.h>

#include <algorithm>

#include "bench/guide/guide_parts.h"
#include "bench/guide/row_text.h"
#include "report/text.h"
#include "util/strings.h"

namespace bpftax::bench {
namespace {

class TextWriter {
 public:
  explicit TextWriter(size_t width) : width_(std::max<size_t>(width, 40)) {}
  void heading(const std::string& text) {
    out_ += (out_.empty() ? "" : "\n") + one_line(text) + "\n" +
            std::string(display_width(one_line(text)), '-') + "\n";
  }
  // Lines of one paragraph, those after the first indented further.
  void paragraph(const std::string& text, size_t indent = 0) {
    bool first = true;
    for (const std::string& line : wrap(one_line(text), width_ - indent - 2)) {
      out_ += std::string(indent + (first ? 0 : 2), ' ') + line + "\n";
      first = false;
    }
  }
  // A command is never broken: it is to be copied.
  void line(const std::string& text, size_t indent) {
    out_ += std::string(indent, ' ') + one_line(text) + "\n";
  }
  void gap() { out_ += "\n"; }
  std::string take() { return std::move(out_); }

 private:
  const size_t width_;
  std::string out_;
};

void write_candidates(TextWriter& out, const Recommendation& recommendation) {
  size_t widest = 0;
  for (const Candidate& one : recommendation.candidates)
    widest = std::max(widest, display_width(one_line(one.name)));
  for (const Candidate& one : recommendation.candidates) {
    std::string text = (one.best ? "* " : "  ") + pad_right(one_line(one.name), widest) + "  " +
                       cost_text(one, recommendation.unit);
    if (const std::string metrics = metrics_line(one); one.cost && !metrics.empty()) text += "; " + metrics;
    if (!one.limits.empty()) text += "; " + one.limits;
    out.paragraph(text, 2);
  }
}

void write_statements(TextWriter& out, const Guide& guide, Finding finding) {
  for (const JudgedStatement* statement : statements_with(guide, finding)) {
    out.paragraph(fmt::format("[{}] {}", to_string(finding), statement->claim));
    if (!statement->detail.empty()) out.paragraph(statement->detail, 4);
    out.paragraph("why: " + statement->why, 4);
  }
}

}  // namespace

std::string guide_text(const Guide& guide, size_t width) {
  TextWriter out(width);
  out.paragraph("Guide for " + guide.machine);
  for (const std::string& source : guide.sources) out.paragraph("from " + source, 2);
  const auto contradicted = statements_with(guide, Finding::kContradicted);
  if (!contradicted.empty()) {
    out.heading("Where this machine contradicts the theory");
    write_statements(out, guide, Finding::kContradicted);
  }
  std::string topic;
  for (const Recommendation& one : guide.recommendations) {
    if (!is_answered(one)) continue;
    if (one.topic != topic) out.heading(family_title(one.topic) + ": what for which purpose");
    topic = one.topic;
    out.paragraph(one.purpose);
    out.paragraph(one.answer, 2);
    out.paragraph("cost of: " + one.mix + " (" + one.where + ")", 2);
    write_candidates(out, one);
    out.paragraph("why: " + one.why, 2);
    out.gap();
  }
  if (!statements_with(guide, Finding::kConfirmed).empty() ||
      !statements_with(guide, Finding::kUndecided).empty()) {
    out.heading("Theory and measurement");
    write_statements(out, guide, Finding::kConfirmed);
    write_statements(out, guide, Finding::kUndecided);
  }
  const Absent absent = absent_of(guide);
  if (!absent.by_command.empty()) {
    out.heading("Not measured yet");
    for (const auto& [command, what] : absent.by_command) {
      out.line(command, 0);
      out.paragraph("for " + join(what, "; "), 4);
    }
  }
  if (!absent.unavailable.empty()) {
    out.heading("Not to be had here");
    for (const auto& [what, reason] : absent.unavailable) out.paragraph(what + ": " + reason);
  }
  if (!guide.notes.empty()) {
    out.heading("Notes");
    for (const std::string& note : guide.notes) out.paragraph(note);
  }
  return out.take();
}

}  // namespace bpftax::bench
