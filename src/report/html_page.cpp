#include "report/html_page.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/html_parts.h"
#include "report/summary.h"
#include "report/text.h"
#include "util/clock.h"
#include "util/json.h"
#include "util/units.h"

namespace bpftax {
namespace {

struct Section {
  const char *id, *title, *intro;
};

class HtmlPage {
 public:
  explicit HtmlPage(const RunResult& result) : result_(result) {}
  PageParts render();

 private:
  void masthead();
  void hero();
  void section(const char* id, const char* title, const std::string& content);
  std::string figures(const std::vector<Chart>& charts);
  std::string overheads();
  std::string over_time();
  std::string cost();
  std::string percentiles();
  std::string series_legend() const;

  const RunResult& result_;
  std::string body_, navigation_, sections_;
  OrderedJson charts_ = OrderedJson::object();
};

std::string paragraph(const std::string& text, const char* klass = "") {
  return *klass == 0 ? "<p>" + esc(text) + "</p>\n"
                     : fmt::format("<p class=\"{}\">{}</p>\n", klass, esc(text));
}

void HtmlPage::masthead() {
  body_ +=
      "<a class=\"skip\" href=\"#main\">Skip to the results</a>\n"
      "<header class=\"masthead\"><div class=\"bar\"><span class=\"brand\">bpftax</span>\n"
      "<nav aria-label=\"Sections\"><ul>" +
      navigation_ +
      "</ul></nav>\n"
      "<button type=\"button\" id=\"theme\" hidden>Theme: auto</button></div></header>\n";
}

void HtmlPage::hero() {
  const Headline head = headline(result_);
  body_ += "<main id=\"main\">\n<section class=\"hero\" aria-labelledby=\"headline\">\n<h1 id=\"headline\">" +
           esc(head.title) + "</h1>\n<div class=\"lead\">\n";
  for (const std::string& sentence : head.sentences) body_ += paragraph(sentence);
  body_ += "</div>\n<dl class=\"facts\">";
  const auto fact = [&](const char* term, const std::string& text) {
    body_ += fmt::format("<div><dt>{}</dt><dd>{}</dd></div>", term, esc(text));
  };
  fact("Run", result_.run_id);
  if (result_.started_realtime_ns > 0) fact("Started", format_iso8601(result_.started_realtime_ns));
  if (result_.finished_realtime_ns > result_.started_realtime_ns)
    fact("Took", format_duration(
                     static_cast<double>(result_.finished_realtime_ns - result_.started_realtime_ns) * 1e-9));
  fact("Seed", std::to_string(result_.seed));
  if (!result_.warnings.empty())
    body_ += fmt::format("<div><dt>Warnings</dt><dd><a href=\"#warnings\">{}</a></dd></div>",
                         counted(result_.warnings.size(), "warning"));
  body_ += "</dl>\n</section>\n";
}

void HtmlPage::section(const char* id, const char* title, const std::string& content) {
  if (content.empty()) return;
  navigation_ += fmt::format("<li><a href=\"#{}\">{}</a></li>", id, title);
  sections_ +=
      fmt::format("<section id=\"{0}\" aria-labelledby=\"{0}-title\">\n<h2 id=\"{0}-title\">{1}</h2>\n", id,
                  title) +
      content + "</section>\n";
}

// Without scripts the figures stay empty, so they are hidden until the front end draws them.
std::string HtmlPage::figures(const std::vector<Chart>& charts) {
  if (charts.empty()) return "";
  const auto link = [](const Chart& chart) {
    return fmt::format("<a class=\"alt\" href=\"#{}\">The numbers as a table</a>", html_escape(chart.table));
  };
  const bool shared = std::all_of(charts.begin(), charts.end(),
                                  [&](const Chart& chart) { return chart.table == charts.front().table; });
  std::string out = "<div class=\"figures\">\n";
  for (const Chart& chart : charts) {
    charts_[chart.id] = chart.spec;
    out += fmt::format(
        "<figure id=\"{0}\" hidden><figcaption>{1}</figcaption><div class=\"chart\" data-chart=\"{0}\" "
        "role=\"img\" aria-label=\"{2}\"></div>{3}</figure>\n",
        html_escape(chart.id), esc(chart.title), esc(chart.title + ". " + chart.alt),
        shared ? "" : link(chart));
  }
  return out + "</div>\n" + (shared ? "<p class=\"needs-script\">" + link(charts.front()) + "</p>\n" : "");
}

std::string HtmlPage::overheads() {
  const std::vector<Chart> primary = forest_charts(result_, true);
  const std::vector<Chart> secondary = forest_charts(result_, false);
  if (primary.empty() && secondary.empty()) return "";
  std::string out =
      "<p>In percent; right of zero is worse. The point is the estimate, the line its interval, the\n"
      "blue rule the margin, and the grey band how far the baseline differs from itself.";
  if (forest_scale_is_bent(result_, true))
    out +=
        " The scale is linear near zero and\n"
        "logarithmic beyond 5 %, so that small overheads can be seen beside large ones.";
  out += "</p>\n" + figures(primary);
  if (!secondary.empty()) {
    out +=
        "<details class=\"more\"><summary>Secondary metrics</summary>\n"
        "<p>They explain; they do not decide a verdict on a tool. Their p-values are adjusted for the "
        "false discovery rate.</p>\n" +
        figures(secondary) + secondary_table_html(result_) + "</details>\n";
  }
  return out;
}

std::string HtmlPage::series_legend() const {
  std::string out = "<ul class=\"legend\" aria-label=\"Marks in the charts\">";
  const auto add = [&](size_t index, const std::string& name) {
    const SeriesMark mark = series_mark(index);
    out += fmt::format("<li><span class=\"glyph {}\" aria-hidden=\"true\">{}</span>{}</li>", mark.color,
                       mark.glyph, esc(name));
  };
  add(0, "baseline");
  for (size_t i = 0; i < result_.subjects.size(); ++i)
    if (result_.subjects[i].status == "measured" || !rows_of(result_, result_.subjects[i].id, true).empty())
      add(i + 1, subject_name(result_, result_.subjects[i].id));
  return out + "</ul>\n";
}

std::string HtmlPage::over_time() {
  const std::vector<Chart> charts = time_charts(result_);
  if (charts.empty()) return "";
  std::string out =
      "<div class=\"needs-script\"><p>Every mark is one window; the scale is in minutes since the start.\n"
      "Every other block has a grey background; the warm-up is darker and never used.\n"
      "<span class=\"sign-invalid\">\u2715</span> at the foot is a window that was not valid.</p>\n" +
      series_legend() + figures(charts) + "</div>\n";
  const auto invalid = invalid_windows(result_);
  if (!invalid.empty()) {
    out += "<h3>Windows that were not valid</h3>\n<ul>";
    for (const ResultWindow* window : invalid)
      out += fmt::format("<li>{}: {}</li>", esc(window_name(result_, *window)),
                         esc(window->reason.empty() ? "no reason is known" : window->reason));
    out += "</ul>\n";
  }
  return out + conditions_html(result_) + windows_table_html(result_);
}

std::string HtmlPage::cost() {
  const std::string tables = cost_tables_html(result_);
  if (tables.empty()) return "";
  return "<p>In separate windows of the same traffic the kernel counted what each eBPF program ran. That "
         "is time\n"
         "inside the programs only: entering the hook, waking the reader and the reader's own work come "
         "on top and\n"
         "stand in the other columns, or in the rest between what was measured and what the programs "
         "explain.</p>\n" +
         figures(cost_charts(result_)) + tables;
}

std::string HtmlPage::percentiles() {
  const std::string table = percentile_table_html(result_);
  if (table.empty()) return "";
  return "<p>Means over the blocks of each window's percentile.</p>\n<div class=\"needs-script\">" +
         series_legend() + figures(percentile_charts(result_)) + "</div>\n" +
         "<details class=\"more\"><summary>The numbers</summary>\n" + table + "</details>\n";
}

PageParts HtmlPage::render() {
  section("tools", "Tools", subjects_html(result_));
  section("verdicts", "Verdicts", verdicts_html(result_));
  section("advice", "What to do", advice_html(result_));
  section("overheads", "Overheads", overheads());
  section("cost", "Where the cost comes from", cost());
  section("percentiles", "Latency", percentiles());
  section("time", "Over time", over_time());
  section("certainty", "How sure", certainty_html(result_));
  section("warnings", "Warnings", warnings_html(result_));
  section("machine", "Machine", machine_html(result_));
  section("method", "Method", method_html(result_));
  masthead();
  hero();
  body_ += sections_ + "</main>\n<footer>\n<p>Made by bpftax " + esc(result_.tool_version) +
           ". This page is complete in itself: it loads nothing and sends nothing.</p>\n";
  return {headline(result_).title, std::move(body_), island_json({{"charts", charts_}})};
}

}  // namespace

PageParts page_parts(const RunResult& result) {
  return HtmlPage(result).render();
}

}  // namespace bpftax
