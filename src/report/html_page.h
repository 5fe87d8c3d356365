// The body of report.html and the data of its charts. Only for html*.cpp.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "report/html_parts.h"
#include "report/lang.h"
#include "report/result_index.h"
#include "report/summary.h"
#include "report/words.h"
#include "result/model.h"

namespace bpftax {

struct PageParts {
  std::string title;   // plain text
  std::string body;    // from <header> to the open <footer>
  std::string island;  // JSON for the script (html_island.cpp), safe inside a script element
};
PageParts page_parts(const RunResult& result, Lang lang);

// From here on lists and figures of single tools are closed at first, or show the costliest only.
inline constexpr size_t kManySubjects = 12;

// What the sections share: the result, the language, and what is looked up again and again.
class Page {
 public:
  Page(const RunResult& result, Lang lang);

  const RunResult& result;
  const Lang lang;
  const std::vector<ResultGroup> groups;
  const ResultIndex index;

  std::string_view text(WordKey key) const { return word(lang, key); }
  std::string html(WordKey key) const { return html_escape(word(lang, key)); }
  std::string paragraph(WordKey key, std::string_view klass = {}) const;
  // Escaped name of a subject; "baseline" for "".
  const std::string& name(const std::string& subject) const;
  HtmlCell name_cell(const std::string& subject) const {
    return {.html = name(subject), .value = std::nullopt};
  }
  HtmlCell workload_cell(const std::string& workload) const;
  std::string metric(const ResultComparison& row) const { return metric_label_of(row); }
  HtmlColumn column(WordKey title, bool numeric = false) const;
  HtmlColumn column(WordKey title, bool numeric, WordKey hint) const;
  // Place of a row in the result: its id in the page is "r" and this.
  size_t number(const ResultComparison& row) const;

 private:
  std::string metric_label_of(const ResultComparison& row) const;
  std::map<std::string, std::string, std::less<>> names_;
};

// Which condition of its windows tells the memory of a tool: the mean of the window where it is known, else
// its peak (a tree of raw results has no other).
const char* memory_condition(const RunResult& result);

// Sections of the page; each returns HTML, empty when there is nothing to say.
std::string verdicts_html(const Page& page);
std::string tools_html(const Page& page);
std::string advice_html(const Page& page);
std::string cost_tables_html(const Page& page);
std::string percentile_table_html(const Page& page);
std::string certainty_html(const Page& page);
std::string conditions_html(const Page& page);
std::string invalid_windows_html(const Page& page);
std::string warnings_html(const Page& page);
std::string machine_html(const Page& page);
std::string method_html(const Page& page);

// One entry of a <dl class="advice">: what was seen, and what follows.
std::string warning_html(const Page& page, const ResultWarning& warning);

// The data of the page's script: words, subjects, rows, windows, programs, each once.
std::string island_of_page(const Page& page);

}  // namespace bpftax
