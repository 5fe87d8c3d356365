// Pieces of HTML: escaping and tables that work without scripts, on paper, on a phone and for a screen
// reader.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "report/lang.h"
#include "result/model.h"

namespace bpftax {

// For text and for attribute values in double quotes. Text from outside goes through one_line() or
// safe_lines() first.
std::string html_escape(std::string_view text);
// html_escape(one_line(text))
std::string esc(std::string_view text);

// JSON for a <script type="application/json"> island: no "<", ">", "&" and no line separators in it, so that
// nothing inside can end the script, whatever the strings say.
std::string island_json(const nlohmann::ordered_json& json);

// "pass", "overhead", ...: the CSS class of a verdict.
std::string verdict_class(Verdict verdict);
// <span class="verdict pass">...: sign and word.
std::string verdict_html(Verdict verdict, Lang lang);

// A sentence of the engine in the page's language; marked as English where it could not be translated.
std::string engine_html(Lang lang, std::string_view english);

struct HtmlColumn {
  std::string title;  // plain text
  bool numeric = false;
  std::string hint = {};  // explains the title
};

struct HtmlCell {
  std::string html;  // made safe by the caller
  std::optional<double>
      value;  // what the cell shows, where its text is not a plain number: sorts (data-value)
};
HtmlCell text_cell(std::string_view text);                                   // escaped
HtmlCell number_cell(std::string text, const std::optional<double>& value);  // escaped

// A table with a caption in a box of its own that scrolls when the table is wider than the page. The front
// end makes its columns sortable.
class HtmlTable {
 public:
  HtmlTable(std::string id, std::string caption, std::vector<HtmlColumn> columns);
  // The first cell names the row. `attributes`: made safe by the caller, e.g. data-subject="t1".
  void add(const std::vector<HtmlCell>& cells, const std::string& attributes = {});
  bool empty() const { return rows_ == 0; }
  int rows() const { return rows_; }
  const std::string& caption() const { return caption_; }
  std::string html() const;

 private:
  std::string id_, caption_;
  std::vector<HtmlColumn> columns_;
  std::string body_;
  int rows_ = 0;
};

// <details>, closed; nothing when there is no content. `large`: stays closed on paper too.
std::string details_html(std::string_view summary, const std::string& content, bool large = false,
                         std::string_view id = {});

// Opens and closes the box around a table of this id and caption.
std::string scroll_box(std::string_view caption_id);
inline constexpr std::string_view kScrollBoxEnd = "</div>\n";

}  // namespace bpftax
