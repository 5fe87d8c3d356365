#include "report/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "report/words.h"
#include "util/strings.h"
#include "util/units.h"

namespace bpftax {
namespace {

struct Range {
  char32_t first, last;
};

// Unicode 15, East Asian Width W and F, merged to blocks; emoji presentation included.
constexpr std::array<Range, 13> kWide = {{{0x1100, 0x115F},
                                          {0x2E80, 0x303E},
                                          {0x3041, 0x33FF},
                                          {0x3400, 0x4DBF},
                                          {0x4E00, 0x9FFF},
                                          {0xA000, 0xA4CF},
                                          {0xAC00, 0xD7A3},
                                          {0xF900, 0xFAFF},
                                          {0xFE30, 0xFE6F},
                                          {0xFF00, 0xFF60},
                                          {0xFFE0, 0xFFE6},
                                          {0x1F300, 0x1FAFF},
                                          {0x20000, 0x3FFFD}}};
constexpr std::array<Range, 7> kCombining = {{{0x0300, 0x036F},
                                              {0x0483, 0x0489},
                                              {0x0591, 0x05BD},
                                              {0x1AB0, 0x1AFF},
                                              {0x1DC0, 0x1DFF},
                                              {0x20D0, 0x20FF},
                                              {0xFE20, 0xFE2F}}};
// Characters that change how others are shown, or cannot be seen: soft hyphen, zero-width, bidirectional
// controls, line and paragraph separators, variation selectors, byte order mark, tags.
constexpr std::array<Range, 9> kDeceptive = {{{0x00AD, 0x00AD},
                                              {0x061C, 0x061C},
                                              {0x180E, 0x180E},
                                              {0x200B, 0x200F},
                                              {0x2028, 0x202E},
                                              {0x2060, 0x206F},
                                              {0xFE00, 0xFE0F},
                                              {0xFEFF, 0xFEFF},
                                              {0xE0000, 0xE01EF}}};

template <size_t n>
bool within(const std::array<Range, n>& ranges, char32_t c) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [c](const Range& r) { return c >= r.first && c <= r.last; });
}

struct Character {
  char32_t code = 0;
  size_t length = 1;
};

// The first character of valid UTF-8; a stray byte counts as itself.
Character first_character(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  const size_t length = lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (length == 1 || text.size() < length) return {lead, 1};
  char32_t code = lead & (0x7Fu >> length);
  for (size_t i = 1; i < length; ++i) code = code << 6 | (byte(i) & 0x3Fu);
  return {code, length};
}

size_t width_of(char32_t code) {
  if (within(kCombining, code)) return 0;
  return within(kWide, code) ? 2 : 1;
}

// The longest start of the text that fits, in bytes.
size_t prefix_within(std::string_view text, size_t columns) {
  size_t bytes = 0;
  size_t used = 0;
  while (bytes < text.size()) {
    const Character c = first_character(text.substr(bytes));
    if (used + width_of(c.code) > columns) break;
    used += width_of(c.code);
    bytes += c.length;
  }
  return bytes;
}

std::string decimals(double value, bool plus) {
  const double size = std::fabs(value);
  const int digits = size < 0.995 ? 2 : size < 99.5 ? 1 : 0;
  std::string text = plus ? fmt::format("{:+.{}f}", value, digits) : fmt::format("{:.{}f}", value, digits);
  // A value that rounds to zero has no sign.
  if (text.find_first_not_of("+-0.") == std::string::npos) return "0.00";
  return text;
}

std::string label_of(const char* kind, std::string_view name, Lang lang) {
  const auto label = find_word(lang, kind + std::string(name));
  return label ? std::string(*label) : one_line(name);
}

}  // namespace

std::string one_line(std::string_view text) {
  const std::string clean = printable(text);
  std::string line;
  for (size_t at = 0; at < clean.size();) {
    const Character c = first_character(std::string_view(clean).substr(at));
    if (c.code == '\n') {
      line += "\\n";
    } else if (c.code == '\t') {
      line += "\\t";
    } else if (within(kDeceptive, c.code)) {
      line += fmt::format("\\u{:04x}", static_cast<uint32_t>(c.code));
    } else {
      line.append(clean, at, c.length);
    }
    at += c.length;
  }
  return line;
}

std::string safe_lines(std::string_view text) {
  while (!text.empty() && text.back() == '\n') text.remove_suffix(1);
  std::vector<std::string> lines;
  for (const std::string_view part : split(text, '\n')) lines.push_back(one_line(part));
  return join(lines, "\n");
}

std::string md_escape(std::string_view text) {
  std::string out;
  for (const char c : one_line(text)) {
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
      case '\\':
      case '`':
      case '*':
      case '_':
      case '[':
      case ']':
      case '|':
      case '~':
      case '#':
      case '!':
        out += '\\';
        out += c;
        break;
      default:
        out += c;
    }
  }
  return out;
}

size_t display_width(std::string_view text) {
  size_t width = 0;
  while (!text.empty()) {
    const Character c = first_character(text);
    width += width_of(c.code);
    text.remove_prefix(c.length);
  }
  return width;
}

std::string fit(std::string_view text, size_t columns) {
  if (display_width(text) <= columns) return std::string(text);
  const size_t dots = std::min<size_t>(3, columns);
  return std::string(text.substr(0, prefix_within(text, columns - dots))) + std::string(dots, '.');
}

std::string pad_right(std::string_view text, size_t columns) {
  const size_t width = display_width(text);
  return std::string(text) + std::string(width < columns ? columns - width : 0, ' ');
}

std::string pad_left(std::string_view text, size_t columns) {
  const size_t width = display_width(text);
  return std::string(width < columns ? columns - width : 0, ' ') + std::string(text);
}

namespace {
// Split at blanks; a percent sign stays with the number before it.
std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  for (const std::string_view part : split_blank(text)) {
    if (part[0] == '%' && part.size() <= 3 && !words.empty()) {
      const char* first = words.back().data();
      words.back() = {first, static_cast<size_t>(part.data() + part.size() - first)};
    } else {
      words.push_back(part);
    }
  }
  return words;
}
}  // namespace

std::vector<std::string> wrap(std::string_view text, size_t columns) {
  std::vector<std::string> lines;
  std::string line;
  const auto flush = [&] {
    lines.push_back(line);
    line.clear();
  };
  for (std::string_view word : words_of(text)) {
    if (!line.empty() && display_width(line) + 1 + display_width(word) > columns) flush();
    // A word longer than a line is cut into lines.
    while (display_width(word) > columns) {
      const size_t bytes = std::max<size_t>(prefix_within(word, columns), first_character(word).length);
      lines.emplace_back(word.substr(0, bytes));
      word.remove_prefix(bytes);
    }
    if (!line.empty()) line += ' ';
    line += word;
  }
  if (!line.empty() || lines.empty()) flush();
  return lines;
}

std::string signed_number(const std::optional<double>& value) {
  return value && std::isfinite(*value) ? decimals(*value, true) : "?";
}

std::string plain_number(const std::optional<double>& value) {
  return value && std::isfinite(*value) ? decimals(*value, false) : "?";
}

std::string interval_text(const std::optional<double>& low, const std::optional<double>& high, Lang lang) {
  if (!low || !high) return "?";
  return say(lang, "value.from_to", signed_number(low), signed_number(high));
}

std::string value_text(const std::optional<double>& value, std::string_view unit) {
  if (!value || !std::isfinite(*value)) return "?";
  if (unit == "1/s") return format_count(*value) + "/s";
  std::string text = format_significant(*value, std::fabs(*value) < 1000 ? 4 : 5);
  if (unit.substr(0, 3) == "us/") unit = "us";
  if (!unit.empty()) text += " " + one_line(unit);
  return text;
}

std::string percent_text(const std::optional<double>& value) {
  return value ? plain_number(value) + " %" : "?";
}

std::string bytes_text(const std::optional<double>& value) {
  return value && std::isfinite(*value) ? format_bytes(*value) : "?";
}

std::string count_text(const std::optional<double>& value) {
  return value && std::isfinite(*value) ? format_count(*value) : "?";
}

std::string p_text(const std::optional<double>& p) {
  if (!p || !std::isfinite(*p)) return "?";
  return *p < 1e-300 ? "<1e-300" : fmt::format("{:.2g}", *p);
}

std::optional<double> kb_to_bytes(const std::optional<double>& kb) {
  if (!kb) return std::nullopt;
  return *kb * 1024;
}

std::string metric_label(std::string_view metric, std::string_view workload, Lang lang) {
  if (metric == "cpu_us_per_unit") return say(lang, "metric.cpu_us_per_unit", unit_of_work(workload, lang));
  return label_of("metric.", metric, lang);
}
std::string workload_label(std::string_view workload, Lang lang) {
  return label_of("workload.", workload, lang);
}

std::string unit_of_work(std::string_view workload, Lang lang) {
  if (workload.find("_rr") != std::string_view::npos) return std::string(word(lang, "unit.transaction"));
  if (workload.find("_pps") != std::string_view::npos) return std::string(word(lang, "unit.packet"));
  if (workload.find("_stream") != std::string_view::npos) return std::string(word(lang, "unit.GB"));
  return std::string(word(lang, "unit.unit"));
}

std::string margin_percent_text(double margin_percent, Lang lang) {
  return margin_percent > 0 ? fmt::format("{:.3g} %", margin_percent) : std::string(word(lang, "value.none"));
}

std::string margin_text(const ResultComparison& row, Lang lang) {
  const std::string percent = margin_percent_text(row.margin_percent, lang);
  return row.margin_floor ? fmt::format("{} ({})", percent, value_text(row.margin_floor, row.unit)) : percent;
}

std::string counted(size_t n, std::string_view noun) {
  return fmt::format("{} {}{}", n, noun, n == 1 ? "" : "s");
}

std::vector<std::string> shell_words(const std::string& command) {
  std::vector<std::string> words(1);
  char quote = 0;
  for (size_t i = 0; i < command.size(); ++i) {
    const char c = command[i];
    if (c == ' ' && quote == 0) {
      words.emplace_back();
      continue;
    }
    words.back() += c;
    if (c == '\\' && quote != '\'') {
      if (i + 1 < command.size()) words.back() += command[++i];
    } else if (quote == 0 && (c == '\'' || c == '"')) {
      quote = c;
    } else if (c == quote) {
      quote = 0;
    }
  }
  return words;
}

}  // namespace bpftax
