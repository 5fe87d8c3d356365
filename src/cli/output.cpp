#include "cli/output.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "util/files.h"
#include "util/strings.h"

namespace bpftax {

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

Result<void> write_json_output(const std::string& target, const std::string& text) {
  if (target.empty()) return {};
  if (target != "-") return write_file_atomically(target, text);
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0)
    return fail_errno(errno, "cannot write", "stdout");
  return {};
}

}  // namespace bpftax
