// Pieces of HTML: escaping and tables that work without scripts, on paper, on a phone and for a screen
// reader.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

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

// <span class="verdict pass">...: sign and word; or sign and another text, the word then for screen readers
// only.
std::string verdict_html(Verdict verdict);
std::string verdict_html(Verdict verdict, std::string_view text);

struct HtmlColumn {
  std::string title;  // plain text
  bool numeric = false;
  std::string hint;  // explains the title
};

struct HtmlCell {
  std::string html;  // made safe by the caller
  std::optional<double>
      value;  // what the cell shows, in full precision (data-value): sorts, and can be checked
};
HtmlCell text_cell(std::string_view text);                                   // escaped
HtmlCell number_cell(std::string text, const std::optional<double>& value);  // escaped

// A table with a caption. On narrow screens each row becomes a card whose values carry their column's title
// (data-label). The front end makes its columns sortable, unless it has a look of its own (a CSS class).
// The look "plain" stays a table when narrow, and is small: for very many rows.
class HtmlTable {
 public:
  HtmlTable(std::string id, std::string caption, std::vector<HtmlColumn> columns, std::string look = {});
  // The first cell names the row. `attributes`: made safe by the caller, e.g. data-subject="t1".
  void add(const std::vector<HtmlCell>& cells, const std::string& attributes = {});
  bool empty() const { return rows_ == 0; }
  std::string html() const;

 private:
  std::string id_, caption_;
  std::vector<HtmlColumn> columns_;
  std::string look_;
  std::string body_;
  int rows_ = 0;
};

}  // namespace bpftax
