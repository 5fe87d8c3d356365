// Append-only files of one JSON record a line (journals). A last line that was cut by a crash is dropped; a
// broken line anywhere else is an error that names the line.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "util/files.h"
#include "util/json.h"
#include "util/result.h"

namespace bpftax {

struct JsonLinesEnd {
  size_t good_bytes = 0;  // up to the end of the last complete line
  bool cut = false;       // something was dropped behind it
};
using TakeJsonLine = std::function<Result<void>(const Json&)>;

// `where` names the file in errors, `what` the operation that failed.
Result<JsonLinesEnd> read_json_lines(std::string_view text, const std::string& where, const char* what,
                                     const TakeJsonLine& take);
// Reads a whole file, removes a cut last line from it, and opens it for appending.
Result<AppendFile> reopen_json_lines(const std::string& path, const char* what, const TakeJsonLine& take);

}  // namespace bpftax
