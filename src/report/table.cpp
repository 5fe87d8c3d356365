#include "report/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "report/summary.h"
#include "report/text.h"
#include "util/units.h"

namespace bpftax {
namespace {

constexpr int kMinWidth = 80;
constexpr int kMaxWidth = 160;

const char* terminal_color_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::kPass:
      return "32";
    case Verdict::kOverhead:
      return "33";
    case Verdict::kExceeds:
      return "1;31";
    case Verdict::kInconclusive:
      return "36";
    case Verdict::kSaturated:
      return "35";
    case Verdict::kInvalid:
      break;
  }
  return "31";
}

// A shell command as lines that can be copied: broken before options outside quotes, with a backslash.
std::vector<std::string> command_lines(const std::string& command, size_t columns) {
  std::vector<std::string> parts;
  for (const std::string& word : shell_words(command)) {
    if (parts.empty() || word.rfind("--", 0) == 0) {
      parts.push_back(word);
    } else {
      parts.back() += " " + word;
    }
  }
  std::vector<std::string> lines;
  for (const std::string& part : parts) {
    if (!lines.empty() && display_width(lines.back()) + 1 + display_width(part) + 2 <= columns) {
      lines.back() += " " + part;
    } else {
      lines.push_back(lines.empty() ? part : "    " + part);
    }
  }
  for (size_t i = 0; i + 1 < lines.size(); ++i) lines[i] += " \\";
  return lines;
}

class Table {
 public:
  Table(const RunResult& result, const TableOptions& options)
      : result_(result),
        width_(static_cast<size_t>(std::clamp(options.width, kMinWidth, kMaxWidth))),
        color_(options.color) {}

  std::string render() {
    head();
    verdicts();
    costs();
    attributed();
    classes();
    warnings();
    foot();
    return std::move(out_);
  }

 private:
  struct VerdictColumns {
    size_t metric = 24, baseline = 12, subject = 0, effect = 21, noise = 0, mde = 0, margin = 6, verdict = 12;
  };

  std::string styled(const char* code, const std::string& text) const {
    return color_ ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : text;
  }
  void line(const std::string& text = "") { out_ += text + "\n"; }
  // Wrapped text; lines after the first are indented further.
  void paragraph(const std::string& text, size_t indent, size_t hanging = 0) {
    const std::vector<std::string> lines = wrap(one_line(text), width_ - indent - hanging);
    for (size_t i = 0; i < lines.size(); ++i)
      line(std::string(i == 0 ? indent : indent + hanging, ' ') + lines[i]);
  }
  void section(const std::string& title) {
    line();
    line(styled("1", title));
  }
  std::string name_of(const ResultSubject& subject) const {
    return fit(one_line(subject_name(result_, subject.id)), width_ / 2);
  }

  void head();
  void verdicts();
  VerdictColumns verdict_columns() const;
  void verdict_row(const ResultComparison& row, const VerdictColumns& columns);
  void costs();
  void cost_of(const ResultSubject& subject);
  void attributed();
  void classes();
  void warnings();
  void foot();

  const RunResult& result_;
  size_t width_;
  bool color_;
  std::string out_;
};

void Table::head() {
  const Headline head = headline(result_);
  for (const std::string& text : wrap(one_line(head.title), width_)) line(styled("1", text));
  for (const std::string& sentence : head.sentences) paragraph(sentence, 2);
}

Table::VerdictColumns Table::verdict_columns() const {
  VerdictColumns c;
  if (width_ >= 104) c.subject = 12;
  if (width_ >= 124) c.noise = c.mde = 8;
  return c;
}

void Table::verdict_row(const ResultComparison& row, const VerdictColumns& c) {
  std::string text =
      "  " + pad_right(fit(row.workload + " " + metric_label(row.metric, row.workload), c.metric), c.metric);
  text += " " + pad_left(fit(value_text(row.baseline_mean, row.unit), c.baseline), c.baseline);
  if (c.subject > 0)
    text += " " + pad_left(fit(value_text(row.subject_mean, row.unit), c.subject), c.subject);
  std::string effect = "?";
  if (row.overhead_percent)
    effect = fmt::format("{} [{}, {}]", signed_number(row.overhead_percent), signed_number(row.ci_low),
                         signed_number(row.ci_high));
  text += " " + pad_left(fit(effect, c.effect), c.effect);
  if (c.noise > 0) text += " " + pad_left(signed_number(row.noise_floor_percent), c.noise);
  if (c.mde > 0) text += " " + pad_left(plain_number(row.mde_percent), c.mde);
  text += " " + pad_left(margin_percent_text(row.margin_percent), c.margin);
  line(text + " " + styled(terminal_color_of(row.verdict), std::string(to_string(row.verdict))));
}

void Table::verdicts() {
  const VerdictColumns c = verdict_columns();
  line();
  std::string heading = pad_right("VERDICTS", 2 + c.metric) + " " + pad_left("baseline", c.baseline);
  if (c.subject > 0) heading += " " + pad_left("with tool", c.subject);
  heading += " " + pad_left("overhead % [interval]", c.effect);
  if (c.noise > 0) heading += " " + pad_left("noise %", c.noise);
  if (c.mde > 0) heading += " " + pad_left("finds %", c.mde);
  heading += " " + pad_left("margin", c.margin) + " verdict";
  line(styled("1", heading));
  for (const ResultSubject& subject : result_.subjects) {
    const Verdict verdict = overall_verdict(result_, subject);
    line(styled("1", name_of(subject)) + ": " +
         styled(terminal_color_of(verdict), std::string(to_string(verdict))));
    if (subject.status != "measured") {
      paragraph("not measured: " + (subject.reason.empty() ? "no reason is known" : subject.reason), 2);
      if (!subject.last_words.empty()) paragraph("its last words: " + subject.last_words, 2, 2);
    }
    for (const ResultComparison* row : rows_of(result_, subject.id, true)) verdict_row(*row, c);
  }
  std::set<std::string> floors;
  for (const ResultComparison* row : rows_of(result_, "", true)) {
    if (row->margin_floor)
      floors.insert(fmt::format("{} of {}", value_text(row->margin_floor, row->unit), row->workload));
  }
  if (!floors.empty())
    paragraph(
        fmt::format("The smallest difference that counts makes the margin: {}.", fmt::join(floors, ", ")), 2);
}

void Table::cost_of(const ResultSubject& subject) {
  line(name_of(subject));
  const size_t numbers = 10 + 1 + 8 + 1 + 8;
  const size_t names = width_ - 2 - 1 - numbers;
  for (const ResultProgram& program : subject.programs) {
    std::string what = one_line(program.name);
    const std::string hook = one_line(program.attach.empty() ? program.type : program.attach);
    if (!hook.empty()) what += "  " + hook;
    line("  " + pad_right(fit(what, names), names) + " " + pad_left(count_text(program.runs_per_s), 10) +
         " " + pad_left(program.ns_per_run ? format_significant(*program.ns_per_run) : "?", 8) + " " +
         pad_left(plain_number(program.cpu_percent), 8));
  }
  std::optional<double> map_bytes;
  if (subject.map_bytes) map_bytes = static_cast<double>(*subject.map_bytes);
  const auto peak = [](const std::string& text) { return text == "?" ? "" : " (peak " + text + ")"; };
  paragraph(fmt::format("process: CPU {}{}, RSS {}{}; maps {}; output {}/s",
                        percent_text(subject.process_cpu_percent.avg),
                        peak(percent_text(subject.process_cpu_percent.peak)),
                        bytes_text(kb_to_bytes(subject.process_rss_kb.avg)),
                        peak(bytes_text(kb_to_bytes(subject.process_rss_kb.peak))), bytes_text(map_bytes),
                        bytes_text(subject.output_bytes_per_s)),
            2, 2);
  for (const std::string& left : subject.left_behind) paragraph("left behind: " + left, 2, 2);
}

void Table::costs() {
  line();
  line(styled("1", pad_right("COST WHILE TRAFFIC RUNS", width_ - 28) + pad_left("runs/s", 10) +
                       pad_left("ns/run", 9) + pad_left("% of CPU", 9)));
  for (const ResultSubject& subject : result_.subjects)
    if (subject.status == "measured") cost_of(subject);
}

void Table::attributed() {
  const std::vector<AttributedTime> rows = attributions(result_, "");
  if (rows.empty()) return;
  section("ADDED TIME PER TRANSACTION: MEASURED, AND EXPLAINED BY THE PROGRAMS' RUN TIME");
  const size_t names = std::min<size_t>(width_ - 58, 44);
  line("  " + pad_right("", names) + pad_left("measured us", 14) + pad_left("interval", 20) +
       pad_left("attributed", 12) + pad_left("rest", 8));
  for (const AttributedTime& a : rows) {
    const std::string tail = " " + a.row->workload;
    const std::string name =
        fit(one_line(subject_name(result_, a.row->subject)), names - display_width(tail)) + tail;
    line("  " + pad_right(name, names) + pad_left(signed_number(a.measured_us), 14) +
         pad_left(interval_text(a.measured_low, a.measured_high), 20) +
         pad_left(plain_number(a.attributed_us), 12) + pad_left(signed_number(a.residual_us), 8));
  }
}

void Table::classes() {
  section("WHAT TO DO");
  for (const ResultSubject& subject : result_.subjects) {
    paragraph(fmt::format("{}: {}. {}", name_of(subject), class_phrase(subject.klass), subject.class_reason),
              0, 2);
    for (const ResultWarning& item : subject.advice) paragraph("- " + item.text + " " + item.advice, 2, 2);
  }
}

void Table::warnings() {
  if (result_.warnings.empty() && result_.drops.empty()) return;
  section("WARNINGS");
  for (const ResultWarning& warning : result_.warnings)
    paragraph("- " + warning.text + (warning.advice.empty() ? "" : " " + warning.advice), 0, 2);
  for (const auto& [arm, count] : result_.drops) {
    const bool baseline = arm == "A1" || arm == "A2";
    paragraph(fmt::format("- {} dropped and measured again because of {}.",
                          counted(static_cast<size_t>(std::max(0, count)), "block"),
                          baseline ? "the baseline (" + arm + ")" : subject_name(result_, arm)),
              0, 2);
  }
}

void Table::foot() {
  section("REPEAT IT");
  for (const std::string& part : command_lines(safe_lines(reproduce_command(result_)), width_ - 2))
    line("  " + part);
}

}  // namespace

std::string render_table(const RunResult& result, const TableOptions& options) {
  return Table(result, options).render();
}

}  // namespace bpftax
