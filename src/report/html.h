// report.html: one self-contained page that works offline. The tables are written here and show everything
// essential without JavaScript; the bundled front end (web/) adds charts, filter, sorting and details from
// the page's data. The page's own Content-Security-Policy allows that one script and no network. Pure.
#pragma once

#include <string>

#include "report/lang.h"
#include "result/model.h"

namespace bpftax {

// Text from outside is escaped everywhere, in the JSON island too: it can neither become markup nor end a
// script.
std::string render_html(const RunResult& result, Lang lang = Lang::kEn);

}  // namespace bpftax
