#include "report/story_document.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/html_parts.h"
#include "report/text.h"

namespace bpftax {
namespace {

// Print and screen, light and dark, narrow and wide; no script, nothing fetched.
constexpr std::string_view kStyle = R"css(
:root { color-scheme: light dark; --line: #c9ced6; --soft: #f3f5f8; --text: #1b1f24; --page: #fff; --link: #0b57d0; }
@media (prefers-color-scheme: dark) {
  :root { --line: #3b424c; --soft: #1f242b; --text: #e6e9ee; --page: #14171b; --link: #8ab4f8; }
}
body { margin: 0 auto; max-width: 72rem; padding: 1.5rem; color: var(--text); background: var(--page);
  font: 16px/1.55 system-ui, "Noto Sans", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif; }
h1 { font-size: 1.9rem; } h2 { margin-top: 2.5rem; border-bottom: 1px solid var(--line); padding-bottom: .3rem; }
.scroll { overflow-x: auto; margin: 1rem 0; }
table { border-collapse: collapse; font-size: .9rem; }
th, td { border: 1px solid var(--line); padding: .3rem .6rem; text-align: left; vertical-align: top; }
th { background: var(--soft); } td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
pre { background: var(--soft); padding: .8rem; overflow-x: auto; } a { color: var(--link); }
nav ol { columns: 2 20rem; list-style: none; padding: 0; }
@media print { nav { display: none; } body { max-width: none; font-size: 10pt; } .scroll { overflow: visible; }
  tr, pre { break-inside: avoid; } h2, h3, h4 { break-after: avoid; } }
)css";

std::string story_fence(std::string_view text) {
  size_t longest = 2, run = 0;
  for (const char c : text) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return std::string(longest + 1, '`');
}

void add_markdown_table(const StoryTable& table, std::string& out) {
  out += "|";
  for (const std::string& cell : table.head) out += " " + md_escape(cell) + " |";
  out += "\n|";
  for (size_t i = 0; i < table.head.size(); ++i) out += table.numeric[i] ? "---:|" : "---|";
  out += "\n";
  for (const auto& row : table.rows) {
    out += "|";
    for (const std::string& cell : row) out += " " + md_escape(cell) + " |";
    out += "\n";
  }
}

std::string html_table(const StoryTable& table) {
  const auto cell = [&](const char* tag, size_t column, const std::string& text, const char* scope) {
    return fmt::format("<{}{}{}>{}</{}>", tag, scope, table.numeric[column] ? " class=\"n\"" : "", esc(text),
                       tag);
  };
  // Tables wider than the screen scroll on their own; the keyboard reaches them.
  std::string out = "<div class=\"scroll\" tabindex=\"0\"><table><thead><tr>";
  for (size_t i = 0; i < table.head.size(); ++i) out += cell("th", i, table.head[i], " scope=\"col\"");
  out += "</tr></thead><tbody>";
  for (const auto& row : table.rows) {
    out += "<tr>";
    for (size_t i = 0; i < row.size(); ++i)
      out += i == 0 ? cell("th", i, row[i], " scope=\"row\"") : cell("td", i, row[i], "");
    out += "</tr>\n";
  }
  return out + "</tbody></table></div>\n";
}

std::string anchor_of(size_t block) {
  return fmt::format("s{}", block);
}

}  // namespace

void StoryDocument::heading(int level, const std::string& text) {
  numbers_.resize(static_cast<size_t>(level), 0);
  ++numbers_.back();
  std::string number;
  for (const int n : numbers_) number += fmt::format("{}{}", number.empty() ? "" : ".", n);
  StoryBlock block;
  block.kind = StoryBlock::Kind::kHeading;
  block.level = level;
  block.text = fmt::format("{} {}", number, text);
  blocks_.push_back(std::move(block));
}

void StoryDocument::text(std::string text) {
  if (text.empty()) return;
  StoryBlock block;
  block.text = std::move(text);
  blocks_.push_back(std::move(block));
}

void StoryDocument::list(std::vector<std::string> items) {
  if (items.empty()) return;
  StoryBlock block;
  block.kind = StoryBlock::Kind::kList;
  block.items = std::move(items);
  blocks_.push_back(std::move(block));
}

void StoryDocument::table(StoryTable table) {
  if (table.rows.empty()) return;
  table.numeric.resize(table.head.size());
  for (auto& row : table.rows) row.resize(table.head.size());
  StoryBlock block;
  block.kind = StoryBlock::Kind::kTable;
  block.table = std::move(table);
  blocks_.push_back(std::move(block));
}

void StoryDocument::code(std::string text) {
  StoryBlock block;
  block.kind = StoryBlock::Kind::kCode;
  block.text = std::move(text);
  blocks_.push_back(std::move(block));
}

std::string story_markdown(const StoryDocument& document) {
  std::string out = "# " + md_escape(document.title()) + "\n";
  for (const StoryBlock& block : document.blocks()) {
    out += "\n";
    switch (block.kind) {
      case StoryBlock::Kind::kHeading:
        out += std::string(static_cast<size_t>(block.level) + 1, '#') + " " + md_escape(block.text) + "\n";
        break;
      case StoryBlock::Kind::kText:
        out += md_escape(block.text) + "\n";
        break;
      case StoryBlock::Kind::kList:
        for (const std::string& item : block.items) out += "- " + md_escape(item) + "\n";
        break;
      case StoryBlock::Kind::kTable:
        add_markdown_table(block.table, out);
        break;
      case StoryBlock::Kind::kCode: {
        const std::string text = safe_lines(block.text), fence = story_fence(text);
        out += fence + "text\n" + text + "\n" + fence + "\n";
        break;
      }
    }
  }
  return out;
}

std::string story_html(const StoryDocument& document) {
  const auto& blocks = document.blocks();
  std::string body, contents;
  for (size_t i = 0; i < blocks.size(); ++i) {
    const StoryBlock& block = blocks[i];
    switch (block.kind) {
      case StoryBlock::Kind::kHeading: {
        const int level = std::min(block.level + 1, 6);
        body += fmt::format("<h{0} id=\"{1}\">{2}</h{0}>\n", level, anchor_of(i), esc(block.text));
        if (block.level <= 2)
          contents += fmt::format("<li><a href=\"#{}\">{}</a></li>\n", anchor_of(i), esc(block.text));
        break;
      }
      case StoryBlock::Kind::kText:
        body += "<p>" + esc(block.text) + "</p>\n";
        break;
      case StoryBlock::Kind::kList:
        body += "<ul>\n";
        for (const std::string& item : block.items) body += "<li>" + esc(item) + "</li>\n";
        body += "</ul>\n";
        break;
      case StoryBlock::Kind::kTable:
        body += html_table(block.table);
        break;
      case StoryBlock::Kind::kCode:
        body += "<pre><code>" + html_escape(safe_lines(block.text)) + "</code></pre>\n";
        break;
    }
  }
  const std::string lang = document.lang() == Lang::kZh ? "zh-CN" : "en";
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"{0}\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
      "'unsafe-inline'\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{1}</title>\n"
      "<style>{2}</style>\n</head>\n<body>\n<h1>{1}</h1>\n<nav aria-label=\"{3}\"><ol>\n{4}</ol></nav>\n"
      "<main>\n{5}</main>\n</body>\n</html>\n",
      lang, esc(document.title()), kStyle, esc(word(document.lang(), "story.contents")), contents, body);
}

}  // namespace bpftax
