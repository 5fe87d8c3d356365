#include "report/html.h"

#include "report/assets.h"
#include "report/html_frame.h"
#include "report/html_page.h"

namespace bpftax {

std::string render_html(const RunResult& result, Lang lang) {
  const PageParts parts = page_parts(result, lang);
  static const std::string kPolicy = script_policy(report_js());
  return html_document({.lang = lang,
                        .title = parts.title,
                        .version = result.tool_version,
                        .body = parts.body,
                        .island = parts.island,
                        .script = report_js(),
                        .policy = kPolicy});
}

}  // namespace bpftax
