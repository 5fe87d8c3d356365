#include "report/markdown.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/class_design.h"
#include "report/result_index.h"
#include "report/summary.h"
#include "report/svg_pictures.h"
#include "report/text.h"
#include "report/words.h"
#include "util/clock.h"
#include "util/strings.h"
#include "util/units.h"

namespace bpftax {
namespace {

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
  MarkdownPage(const RunResult& result, const MarkdownOptions& options)
      : result_(result), index_(result), lang_(options.lang), groups_(groups_of(result)) {
    if (!options.pictures.empty()) pictures_ = markdown_pictures(result, options);
  }
  std::string render();

 private:
  template <class... Args>
  void add(fmt::format_string<Args...> format, Args&&... args) {
    out_ += fmt::format(format, std::forward<Args>(args)...);
  }
  std::string name(std::string_view id) const { return md_escape(index_.name(id, lang_)); }
  std::string text(WordKey key) const { return md_escape(word(lang_, key)); }
  std::string engine(std::string_view english) const { return md_escape(engine_text(lang_, english)); }
  std::string metric(const ResultComparison& row) const {
    return md_escape(metric_label(row.metric, row.workload, lang_));
  }
  // Head of a table; columns from `numeric` on are aligned to the right, `text_at_end` of them are text
  // again.
  void head_of(const std::vector<WordKey>& columns, size_t numeric, size_t text_at_end);
  void section(WordKey title) { add("\n## {}\n\n", text(title)); }

  void head();
  void verdicts();
  void verdict_rows(const ResultGroup& group);
  void costs();
  void attributed();
  void certainty();
  void advice();
  std::string warning(const ResultWarning& warning) const;
  void warnings();
  void machine();
  void hosts(const nlohmann::json& server, const nlohmann::json& client, const nlohmann::json& placement);
  void method();

  const RunResult& result_;
  const ResultIndex index_;
  const Lang lang_;
  const std::vector<ResultGroup> groups_;
  std::vector<Picture> pictures_;
  std::string out_;
};

std::string MarkdownPage::render() {
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

void MarkdownPage::head_of(const std::vector<WordKey>& columns, size_t numeric, size_t text_at_end) {
  std::string rule = "|";
  out_ += "|";
  for (size_t i = 0; i < columns.size(); ++i) {
    add(" {} |", text(columns[i]));
    rule += i >= numeric && i + text_at_end < columns.size() ? "---:|" : "---|";
  }
  add("\n{}\n", rule);
}

void MarkdownPage::head() {
  const Headline head = headline(result_, lang_);
  add("# {}\n\n", md_escape(head.title));
  for (const std::string& sentence : head.sentences) add("{}\n", md_escape(sentence));
  const std::string id = "`" + md_escape(result_.run_id) + "`";
  add("\n{}\n", result_.source == kSourceTree ? say(lang_, "fact.tree_line", id)
                                              : say(lang_, "fact.run_line", id, result_.seed));
}

void MarkdownPage::verdict_rows(const ResultGroup& group) {
  head_of({"column.tool", "column.workload", "column.metric", "column.baseline", "column.with_tool",
           "column.overhead_md", "column.interval_md", "column.margin", "column.verdict"},
          3, 1);
  for (const ResultSubject* subject : group.subjects) {
    if (subject->status != "measured") {
      add("| {} | | | | | | | | {} |\n", name(subject->id),
          md_escape(say(lang_, "md.invalid",
                        subject->reason.empty() ? std::string(word(lang_, "tool.no_reason"))
                                                : engine_text(lang_, subject->reason))));
    }
    for (const ResultComparison* row : index_.primary_rows(subject->id)) {
      add("| {} | {} | {} | {} | {} | {} % | {} % | {} | {} |\n", name(subject->id), md_escape(row->workload),
          metric(*row), md_escape(value_text(row->baseline_mean, row->unit)),
          md_escape(value_text(row->subject_mean, row->unit)), signed_number(row->overhead_percent),
          interval_text(row->ci_low, row->ci_high, lang_), md_escape(margin_text(*row, lang_)),
          verdict_word(row->verdict, lang_));
    }
  }
}

void MarkdownPage::verdicts() {
  section("section.verdicts");
  add("{}\n", text("md.positive"));
  if (groups_.size() > 1) add("{}\n", text("group.own"));
  for (size_t i = 0; i < groups_.size(); ++i) {
    if (groups_.size() > 1) add("\n### {}\n", md_escape(group_title(groups_[i], lang_)));
    add("\n");
    for (const Picture& picture : pictures_)
      if (picture.group == i) add("![{}]({})\n\n", md_escape(picture.alt), picture.file);
    verdict_rows(groups_[i]);
  }
  const auto rows = rows_of(result_, "", true);
  if (std::any_of(rows.begin(), rows.end(),
                  [](const ResultComparison* row) { return row->margin_floor.has_value(); }))
    add("\n{}\n", text("floor.note"));
  for (const ResultSubject& subject : result_.subjects) {
    if (subject.last_words.empty()) continue;
    add("\n{}\n\n{}", say(lang_, "tool.last_words_of", name(subject.id)),
        code_block(safe_lines(subject.last_words)));
  }
}

void MarkdownPage::costs() {
  section("section.cost");
  head_of({"column.tool", "column.program", "column.hook", "column.runs", "column.ns", "column.entry",
           "column.cpu_share"},
          3, 0);
  for (const ResultSubject& subject : result_.subjects)
    for (const ResultProgram& program : subject.programs)
      add("| {} | {} | {} | {} | {} | {} | {} |\n", name(subject.id), md_escape(program.name),
          md_escape(program.attach.empty() ? program.type : program.attach), count_text(program.runs_per_s),
          program.ns_per_run ? format_significant(*program.ns_per_run) : "?", plain_number(program.entry_ns),
          plain_number(program.cpu_percent));
  add("\n");
  head_of({"column.tool", "column.cpu_user", "column.peak", "column.rss", "column.rss_peak",
           "column.map_memory", "column.output"},
          1, 0);
  for (const ResultSubject& subject : result_.subjects) {
    if (subject.status != "measured") continue;
    std::optional<double> map_bytes;
    if (subject.map_bytes) map_bytes = static_cast<double>(*subject.map_bytes);
    add("| {} | {} | {} | {} | {} | {} | {} |\n", name(subject.id),
        percent_text(subject.process_cpu_percent.avg), percent_text(subject.process_cpu_percent.peak),
        bytes_text(kb_to_bytes(subject.process_rss_kb.avg)),
        bytes_text(kb_to_bytes(subject.process_rss_kb.peak)), bytes_text(map_bytes),
        say(lang_, "md.per_second", bytes_text(subject.output_bytes_per_s)));
  }
}

void MarkdownPage::attributed() {
  const auto rows = attributions(result_, "");
  if (rows.empty()) return;
  add("\n### {}\n\n{}\n\n", text("cost.attribution_title"), text("cost.attribution_intro"));
  head_of({"column.tool", "column.workload", "column.measured", "column.interval_md", "column.attributed",
           "column.interval_md", "column.rest"},
          2, 0);
  for (const AttributedTime& a : rows)
    add("| {} | {} | {} | {} | {} | {} | {} |\n", name(a.row->subject), md_escape(a.row->workload),
        signed_number(a.measured_us), interval_text(a.measured_low, a.measured_high, lang_),
        plain_number(a.attributed_us), interval_text(a.attributed_low, a.attributed_high, lang_),
        signed_number(a.residual_us));
}

void MarkdownPage::certainty() {
  section("section.certainty");
  add("{}\n\n", text("certainty.intro_md"));
  head_of({"column.tool", "column.workload", "column.metric", "column.blocks", "column.noise_md",
           "column.finds_md", "column.p", "column.why"},
          3, 1);
  for (const ResultComparison* row : rows_of(result_, "", true)) {
    std::string why = engine_text(lang_, row->verdict_text);
    if (row->margin_floor && row->margin_percent > 0)
      why += " (" +
             say(lang_, "floor.row", value_text(row->margin_floor, row->unit),
                 margin_percent_text(row->margin_percent, lang_)) +
             ")";
    if (row->blocks_needed && row->verdict_text.find("blocks would") == std::string::npos)
      why += say(lang_, "why.blocks", *row->blocks_needed);
    add("| {} | {} | {} | {} | {} % | {} % | {} | {} |\n", name(row->subject), md_escape(row->workload),
        metric(*row), row->blocks, signed_number(row->noise_floor_percent), plain_number(row->mde_percent),
        p_text(row->p_adjusted), md_escape(why));
  }
}

void MarkdownPage::advice() {
  section("section.advice");
  for (const ResultSubject& subject : result_.subjects) {
    add("- **{}**{}{}{}{}\n", name(subject.id), word(lang_, "text.separator"),
        class_phrase(subject.klass, lang_), word(lang_, "text.stop"), engine(subject.class_reason));
    if (subject.kind != "placebo" && subject.status == "measured")
      add("  - {}\n", md_escape(join(design_sentences(subject, index_.primary_rows(subject.id), lang_),
                                     lang_ == Lang::kZh ? "" : " ")));
    for (const ResultWarning& item : subject.advice) {
      add("  - {}\n", warning(item));
    }
  }
}

// What was seen, the English original where only its code could be translated, and what follows.
std::string MarkdownPage::warning(const ResultWarning& warning) const {
  const WarningText text = warning_text(lang_, warning);
  return fmt::format("{} {}{}", md_escape(text.text),
                     text.original.empty() ? "" : md_escape("(" + text.original + ") "),
                     md_escape(text.advice));
}

void MarkdownPage::warnings() {
  const auto invalid = invalid_windows(result_);
  if (result_.warnings.empty() && result_.drops.empty() && invalid.empty()) return;
  section("section.warnings");
  for (const ResultWarning& item : result_.warnings) add("- {}\n", warning(item));
  for (const auto& [arm, count] : result_.drops)
    add("- {}\n",
        md_escape(say(lang_, count == 1 ? WordKey("warnings.dropped_md.one") : WordKey("warnings.dropped_md"),
                      count, dropped_by(result_, arm, lang_))));
  for (const ResultWindow* window : invalid)
    add("- {}\n", md_escape(say(lang_, "warnings.window", window_name(result_, *window, lang_),
                                engine_text(lang_, window->reason))));
}

void MarkdownPage::hosts(const nlohmann::json& server, const nlohmann::json& client,
                         const nlohmann::json& placement) {
  const bool same = server == client;
  for (const auto& [end, facts] :
       {std::pair("machine.server", &server), std::pair("machine.client", &client)}) {
    const auto rows = host_rows(*facts, lang_);
    if (rows.empty()) continue;
    if (!same) add("\n**{}**\n", md_escape(*find_word(lang_, end)));
    add("\n| | |\n|---|---|\n");
    for (const auto& [label, text] : rows) add("| {} | {} |\n", md_escape(label), md_escape(text));
    if (same) break;
  }
  if (!placement.is_object() || placement.empty()) return;
  add("\n");
  head_of({"column.workload", "column.placement"}, 2, 0);
  for (const std::string& workload : workloads_of(result_))
    if (placement.contains(workload))
      add("| {} | {} |\n", md_escape(workload), md_escape(placement_text(placement, workload, lang_)));
}

void MarkdownPage::machine() {
  if (result_.environments.size() < 2) {
    if (!result_.server_facts.is_object() && !result_.client_facts.is_object()) return;
    add("\n## {}\n", text("section.machine"));
    hosts(result_.server_facts, result_.client_facts, result_.placement);
    return;
  }
  add("\n## {}\n", text("section.machine"));
  for (const ResultEnvironment& environment : result_.environments) {
    add("\n### {}\n", md_escape(say(lang_, "group.title", environment.name)));
    hosts(environment.server_facts, environment.client_facts, environment.placement);
  }
}

void MarkdownPage::method() {
  section("section.method");
  for (const std::string& sentence : method_sentences(result_, lang_)) add("- {}\n", md_escape(sentence));
  add("\n{}\n\n{}",
      text(result_.source == kSourceTree ? WordKey("method.again_analyse") : WordKey("method.again_measure")),
      code_block(safe_lines(reproduce_command(result_))));
  if (!result_.tool_version.empty()) add("\nbpftax {}\n", md_escape(result_.tool_version));
}

}  // namespace

std::string render_markdown(const RunResult& result, const MarkdownOptions& options) {
  return MarkdownPage(result, options).render();
}

std::vector<Picture> markdown_pictures(const RunResult& result, const MarkdownOptions& options) {
  std::vector<Picture> pictures;
  const auto groups = groups_of(result);
  for (size_t i = 0; i < groups.size(); ++i) {
    const auto add = [&](const char* kind, SvgPicture drawn) {
      if (drawn.svg.empty()) return;
      pictures.push_back({groups.size() == 1 ? fmt::format("{}-{}.svg", options.pictures, kind)
                                             : fmt::format("{}-{}-{}.svg", options.pictures, kind, i + 1),
                          std::move(drawn.alt), std::move(drawn.svg), i});
    };
    add("verdicts", verdict_matrix_svg(result, groups[i], options.lang));
    add("forest", forest_svg(result, groups[i], options.lang));
  }
  return pictures;
}

}  // namespace bpftax
