#include "run/json_lines.h"

#include <fmt/format.h>

#include <filesystem>

namespace bpftax {
namespace {

constexpr JsonLimits kLineLimits{4u << 20, 32};

}  // namespace

Result<JsonLinesEnd> read_json_lines(std::string_view text, const std::string& where, const char* what,
                                     const TakeJsonLine& take) {
  JsonLinesEnd lines;
  int number = 0;
  while (lines.good_bytes < text.size()) {
    ++number;
    const std::string_view rest = text.substr(lines.good_bytes);
    const size_t end = rest.find('\n');
    if (end == std::string_view::npos) {
      lines.cut = true;  // the newline is written last
      break;
    }
    const auto json = parse_json(rest.substr(0, end), where, kLineLimits);
    const Result<void> taken = json ? take(*json) : tl::unexpected<Error>(json.error());
    if (!taken) {
      // A crash of the machine may leave the right length with wrong content at the end, but nowhere else.
      if (lines.good_bytes + end + 1 == text.size()) {
        lines.cut = true;
        break;
      }
      return fail(ErrorKind::kUsage, what, fmt::format("{}:{}", where, number), to_string(taken.error()),
                  "the run directory is damaged; start a new run");
    }
    lines.good_bytes += end + 1;
  }
  return lines;
}

Result<AppendFile> reopen_json_lines(const std::string& path, const char* what, const TakeJsonLine& take) {
  BPFTAX_ASSIGN(const std::string text, read_file(path, size_t{1} << 30));
  BPFTAX_ASSIGN(const JsonLinesEnd lines, read_json_lines(text, path, what, take));
  if (lines.cut) {
    std::error_code error;
    std::filesystem::resize_file(path, lines.good_bytes, error);
    if (error) return fail_errno(error.value(), "cannot remove the cut last line of", path);
  }
  return AppendFile::open(path);
}

}  // namespace bpftax
