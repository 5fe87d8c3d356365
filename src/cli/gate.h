// Exit code of a finished run (formats.md section 1). Pure.
#pragma once

#include "result/model.h"

namespace bpftax {

// Without `gate` 0. With it, over the tools' primary rows: 3 when a tool was not measured or a row is
// INVALID, 1 when one EXCEEDS, 4 when one is not decided in the tool's favour (INCONCLUSIVE, SATURATED,
// OVERHEAD), else 0. EXCEEDS is certain whatever else failed, so it comes first.
int exit_code_of(const RunResult& result, bool gate);

}  // namespace bpftax
