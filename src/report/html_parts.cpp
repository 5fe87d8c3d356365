#include "report/html_parts.h"

#include <fmt/format.h>

#include <cmath>

#include "report/summary.h"
#include "report/text.h"
#include "report/words.h"
#include "util/json.h"

namespace bpftax {
std::string html_escape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
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
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string esc(std::string_view text) {
  return html_escape(one_line(text));
}

std::string island_json(const OrderedJson& json) {
  const std::string text = json.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '<' || c == '>' || c == '&') {
      // Outside strings JSON has none of these.
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else if (text.compare(i, 3, "\xe2\x80\xa8") == 0 || text.compare(i, 3, "\xe2\x80\xa9") == 0) {
      out += text[i + 2] == '\xa8' ? "\\u2028" : "\\u2029";
      i += 2;
    } else {
      out += c;
    }
  }
  return out;
}

std::string verdict_class(Verdict verdict) {
  std::string out(to_string(verdict));
  for (char& c : out) c = static_cast<char>(c - 'A' + 'a');
  return out;
}

std::string verdict_html(Verdict verdict, Lang lang) {
  return fmt::format(
      "<span class=\"verdict {}\"><span class=\"sign\" aria-hidden=\"true\">{}</span>{}</span>",
      verdict_class(verdict), sign_of(verdict), verdict_word(verdict, lang));
}

std::string engine_html(Lang lang, std::string_view english) {
  if (lang == Lang::kEn) return esc(english);
  const auto text = translated(lang, english);
  return text ? esc(*text) : "<span lang=\"en\">" + esc(english) + "</span>";
}

HtmlCell text_cell(std::string_view text) {
  return {.html = esc(text), .value = std::nullopt};
}

HtmlCell number_cell(std::string text, const std::optional<double>& value) {
  // A plain number sorts by its text.
  const bool plain = !text.empty() && text.find_first_not_of("+-.0123456789e") == std::string::npos;
  return {.html = esc(text), .value = plain ? std::nullopt : value};
}

HtmlTable::HtmlTable(std::string id, std::string caption, std::vector<HtmlColumn> columns)
    : id_(std::move(id)), caption_(std::move(caption)), columns_(std::move(columns)) {}

// </td>, </th> and </tr> may be left out in HTML, which makes large tables a tenth smaller.
void HtmlTable::add(const std::vector<HtmlCell>& cells, const std::string& attributes) {
  ++rows_;
  body_ += attributes.empty() ? "<tr>" : "<tr " + attributes + ">";
  for (size_t i = 0; i < cells.size() && i < columns_.size(); ++i) {
    const HtmlCell& cell = cells[i];
    body_ += i == 0 ? "<th scope=row" : "<td";
    if (columns_[i].numeric) body_ += " class=n";
    if (cell.value && std::isfinite(*cell.value)) body_ += fmt::format(" data-value={:.6g}", *cell.value);
    body_ += ">" + cell.html;
  }
  body_ += "\n";
}

std::string scroll_box(std::string_view caption_id) {
  return fmt::format("<div class=\"scroll\" role=\"region\" aria-labelledby=\"{}\" tabindex=\"0\">",
                     caption_id);
}

std::string HtmlTable::html() const {
  std::string out = scroll_box(id_ + "-caption");
  out += fmt::format("<table id=\"{0}\" data-sortable><caption id=\"{0}-caption\">{1}</caption>\n<thead><tr>",
                     id_, html_escape(caption_));
  for (const HtmlColumn& column : columns_) {
    out += fmt::format("<th scope=\"col\"{}{}>{}</th>", column.numeric ? " class=\"n\"" : "",
                       column.hint.empty() ? "" : " title=\"" + html_escape(column.hint) + "\"",
                       html_escape(column.title));
  }
  return out + "</tr></thead>\n<tbody>\n" + body_ + "</tbody></table>" + std::string(kScrollBoxEnd);
}

std::string details_html(std::string_view summary, const std::string& content, bool large,
                         std::string_view id) {
  if (content.empty()) return "";
  return fmt::format("<details class=\"more\"{}{}><summary>{}</summary>\n", large ? " data-large" : "",
                     id.empty() ? "" : fmt::format(" id=\"{}\"", id), html_escape(summary)) +
         content + "</details>\n";
}

}  // namespace bpftax
