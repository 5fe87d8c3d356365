#include "report/markdown.h"

#include <fmt/format.h>

#include "report/summary.h"
#include "report/text.h"
#include "util/clock.h"
#include "util/units.h"

namespace bpftax {
namespace {

// Inline text: what Markdown or HTML would read as markup is escaped.
std::string md_escape(std::string_view text) {
  std::string out;
  for (const char c : one_line(text)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '\\':
      case '`':
      case '*':
      case '_':
      case '[':
      case ']':
      case '|':
      case '~':
      case '#':
      case '!':
        out += '\\';
        out += c;
        break;
      default:
        out += c;
    }
  }
  return out;
}

// A fenced block that the text cannot end, whatever backquotes it has.
std::string code_block(std::string_view text) {
  size_t longest = 2, run = 0;
  for (const char c : text) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  const std::string fence(longest + 1, '`');
  return fence + "text\n" + std::string(text) + "\n" + fence + "\n";
}

class MarkdownPage {
 public:
  explicit MarkdownPage(const RunResult& result) : result_(result) {}
  std::string render() {
    head();
    verdicts();
    costs();
    attributed();
    certainty();
    advice();
    warnings();
    machine();
    method();
    return std::move(out_);
  }

 private:
  template <class... Args>
  void add(fmt::format_string<Args...> format, Args&&... args) {
    out_ += fmt::format(format, std::forward<Args>(args)...);
  }
  std::string name(std::string_view id) const { return md_escape(subject_name(result_, id)); }

  void head();
  void verdicts();
  void costs();
  void attributed();
  void certainty();
  void advice();
  void warnings();
  void machine();
  void method();

  const RunResult& result_;
  std::string out_;
};

void MarkdownPage::head() {
  const Headline head = headline(result_);
  add("# {}\n\n", md_escape(head.title));
  for (const std::string& sentence : head.sentences) add("{}\n", md_escape(sentence));
  add("\nRun `{}`, seed {}.\n", md_escape(result_.run_id), result_.seed);
}

void MarkdownPage::verdicts() {
  add("\n## Verdicts\n\nOverhead in percent; positive is worse.\n\n");
  add("| Tool | Workload | Metric | Baseline | With tool | Overhead | Interval | Margin | Verdict |\n");
  add("|---|---|---|---:|---:|---:|---:|---:|---|\n");
  for (const ResultSubject& subject : result_.subjects) {
    if (subject.status != "measured") {
      add("| {} | | | | | | | | INVALID: {} |\n", name(subject.id),
          md_escape(subject.reason.empty() ? "no reason is known" : subject.reason));
    }
    for (const ResultComparison* row : rows_of(result_, subject.id, true)) {
      add("| {} | {} | {} | {} | {} | {} % | {} % | {} | {} |\n", name(subject.id), md_escape(row->workload),
          md_escape(metric_label(row->metric, row->workload)),
          md_escape(value_text(row->baseline_mean, row->unit)),
          md_escape(value_text(row->subject_mean, row->unit)), signed_number(row->overhead_percent),
          interval_text(row->ci_low, row->ci_high), md_escape(margin_text(*row)), to_string(row->verdict));
    }
  }
  for (const ResultSubject& subject : result_.subjects) {
    if (subject.last_words.empty()) continue;
    add("\nLast words of {}:\n\n{}", name(subject.id), code_block(safe_lines(subject.last_words)));
  }
}

void MarkdownPage::costs() {
  add("\n## Where the cost comes from\n\n");
  add("| Tool | Program | Hook | Runs/s | ns/run | % of a CPU |\n|---|---|---|---:|---:|---:|\n");
  for (const ResultSubject& subject : result_.subjects)
    for (const ResultProgram& program : subject.programs)
      add("| {} | {} | {} | {} | {} | {} |\n", name(subject.id), md_escape(program.name),
          md_escape(program.attach.empty() ? program.type : program.attach), count_text(program.runs_per_s),
          program.ns_per_run ? format_significant(*program.ns_per_run) : "?",
          plain_number(program.cpu_percent));
  add("\n"
      "| Tool | User-space CPU | Peak | RSS | Peak | Map memory | Output |\n"
      "|---|---:|---:|---:|---:|---:|---:|\n");
  for (const ResultSubject& subject : result_.subjects) {
    if (subject.status != "measured") continue;
    std::optional<double> map_bytes;
    if (subject.map_bytes) map_bytes = static_cast<double>(*subject.map_bytes);
    add("| {} | {} | {} | {} | {} | {} | {}/s |\n", name(subject.id),
        percent_text(subject.process_cpu_percent.avg), percent_text(subject.process_cpu_percent.peak),
        bytes_text(kb_to_bytes(subject.process_rss_kb.avg)),
        bytes_text(kb_to_bytes(subject.process_rss_kb.peak)), bytes_text(map_bytes),
        bytes_text(subject.output_bytes_per_s));
  }
}

void MarkdownPage::attributed() {
  const auto rows = attributions(result_, "");
  if (rows.empty()) return;
  add("\n"
      "### Measured and attributed\n"
      "\n"
      "Added time per transaction in microseconds: what was measured, and what the programs' own run "
      "time explains. The rest is entering the hook, the reader, and what both do to caches.\n"
      "\n");
  add("| Tool | Workload | Measured | Interval | Attributed | Rest |\n|---|---|---:|---:|---:|---:|\n");
  for (const Attribution& a : rows)
    add("| {} | {} | {} | {} | {} | {} |\n", name(a.row->subject), md_escape(a.row->workload),
        signed_number(a.measured_us), interval_text(a.measured_low, a.measured_high),
        plain_number(a.attributed_us), signed_number(a.residual_us));
}

void MarkdownPage::certainty() {
  add("\n"
      "## How sure\n"
      "\n"
      "Noise floor: what the baseline differs from itself. Finds: the smallest effect that this run "
      "would find 4 times out of 5.\n"
      "\n");
  add("| Tool | Workload | Metric | Blocks | Noise floor | Finds | p (adjusted) | Why |\n");
  add("|---|---|---|---:|---:|---:|---:|---|\n");
  for (const ResultComparison* row : rows_of(result_, "", true)) {
    std::string why = row->verdict_text;
    if (row->blocks_needed) why += fmt::format(" (about {} blocks would decide it)", *row->blocks_needed);
    add("| {} | {} | {} | {} | {} % | {} % | {} | {} |\n", name(row->subject), md_escape(row->workload),
        md_escape(metric_label(row->metric, row->workload)), row->blocks,
        signed_number(row->noise_floor_percent), plain_number(row->mde_percent),
        row->p_adjusted ? fmt::format("{:.2g}", *row->p_adjusted) : "?", md_escape(why));
  }
}

void MarkdownPage::advice() {
  add("\n## What to do\n\n");
  for (const ResultSubject& subject : result_.subjects) {
    add("- **{}**: {}. {}\n", name(subject.id), class_phrase(subject.klass), md_escape(subject.class_reason));
    for (const ResultWarning& item : subject.advice)
      add("  - {} {}\n", md_escape(item.text), md_escape(item.advice));
  }
}

void MarkdownPage::warnings() {
  const auto invalid = invalid_windows(result_);
  if (result_.warnings.empty() && result_.drops.empty() && invalid.empty()) return;
  add("\n## Warnings\n\n");
  for (const ResultWarning& warning : result_.warnings)
    add("- {} {}\n", md_escape(warning.text), md_escape(warning.advice));
  for (const auto& [arm, count] : result_.drops)
    add("- {} dropped and measured again because of {}.\n",
        counted(static_cast<size_t>(std::max(0, count)), "block"),
        arm == "A1" || arm == "A2" ? "the baseline (" + arm + ")" : name(arm));
  for (const ResultWindow* window : invalid)
    add("- Invalid window: {}: {}.\n", md_escape(window_name(result_, *window)), md_escape(window->reason));
}

void MarkdownPage::machine() {
  const auto hosts = {std::pair("Server", &result_.server_facts), std::pair("Client", &result_.client_facts)};
  const bool same = result_.server_facts == result_.client_facts;
  for (const auto& [end, facts] : hosts) {
    const auto rows = host_rows(*facts);
    if (rows.empty()) continue;
    add("\n## {}\n\n| | |\n|---|---|\n", same ? "Machine" : end);
    for (const auto& [label, text] : rows) add("| {} | {} |\n", md_escape(label), md_escape(text));
    if (same) break;
  }
  if (!result_.placement.is_object() || result_.placement.empty()) return;
  add("\n| Workload | Placement |\n|---|---|\n");
  for (const std::string& workload : workloads_of(result_))
    add("| {} | {} |\n", md_escape(workload), md_escape(placement_text(result_, workload)));
}

void MarkdownPage::method() {
  add("\n## Method\n\n");
  for (const std::string& sentence : method_sentences(result_)) add("- {}\n", md_escape(sentence));
  add("\nTo measure it again:\n\n{}", code_block(safe_lines(reproduce_command(result_))));
  if (!result_.tool_version.empty()) add("\nbpftax {}\n", md_escape(result_.tool_version));
}

}  // namespace

std::string render_markdown(const RunResult& result) {
  return MarkdownPage(result).render();
}

}  // namespace bpftax
