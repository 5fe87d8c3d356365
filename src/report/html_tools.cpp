// The sections of report.html about each tool: what it is, what may be done with it, what to do about its
// cost.
#include <fmt/format.h>

#include <algorithm>

#include "report/class_design.h"
#include "report/html_page.h"
#include "report/text.h"
#include "util/strings.h"
#include "util/units.h"

namespace bpftax {
namespace {

std::string tool_card(const Page& page, const ResultSubject& subject, const std::string& where) {
  std::string out = fmt::format(
      "<article class=\"subject\" data-subject=\"{}\"><h3>{}</h3>\n<p class=\"chips\">{} <span "
      "class=\"class-of-use {}\">{}</span>{}</p>\n",
      esc(subject.id), page.name(subject.id), verdict_html(page.index.verdict(subject), page.lang),
      esc(subject.klass), html_escape(class_phrase(subject.klass, page.lang)), where);
  if (subject.status != "measured") {
    out +=
        "<p>" +
        say(page.lang, "tool.not_measured",
            subject.reason.empty() ? page.html("tool.no_reason") : engine_html(page.lang, subject.reason)) +
        "</p>\n";
  } else if (!subject.class_reason.empty()) {
    out += "<p>" + engine_html(page.lang, subject.class_reason) + "</p>\n";
  }
  if (subject.kind != "placebo" && subject.status == "measured")
    out += "<p>" +
           esc(join(design_sentences(subject, page.index.primary_rows(subject.id), page.lang),
                    page.lang == Lang::kZh ? "" : " ")) +
           "</p>\n";
  if (!subject.command.empty())
    out += "<pre class=\"command\">" + html_escape(safe_lines(subject.command)) + "</pre>\n";
  if (!subject.last_words.empty())
    out += "<p class=\"label\">" + page.html("tool.last_words") + "</p>\n<pre class=\"words\" lang=\"en\">" +
           html_escape(safe_lines(subject.last_words)) + "</pre>\n";
  if (subject.ready_ms)
    out += "<p class=\"small\">" +
           esc(say(page.lang, "tool.ready", format_duration(*subject.ready_ms / 1000))) + "</p>\n";
  return out + "</article>\n";
}

std::string advice_of(const Page& page, const ResultSubject& subject) {
  if (subject.advice.empty()) return "";
  std::string out = fmt::format("<div data-subject=\"{}\"><h3>{}</h3>\n<dl class=\"advice\">",
                                esc(subject.id), page.name(subject.id));
  for (const ResultWarning& item : subject.advice) out += warning_html(page, item);
  return out + "</dl></div>\n";
}

}  // namespace

std::string warning_html(const Page& page, const ResultWarning& warning) {
  const WarningText text = warning_text(page.lang, warning);
  const auto marked = [](const std::string& words, bool english) {
    return english ? "<span lang=\"en\">" + esc(words) + "</span>" : esc(words);
  };
  return fmt::format("<div data-code=\"{}\"><dt>{}{}</dt><dd>{}</dd></div>", esc(warning.code),
                     marked(text.text, text.text_is_english),
                     text.original.empty() ? "" : " <small lang=\"en\">" + esc(text.original) + "</small>",
                     marked(text.advice, text.advice_is_english));
}

std::string tools_html(const Page& page) {
  if (page.result.subjects.empty()) return "";
  std::string out = "<div class=\"subjects\">\n";
  for (const ResultGroup& group : page.groups) {
    const std::string where = page.groups.size() > 1
                                  ? " <span class=\"small\">" + esc(group_label(group, page.lang)) + "</span>"
                                  : "";
    for (const ResultSubject* subject : group.subjects) out += tool_card(page, *subject, where);
  }
  out += "</div>\n";
  const size_t n = page.result.subjects.size();
  return n > kManySubjects ? details_html(say(page.lang, "tool.many", n), out, n > 40) : out;
}

std::string advice_html(const Page& page) {
  std::string out;
  size_t n = 0;
  for (const ResultSubject& subject : page.result.subjects) {
    const std::string advice = advice_of(page, subject);
    n += advice.empty() ? 0 : 1;
    out += advice;
  }
  if (out.empty()) return page.result.subjects.empty() ? "" : page.paragraph("advice.none");
  return n > kManySubjects ? details_html(say(page.lang, "tool.many", n), out, n > 40) : out;
}

}  // namespace bpftax
