// The summary for the terminal: verdicts, costs, attribution, class of use, warnings with advice. Pure.
#pragma once

#include <string>

#include "result/model.h"

namespace bpftax {

struct TableOptions {
  int width = 100;     // columns of the terminal; used from 80 to 160
  bool color = false;  // ANSI colours; colour never carries anything that the text does not
};

// Ends with a newline; no line is wider than the width, except an option of the command to repeat
// the run, which can be copied. Text from outside (names, commands, a tool's own
// words) is printed on one line with control characters made visible, and may be shortened.
std::string render_table(const RunResult& result, const TableOptions& options = {});

}  // namespace bpftax
