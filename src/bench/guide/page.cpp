#include "bench/guide/page.h"

#include <fmt/format.h>

#include <algorithm>

#include "bench/guide/charts.h"
#include "bench/guide/page_parts.h"
#include "bench/guide/row_text.h"
#include "report/assets.h"
#include "report/html_frame.h"
#include "report/html_parts.h"
#include "report/summary.h"
#include "report/text.h"

namespace bpftax::bench {
namespace {

struct Counts {
  size_t measured = 0, unavailable = 0, invalid = 0;
};

Counts counts_of(const Document& document) {
  Counts out;
  for (const Row& row : document.rows) {
    if (row.is_floor) continue;
    switch (row.status) {
      case Status::kMeasured:
        ++out.measured;
        break;
      case Status::kUnavailable:
        ++out.unavailable;
        break;
      case Status::kInvalid:
        ++out.invalid;
        break;
    }
  }
  return out;
}

std::string host_text(const Document& document, const char* key) {
  if (!document.host.is_object()) return "";
  const auto at = document.host.find(key);
  return at == document.host.end() || at->is_null() ? "" : param_text(*at);
}

std::string hero_html(const Document& document, const std::string& title) {
  const Counts counts = counts_of(document);
  std::string out =
      "<main id=\"main\">\n<section class=\"hero\" aria-labelledby=\"headline\">\n<h1 id=\"headline\">" +
      esc(title) + "</h1>\n<div class=\"lead\">\n";
  out += fmt::format(
      "<p>{} measured, {} not available here, {} invalid. Each number is the mean over whole processes, less "
      "the floor that was measured beside it, with its 95 % interval.</p>\n",
      counted(counts.measured, "value"), counts.unavailable, counts.invalid);
  out += "</div>\n<dl class=\"facts\">";
  const auto fact = [&](std::string_view term, const std::string& text) {
    if (!text.empty()) out += fmt::format("<div><dt>{}</dt><dd>{}</dd></div>", html_escape(term), esc(text));
  };
  fact("Kernel", host_text(document, "kernel_release"));
  fact("Processor", host_text(document, "cpu_model"));
  fact("Online CPUs", host_text(document, "cpu_count_online"));
  fact("Started", document.started);
  fact("Seed", std::to_string(document.seed));
  if (!document.warnings.empty())
    out += fmt::format("<div><dt>Warnings</dt><dd><a href=\"#warnings\">{}</a></dd></div>",
                       counted(document.warnings.size(), "warning"));
  return out + "</dl>\n</section>\n";
}

std::string warnings_html(const Document& document) {
  std::string out;
  for (const std::string& warning : document.warnings) out += "<li>" + esc(warning) + "</li>";
  return out.empty() ? "" : "<ul>" + out + "</ul>\n";
}

std::string machine_html(const Document& document) {
  std::string out;
  for (const auto& [label, text] : host_rows(document.host))
    out += fmt::format("<div><dt>{}</dt><dd>{}</dd></div>", esc(label), esc(text));
  return out.empty() ? "" : "<dl class=\"host\">" + out + "</dl>\n";
}

class Sections {
 public:
  void add(std::string_view id, std::string_view title, const std::string& content) {
    if (content.empty()) return;
    navigation += fmt::format("<li><a href=\"#{}\">{}</a></li>", id, html_escape(title));
    html += fmt::format("<section id=\"{0}\" aria-labelledby=\"{0}-title\">\n<h2 id=\"{0}-title\">{1}</h2>\n",
                        id, html_escape(title)) +
            content + "</section>\n";
  }
  std::string navigation, html;
};

}  // namespace

Result<std::string> bench_page(const Document& document) {
  if (document.rows.empty())
    return fail(ErrorKind::kUsage, "cannot make a page of the results", "", "they have no rows",
                "run one of the benchmarks first: bpftax bench maps --quick --json FILE");
  const std::string host = host_text(document, "hostname");
  const std::string title = "What eBPF primitives cost" + (host.empty() ? "" : " on " + host);
  const BenchCharts charts = bench_charts(document);
  Sections sections;
  for (const char* family : {"maps", "hooks", "submit", "load"})
    sections.add(family, family_title(family), family_html(document, charts, family));
  sections.add("floors", "Floors", floors_html(document));
  sections.add("absent", "Not measured", absent_html(document));
  sections.add("conditions", "Conditions", conditions_html(document));
  sections.add("warnings", "Warnings", warnings_html(document));
  sections.add("machine", "Machine", machine_html(document));
  sections.add("method", "Method", method_html(document));
  const std::string body = masthead_html(Lang::kEn, sections.navigation) + hero_html(document, title) +
                           sections.html + "</main>\n<footer>\n<p>Made by bpftax " + esc(document.version) +
                           ". This page is complete in itself: it loads nothing and sends nothing.</p>\n";
  static const std::string kPolicy = script_policy(bench_js());
  return html_document({.title = title,
                        .version = document.version,
                        .body = body,
                        .island = page_island(charts),
                        .script = bench_js(),
                        .policy = kPolicy});
}

}  // namespace bpftax::bench
