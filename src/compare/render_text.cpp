#include <fmt/format.h>

#include <algorithm>

#include "compare/render.h"
#include "compare/tables.h"
#include "report/text.h"

namespace bpftax {
namespace {

constexpr size_t kGap = 2;
constexpr size_t kLeastFirst = 24;  // columns that the names of rows need at least
constexpr int kLeastColumns = 60;
constexpr int kMostColumns = 400;

class ComparePage {
 public:
  ComparePage(const Comparison& comparison, const CompareTextOptions& options)
      : comparison_(comparison),
        width_(static_cast<size_t>(std::clamp(options.width, kLeastColumns, kMostColumns))),
        color_(options.color) {}

  std::string render() {
    bool first = true;
    for (const TextTable& table : comparison_tables(comparison_)) {
      if (!first) line();
      first = false;
      line(bold(table.title));
      if (!table.text.empty()) paragraph(table.text, 0);
      std::vector<size_t> columns = widths(table);
      narrow_first(columns) ? as_table(table, columns) : as_list(table);
    }
    if (!comparison_.notes.empty()) {
      line();
      line(bold("Notes"));
      for (const std::string& note : comparison_.notes) paragraph("- " + note, 2);
    }
    return std::move(out_);
  }

 private:
  std::string bold(const std::string& text) const { return color_ ? "\x1b[1m" + text + "\x1b[0m" : text; }
  void line(std::string text = "") {
    while (text.ends_with(' ')) text.pop_back();
    out_ += text + "\n";
  }
  void paragraph(const std::string& text, size_t hanging) {
    const auto lines = wrap(one_line(text), width_ - hanging);
    for (size_t i = 0; i < lines.size(); ++i) line(std::string(i == 0 ? 0 : hanging, ' ') + lines[i]);
  }

  static std::vector<size_t> widths(const TextTable& table) {
    std::vector<size_t> widths;
    for (const std::string& name : table.header) widths.push_back(display_width(one_line(name)));
    for (const auto& row : table.rows)
      for (size_t i = 0; i < row.size(); ++i)
        widths[i] = std::max(widths[i], display_width(one_line(row[i])));
    return widths;
  }
  // Takes from the first column what the others need; false when they need too much.
  bool narrow_first(std::vector<size_t>& columns) const {
    size_t others = 0;
    for (size_t i = 1; i < columns.size(); ++i) others += columns[i] + kGap;
    if (others + std::min(columns[0], kLeastFirst) > width_) return false;
    columns[0] = std::min(columns[0], width_ - others);
    return true;
  }
  void as_table(const TextTable& table, const std::vector<size_t>& columns) {
    const auto put = [&](const std::vector<std::string>& cells) {
      std::string text;
      for (size_t i = 0; i < cells.size(); ++i) {
        std::string cell = one_line(cells[i]);
        // A name that is too long gets a line of its own.
        if (i == 0 && display_width(cell) > columns[0]) {
          paragraph(cell, 2);
          cell.clear();
        }
        text += i < table.names ? pad_right(cell, columns[i]) : pad_left(cell, columns[i]);
        text += std::string(kGap, ' ');
      }
      line(std::move(text));
    };
    put(table.header);
    for (const auto& row : table.rows) put(row);
  }
  // The first column as a heading, the others under it by their names.
  void as_list(const TextTable& table) {
    size_t names = 0;
    for (size_t i = 1; i < table.header.size(); ++i)
      names = std::max(names, display_width(one_line(table.header[i])));
    names = std::min(names, width_ / 3);
    for (const auto& row : table.rows) {
      paragraph(row[0], 2);
      for (size_t i = 1; i < row.size(); ++i) {
        const auto lines = wrap(one_line(row[i]), width_ - names - 4);
        for (size_t k = 0; k < lines.size(); ++k)
          line("  " + pad_right(k == 0 ? fit(one_line(table.header[i]), names) : "", names) + "  " +
               lines[k]);
      }
    }
  }

  const Comparison& comparison_;
  const size_t width_;
  const bool color_;
  std::string out_;
};

}  // namespace

std::string render_compare_text(const Comparison& comparison, const CompareTextOptions& options) {
  return ComparePage(comparison, options).render();
}

std::string render_compare_markdown(const Comparison& comparison) {
  std::string out = "# Comparison\n";
  for (const TextTable& table : comparison_tables(comparison)) {
    out += fmt::format("\n## {}\n\n", md_escape(table.title));
    if (!table.text.empty()) out += md_escape(table.text) + "\n\n";
    const auto put = [&out](const std::vector<std::string>& cells) {
      out += "|";
      for (const std::string& cell : cells) out += " " + md_escape(cell) + " |";
      out += "\n";
    };
    put(table.header);
    out += "|";
    for (size_t i = 0; i < table.header.size(); ++i) out += i < table.names ? "---|" : "---:|";
    out += "\n";
    for (const auto& row : table.rows) put(row);
  }
  if (!comparison.notes.empty()) {
    out += "\n## Notes\n\n";
    for (const std::string& note : comparison.notes) out += "- " + md_escape(note) + "\n";
  }
  return out;
}

}  // namespace bpftax
