// Lines, headings and tables of text for a terminal. Text from outside is made safe here.
#pragma once

#include <string>
#include <vector>

namespace bpftax::bench {

enum class Tone { kPlain, kFaint, kBad };

struct Cell {
  std::string text;
  Tone tone = Tone::kPlain;
};

class TextLayout {
 public:
  TextLayout(int width, bool color);

  void blank();
  void heading(const std::string& text);
  // Wrapped to the width; lines after the first are indented by `hanging`.
  void paragraph(const std::string& text, size_t hanging = 0);
  void bad_paragraph(const std::string& text, size_t hanging = 0);  // the same in red
  // The first `names` columns are left-aligned, and stand in front of each part when the table is too wide
  // and continues below.
  void table(const std::vector<std::string>& header, const std::vector<std::vector<Cell>>& rows,
             size_t names = 1);

  std::string take() { return std::move(out_); }

 private:
  std::string toned(const std::string& text, Tone tone) const;
  void part(const std::vector<std::string>& header, const std::vector<std::vector<Cell>>& rows,
            const std::vector<size_t>& columns, const std::vector<size_t>& widths, size_t names);
  void line(std::string text);

  size_t width_;
  bool color_;
  std::string out_;
};

}  // namespace bpftax::bench
