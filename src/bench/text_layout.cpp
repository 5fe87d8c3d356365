#include "bench/text_layout.h"

#include <algorithm>

#include "report/text.h"

namespace bpftax::bench {
namespace {

constexpr int kNarrowest = 60, kWidest = 400;
constexpr size_t kBetween = 2;      // blanks between columns
constexpr size_t kWidestName = 48;  // of the columns that name a line

}  // namespace

TextLayout::TextLayout(int width, bool color)
    : width_(static_cast<size_t>(std::clamp(width, kNarrowest, kWidest))), color_(color) {}

void TextLayout::line(std::string text) {
  while (text.ends_with(' ')) text.pop_back();
  out_ += text + "\n";
}

void TextLayout::blank() {
  if (!out_.empty()) out_ += "\n";
}

void TextLayout::heading(const std::string& text) {
  for (const std::string& each : wrap(one_line(text), width_))
    line(color_ ? "\x1b[1m" + each + "\x1b[0m" : each);
}

std::string TextLayout::toned(const std::string& text, Tone tone) const {
  if (!color_ || tone == Tone::kPlain) return text;
  return (tone == Tone::kBad ? "\x1b[31m" : "\x1b[2m") + text + "\x1b[0m";
}

void TextLayout::paragraph(const std::string& text, size_t hanging) {
  const auto lines = wrap(one_line(text), width_ - hanging);
  for (size_t i = 0; i < lines.size(); ++i) line(std::string(i == 0 ? 0 : hanging, ' ') + lines[i]);
}

void TextLayout::bad_paragraph(const std::string& text, size_t hanging) {
  const auto lines = wrap(one_line(text), width_ - hanging);
  for (size_t i = 0; i < lines.size(); ++i)
    line(std::string(i == 0 ? 0 : hanging, ' ') + toned(lines[i], Tone::kBad));
}

void TextLayout::table(const std::vector<std::string>& header, const std::vector<std::vector<Cell>>& rows,
                       size_t names) {
  std::vector<size_t> widths;
  for (const std::string& title : header) widths.push_back(display_width(one_line(title)));
  for (const auto& row : rows)
    for (size_t i = 0; i < row.size() && i < widths.size(); ++i)
      widths[i] = std::max(widths[i], display_width(one_line(row[i].text)));
  size_t fixed = 0;
  for (size_t i = 0; i < names && i < widths.size(); ++i) {
    widths[i] = std::min(widths[i], kWidestName);
    fixed += widths[i] + kBetween;
  }
  for (size_t next = names; next < header.size();) {
    std::vector<size_t> columns;
    for (size_t i = 0; i < names; ++i) columns.push_back(i);
    size_t used = fixed;
    // At least one, however wide it is.
    while (next < header.size() && (columns.size() == names || used + widths[next] <= width_)) {
      used += widths[next] + kBetween;
      columns.push_back(next++);
    }
    part(header, rows, columns, widths, names);
  }
}

void TextLayout::part(const std::vector<std::string>& header, const std::vector<std::vector<Cell>>& rows,
                      const std::vector<size_t>& columns, const std::vector<size_t>& widths, size_t names) {
  std::string text;
  for (size_t i = 0; i < columns.size(); ++i) {
    const size_t column = columns[i];
    const std::string title = fit(one_line(header[column]), widths[column]);
    text += i < names ? pad_right(title, widths[column]) : pad_left(title, widths[column]);
    text += std::string(kBetween, ' ');
  }
  line(text);
  for (const auto& row : rows) {
    // A line that has nothing in this part is left out.
    if (row.size() < names) continue;
    const bool any =
        std::any_of(columns.begin() + static_cast<long>(names), columns.end(),
                    [&](size_t column) { return column < row.size() && !row[column].text.empty(); });
    if (!any) continue;
    text.clear();
    // Names that are too long get a line of their own.
    bool apart = false;
    for (size_t i = 0; i < names; ++i)
      apart = apart || display_width(one_line(row[columns[i]].text)) > widths[columns[i]];
    if (apart) {
      std::string all;
      for (size_t i = 0; i < names; ++i) all += (all.empty() ? "" : "  ") + row[columns[i]].text;
      paragraph(all, kBetween);
    }
    for (size_t i = 0; i < columns.size(); ++i) {
      const size_t column = columns[i];
      const Cell cell = column < row.size() && !(apart && i < names) ? row[column] : Cell{};
      const std::string shown = fit(one_line(cell.text), widths[column]);
      text +=
          toned(i < names ? pad_right(shown, widths[column]) : pad_left(shown, widths[column]), cell.tone);
      text += std::string(kBetween, ' ');
    }
    line(text);
  }
}

}  // namespace bpftax::bench
