#include "cli/output.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include "util/files.h"
#include "util/strings.h"

namespace bpftax {
namespace {

namespace fs = std::filesystem;

// Through links, as far as the path exists.
fs::path real_path(const std::string& path) {
  std::error_code error;
  fs::path real = fs::weakly_canonical(path, error);
  if (error) real = fs::absolute(path, error).lexically_normal();
  return real.has_filename() ? real : real.parent_path();
}

bool is_file(const std::string& target) {
  return !target.empty() && target != "-";
}

tl::unexpected<Error> cannot_write_output(const std::string& target, const char* why) {
  return fail(ErrorKind::kUsage, "cannot write", target, why, "name another file");
}

}  // namespace

bool CommonOptions::color(FILE* stream) const {
  if (no_color || std::getenv("NO_COLOR") != nullptr) return false;
  const char* terminal = std::getenv("TERM");
  if (terminal != nullptr && std::string_view(terminal) == "dumb") return false;
  return isatty(fileno(stream)) == 1;
}

int terminal_width(FILE* stream) {
  winsize size{};
  if (ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col >= 40) return size.ws_col;
  return 100;
}

void print(FILE* stream, std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stream);
  std::fflush(stream);
}

void print_error(const Error& error, std::string_view program) {
  std::string text = fmt::format("{}: error: {}\n", program, printable(to_string(error)));
  if (!error.hint.empty()) text += fmt::format("hint: {}\n", printable(error.hint));
  print(stderr, text);
}

Result<void> spare_results(const std::string& target, const std::vector<std::string>& inputs) {
  if (!is_file(target)) return {};
  const fs::path file = real_path(target);
  for (const std::string& input : inputs)
    if (file == real_path(input) || file == real_path(input + "/result.json"))
      return cannot_write_output(target, "it is what is read: a result is never overwritten");
  return {};
}

Result<void> spare_folder(const std::string& target, const std::string& folder) {
  if (!is_file(target)) return {};
  const fs::path file = real_path(target), kept = real_path(folder);
  if (std::mismatch(kept.begin(), kept.end(), file.begin(), file.end()).first == kept.end())
    return cannot_write_output(target, "it lies in what is analysed: that is never written to");
  return {};
}

Result<void> write_json_output(const std::string& target, const std::string& text) {
  if (target.empty()) return {};
  if (target != "-") return write_file_atomically(target, text);
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0)
    return fail_errno(errno, "cannot write", "stdout");
  return {};
}

}  // namespace bpftax
