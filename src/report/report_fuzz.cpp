// Any result that can be read can be rendered: no crash, and nothing in it becomes markup.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "report/advice.h"
#include "report/assets.h"
#include "report/html.h"
#include "report/markdown.h"
#include "report/table.h"
#include "util/json.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace bpftax;
  const auto json = parse_json({reinterpret_cast<const char*>(data), size}, "input");
  if (!json) return 0;
  auto result = run_result_from_json(*json);
  if (!result) return 0;
  classify(*result);
  const std::string table = render_table(*result, {.width = static_cast<int>(size % 200), .color = false});
  if (table.find('\x1b') != std::string::npos) std::abort();
  for (const Lang lang : {Lang::kEn, Lang::kZh}) {
    if (render_markdown(*result, {lang, "report"}).empty()) std::abort();
    for (const Picture& picture : markdown_pictures(*result, {lang, "report"}))
      if (picture.svg.find("<script") != std::string::npos) std::abort();
    std::string page = render_html(*result, lang);
    page.erase(page.find(report_js()), report_js().size());
    size_t scripts = 0;
    for (size_t at = 0; (at = page.find("<script", at)) != std::string::npos; ++at) ++scripts;
    if (scripts != 2) std::abort();
  }
  return 0;
}
