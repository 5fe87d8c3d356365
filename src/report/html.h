// report.html: one self-contained page that works offline. The tables are written here and show everything
// essential without JavaScript; the charts are Vega-Lite specifications (report/charts.h) that the bundled
// front end (web/) draws. The page's own Content-Security-Policy allows that one script and no network. Pure.
#pragma once

#include <string>

#include "result/model.h"

namespace bpftax {

// Text from outside is escaped everywhere, in the JSON island too: it can neither become markup nor end a
// script.
std::string render_html(const RunResult& result);

}  // namespace bpftax
