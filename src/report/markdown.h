// report.md: the facts of the terminal's summary and the HTML page, as GitHub-flavoured Markdown. Pure.
#pragma once

#include <string>

#include "result/model.h"

namespace bpftax {

// Text from outside is escaped: it can neither break a table nor become markup.
std::string render_markdown(const RunResult& result);

}  // namespace bpftax
