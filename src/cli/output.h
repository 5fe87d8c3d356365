// What the command line prints and where: results to stdout (or stderr when `--json -` owns stdout), errors
// and progress to stderr.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "util/result.h"

namespace bpftax {

// Options that every command has.
struct CommonOptions {
  std::string command_line;  // all of it, shell-quoted: for the record
  std::string json;          // "", a file, or "-" for stdout
  bool quiet = false;
  bool no_color = false;
  int verbosity = 0;

  // Where text for people goes.
  FILE* human() const { return json == "-" ? stderr : stdout; }
  // Colour: a terminal, not --no-color, not NO_COLOR (no-color.org).
  bool color(FILE* stream) const;
};

// Columns of the terminal behind the stream, 100 when it is none.
int terminal_width(FILE* stream);

// "bpftax: error: WHAT: WHERE: WHY" and "hint: ..." on stderr, control characters made visible.
void print_error(const Error& error, std::string_view program = "bpftax");
void print(FILE* stream, std::string_view text);

// kUsage when `target` would overwrite what is read: one of the inputs, or the result.json in one.
Result<void> spare_results(const std::string& target, const std::vector<std::string>& inputs);
// kUsage when it would lie in the folder, or be the file, that is never written to.
Result<void> spare_folder(const std::string& target, const std::string& folder);

// Writes JSON text to a file (atomically) or, for "-", to stdout. Nothing for "".
Result<void> write_json_output(const std::string& target, const std::string& text);

}  // namespace bpftax
