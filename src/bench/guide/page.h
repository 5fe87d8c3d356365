// bench.html: the results of `bpftax bench` as one self-contained page that works offline. The tables are
// written here and hold everything without JavaScript; the bundled front end (web/src/bench.ts) draws the
// charts (charts.h) from the page's data. Pure.
#pragma once

#include <string>

#include "bench/model.h"
#include "util/result.h"

namespace bpftax::bench {

// Text from outside (names, reasons, host facts) is escaped everywhere. The same document gives the same
// bytes. kUsage when the document has no rows at all.
Result<std::string> bench_page(const Document& document);

}  // namespace bpftax::bench
