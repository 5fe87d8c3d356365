// A comparison as text for a terminal, Markdown, JSON (schema "bpftax.compare/1") and CSV. docs/comparing.md
// describes the last two.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "compare/compare.h"

namespace bpftax {

inline constexpr std::string_view kCompareSchema = "bpftax.compare/1";

struct CompareTextOptions {
  int width = 100;
  bool color = false;
};

// Tables that are wider than the terminal become lists: a line for each column of a row.
std::string render_compare_text(const Comparison& comparison, const CompareTextOptions& options = {});
std::string render_compare_markdown(const Comparison& comparison);
nlohmann::ordered_json compare_json(const Comparison& comparison);
std::string compare_document(const Comparison& comparison);  // its text
// One line a row and source; header first.
std::string compare_csv(const Comparison& comparison);

}  // namespace bpftax
