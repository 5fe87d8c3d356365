#include "report/html_page.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/html_frame.h"
#include "report/text.h"
#include "util/clock.h"
#include "util/units.h"

namespace bpftax {

Page::Page(const RunResult& of, Lang language)
    : result(of), lang(language), groups(groups_of(of)), index(of) {
  names_[""] = esc(index.name("", lang));
  for (const ResultSubject& subject : result.subjects) names_[subject.id] = esc(index.name(subject.id, lang));
  for (const ResultComparison& row : result.comparisons) names_.try_emplace(row.subject, esc(row.subject));
}

std::string Page::paragraph(WordKey key, std::string_view klass) const {
  return klass.empty() ? "<p>" + html(key) + "</p>\n"
                       : fmt::format("<p class=\"{}\">{}</p>\n", klass, html(key));
}

const std::string& Page::name(const std::string& subject) const {
  static const std::string kNone;
  const auto at = names_.find(subject);
  return at == names_.end() ? kNone : at->second;
}

HtmlCell Page::workload_cell(const std::string& workload) const {
  return {
      .html = fmt::format("<code title=\"{}\">{}</code>", esc(workload_label(workload, lang)), esc(workload)),
      .value = std::nullopt};
}

std::string Page::metric_label_of(const ResultComparison& row) const {
  return esc(metric_label(row.metric, row.workload, lang));
}

HtmlColumn Page::column(WordKey title, bool numeric) const {
  return {std::string(text(title)), numeric};
}
HtmlColumn Page::column(WordKey title, bool numeric, WordKey hint) const {
  return {std::string(text(title)), numeric, std::string(text(hint))};
}

size_t Page::number(const ResultComparison& row) const {
  return static_cast<size_t>(&row - result.comparisons.data());
}

namespace {

class PageWriter {
 public:
  explicit PageWriter(const Page& page) : page_(page) {}
  PageParts render();

 private:
  void hero();
  void section(const char* id, WordKey title, const std::string& content);
  std::string figures(std::string_view kind) const;
  std::string overheads() const;
  std::string over_time() const;
  std::string resources() const;
  std::string cost() const;
  std::string percentiles() const;

  const Page& page_;
  std::string body_, navigation_, sections_;
};

void PageWriter::hero() {
  const RunResult& result = page_.result;
  const Headline head = headline(result, page_.lang);
  body_ += "<main id=\"main\">\n<section class=\"hero\" aria-labelledby=\"headline\">\n<h1 id=\"headline\">" +
           esc(head.title) + "</h1>\n<div class=\"lead\">\n";
  for (const std::string& sentence : head.sentences) body_ += "<p>" + esc(sentence) + "</p>\n";
  body_ += "</div>\n<dl class=\"facts\">";
  const auto fact = [&](WordKey term, const std::string& text) {
    body_ += fmt::format("<div><dt>{}</dt><dd>{}</dd></div>", page_.html(term), esc(text));
  };
  fact("fact.run", result.run_id);
  if (result.started_realtime_ns > 0) fact("fact.started", format_iso8601(result.started_realtime_ns));
  if (result.finished_realtime_ns > result.started_realtime_ns)
    fact("fact.took",
         format_duration(static_cast<double>(result.finished_realtime_ns - result.started_realtime_ns) *
                         1e-9));
  if (result.source != kSourceTree) fact("fact.seed", std::to_string(result.seed));
  if (!result.warnings.empty())
    body_ += fmt::format("<div><dt>{}</dt><dd><a href=\"#warnings\">{}</a></dd></div>",
                         page_.html("fact.warnings"),
                         say_count(page_.lang, result.warnings.size(), "count.warning.one", "count.warning"));
  body_ += "</dl>\n</section>\n";
}

void PageWriter::section(const char* id, WordKey title, const std::string& content) {
  if (content.empty()) return;
  navigation_ += fmt::format("<li><a href=\"#{}\">{}</a></li>", id, page_.html(title));
  sections_ +=
      fmt::format("<section id=\"{0}\" aria-labelledby=\"{0}-title\">\n<h2 id=\"{0}-title\">{1}</h2>\n", id,
                  page_.html(title)) +
      content + "</section>\n";
}

// Boxes that the script fills, one for each group of what was measured together.
std::string PageWriter::figures(std::string_view kind) const {
  std::string out =
      "<noscript>" + page_.paragraph("figures.script") + "</noscript><div class=\"needs-script\">\n";
  const bool several = page_.groups.size() > 1;
  for (size_t i = 0; i < page_.groups.size(); ++i) {
    const std::string box =
        fmt::format("<div class=\"figures\" data-figures=\"{}\" data-group=\"{}\"></div>\n", kind, i);
    out += several ? fmt::format("<details class=\"more group\"{}{}><summary>{}</summary>\n{}</details>\n",
                                 i == 0 ? " open" : "", page_.groups.size() > 4 ? " data-large" : "",
                                 esc(group_title(page_.groups[i], page_.lang)), box)
                   : box;
  }
  return out + "</div>\n";
}

std::string PageWriter::overheads() const {
  if (page_.result.comparisons.empty()) return "";
  return page_.paragraph("overview.note") + figures("forest");
}

std::string PageWriter::over_time() const {
  if (page_.result.windows.empty()) return "";
  std::string out =
      "<div class=\"needs-script\">" + page_.paragraph("time.intro") + "</div>\n" + figures("time");
  out += invalid_windows_html(page_) + conditions_html(page_);
  // The script writes this table when it is opened: it may be very long.
  return out + "<div class=\"needs-script\">" +
         details_html(page_.text("time.windows"), "<div id=\"windows\"></div>", true, "all-windows") +
         "</div>\n";
}

std::string PageWriter::resources() const {
  const char* memory = memory_condition(page_.result);
  const auto known = [memory](const ResultWindow& window) {
    return window.conditions.count("subject_cpu_percent") > 0 || window.conditions.count(memory) > 0;
  };
  const auto& windows = page_.result.windows;
  if (std::none_of(windows.begin(), windows.end(), known)) return "";
  return page_.paragraph("resources.intro") + figures("resources");
}

std::string PageWriter::cost() const {
  const std::string tables = cost_tables_html(page_);
  return tables.empty() ? "" : page_.paragraph("cost.intro") + figures("cost") + tables;
}

std::string PageWriter::percentiles() const {
  const std::string table = percentile_table_html(page_);
  return table.empty() ? "" : page_.paragraph("percentiles.intro") + figures("percentiles") + table;
}

PageParts PageWriter::render() {
  section("verdicts", "section.verdicts", verdicts_html(page_));
  section("tools", "section.tools", tools_html(page_));
  section("advice", "section.advice", advice_html(page_));
  section("overheads", "section.overheads", overheads());
  section("cost", "section.cost", cost());
  section("percentiles", "section.percentiles", percentiles());
  section("resources", "section.resources", resources());
  section("time", "section.time", over_time());
  section("certainty", "section.certainty", certainty_html(page_));
  section("warnings", "section.warnings", warnings_html(page_));
  section("machine", "section.machine", machine_html(page_));
  section("method", "section.method", method_html(page_));
  body_ = masthead_html(page_.lang, navigation_);
  hero();
  body_ += sections_ + "</main>\n<footer>\n<p>" +
           esc(say(page_.lang, "page.made", page_.result.tool_version)) + "</p>\n";
  return {headline(page_.result, page_.lang).title, std::move(body_), island_of_page(page_)};
}

}  // namespace

PageParts page_parts(const RunResult& result, Lang lang) {
  const Page page(result, lang);
  return PageWriter(page).render();
}

}  // namespace bpftax
