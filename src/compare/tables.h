// What a comparison says, as tables of text: shared by the terminal and Markdown, so that they cannot say
// different things. Text from outside stands in here as it came; each renderer makes it safe.
#pragma once

#include <string>
#include <vector>

#include "compare/compare.h"

namespace bpftax {

struct TextTable {
  std::string title;
  std::string text;                 // a sentence or two under the title; may be empty
  std::vector<std::string> header;  // the first columns name the row
  size_t names = 1;                 // how many of them; the others are right-aligned
  std::vector<std::vector<std::string>> rows;
};

std::vector<TextTable> comparison_tables(const Comparison& comparison);

// "+3.2 (+1.1 to +5.0) PASS", "+229 to +295", "-" where there is none, "INVALID", "(refused) +3.2".
std::string cell_text(const ComparedCell& cell);
// "x1.04 (0.99 to 1.09)", "x1.2", "x0.90 to x1.4", "" without a ratio.
std::string ratio_text(const ComparedCell& cell);

// "sums up in the kernel" -> for headings: "Summary tools".
std::string design_title(const std::string& design);

}  // namespace bpftax
