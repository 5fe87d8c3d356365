// Small string helpers that the standard library lacks.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bpftax {

std::vector<std::string_view> split(std::string_view text, char separator);
// Splits on runs of blanks and tabs; no empty fields.
std::vector<std::string_view> split_blank(std::string_view text);
// The same into a vector that is used again: for long logs.
void split_blank(std::string_view text, std::vector<std::string_view>& parts);
std::string_view trim(std::string_view text);
std::string join(const std::vector<std::string>& parts, std::string_view separator);

// Whole-string conversions: nullopt on empty, junk, overflow, or (to_double) not finite.
std::optional<int64_t> to_int64(std::string_view text);
std::optional<uint64_t> to_uint64(std::string_view text, int base = 10);
std::optional<double> to_double(std::string_view text);

// Quotes for a POSIX shell: 'it'\''s'. Plain words stay as they are.
std::string shell_quote(std::string_view text);
std::string shell_join(const std::vector<std::string>& argv);

// The candidate with the smallest edit distance (at most a third of its length), for "did you mean".
std::optional<std::string> nearest_name(std::string_view name, const std::vector<std::string>& candidates);

// Control characters (other than newline and tab) and invalid UTF-8 made visible as \xNN: for printing text
// that came from outside to a terminal or a report.
std::string printable(std::string_view text);

// First n bytes on a character border, with "..." when cut.
std::string shorten(std::string_view text, size_t max_bytes);

}  // namespace bpftax
