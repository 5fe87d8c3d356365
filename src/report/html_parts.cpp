#include "report/html_parts.h"

#include <fmt/format.h>

#include <cmath>

#include "report/summary.h"
#include "report/text.h"
#include "util/json.h"

namespace bpftax {
namespace {
std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}
}  // namespace

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

std::string verdict_html(Verdict verdict) {
  return fmt::format(
      "<span class=\"verdict {}\"><span class=\"sign\" aria-hidden=\"true\">{}</span>{}</span>",
      lower(to_string(verdict)), sign_of(verdict), to_string(verdict));
}

std::string verdict_html(Verdict verdict, std::string_view text) {
  return fmt::format(
      "<span class=\"verdict {0}\" title=\"{1}\"><span class=\"sign\" "
      "aria-hidden=\"true\">{2}</span>{3}<span "
      "class=\"visually-hidden\"> {1}</span></span>",
      lower(to_string(verdict)), to_string(verdict), sign_of(verdict), esc(text));
}

HtmlCell text_cell(std::string_view text) {
  return {.html = esc(text), .value = std::nullopt};
}

HtmlCell number_cell(std::string text, const std::optional<double>& value) {
  return {.html = esc(text), .value = value};
}

HtmlTable::HtmlTable(std::string id, std::string caption, std::vector<HtmlColumn> columns, std::string look)
    : id_(std::move(id)),
      caption_(std::move(caption)),
      columns_(std::move(columns)),
      look_(std::move(look)) {}

void HtmlTable::add(const std::vector<HtmlCell>& cells, const std::string& attributes) {
  ++rows_;
  const bool plain = look_ == "plain";
  // Roles are spelled out because the narrow layout takes them away by changing "display".
  body_ += plain ? "<tr" : "<tr role=\"row\"";
  body_ += (attributes.empty() ? "" : " " + attributes) + ">";
  for (size_t i = 0; i < cells.size() && i < columns_.size(); ++i) {
    const HtmlCell& cell = cells[i];
    const char* tag = i == 0 ? "th" : "td";
    body_ += fmt::format("<{}{}{}", tag, i == 0 ? " scope=\"row\"" : "",
                         columns_[i].numeric ? " class=\"n\"" : "");
    if (plain) {
      body_ += ">" + cell.html + "</" + tag + ">";
      continue;
    }
    body_ += i == 0 ? " role=\"rowheader\""
                    : " role=\"cell\" data-label=\"" + html_escape(columns_[i].title) + "\"";
    if (cell.value && std::isfinite(*cell.value)) body_ += fmt::format(" data-value=\"{}\"", *cell.value);
    // One element inside, because the narrow layout lays label and value out side by side.
    body_ += "><span>" + cell.html + "</span></" + tag + ">";
  }
  body_ += "</tr>\n";
}

std::string HtmlTable::html() const {
  std::string out = fmt::format(
      "<table role=\"table\" id=\"{}\"{}><caption>{}</caption>\n<thead role=\"rowgroup\"><tr role=\"row\">",
      id_, look_.empty() ? " data-sortable" : fmt::format(" class=\"{}\"", look_), html_escape(caption_));
  for (const HtmlColumn& column : columns_) {
    out += fmt::format(
        "<th scope=\"col\" role=\"columnheader\"{}{}>{}</th>", column.numeric ? " class=\"n\"" : "",
        column.hint.empty() ? "" : " title=\"" + html_escape(column.hint) + "\"", html_escape(column.title));
  }
  return out + "</tr></thead>\n<tbody role=\"rowgroup\">\n" + body_ + "</tbody></table>\n";
}

}  // namespace bpftax
