#include "report/markdown.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "report/golden.h"
#include "report/testdata.h"
#include "util/strings.h"

namespace bpftax {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Markdown, LooksAsAgreed) {
  expect_golden("report.md", render_markdown(synthetic_result(), {Lang::kEn, "report"}));
}

TEST(Markdown, LooksAsAgreedInChinese) {
  expect_golden("report-zh.md", render_markdown(synthetic_result(), {Lang::kZh, "report"}));
}

TEST(Markdown, EachPartHasItsOwnTable) {
  const std::string page = render_markdown(large_result(45), {Lang::kEn, "report"});
  EXPECT_THAT(page, HasSubstr("### Environment host, part host-1\n\n![Verdicts of 20 tools on 20 "
                              "metrics](report-verdicts-1.svg)"));
  EXPECT_THAT(page, HasSubstr("### Environment vm, part vm-3"));
  EXPECT_THAT(page, HasSubstr("2 blocks dropped and measured again because of host-1: the baseline (A1)."));
}

TEST(Markdown, TextFromOutsideIsNoMarkup) {
  RunResult result = synthetic_result();
  result.subjects[3].name = "<b>|*x*|`y`</b>";
  const std::string page = render_markdown(result);
  // In the fenced block at the end it may stand as it is.
  EXPECT_THAT(page.substr(0, page.find("Measure it again")), Not(HasSubstr("<b>")));
  EXPECT_THAT(page, HasSubstr("&lt;b&gt;\\|\\*x\\*\\|\\`y\\`&lt;/b&gt;"));
}

TEST(Markdown, EveryRowOfATableHasAsManyCellsAsItsHead) {
  const std::string page = render_markdown(synthetic_result());
  size_t columns = 0;
  bool code = false;
  for (const std::string_view line : split(page, '\n')) {
    if (line.substr(0, 3) == "```") code = !code;
    if (code || line.empty() || line[0] != '|') {
      columns = 0;
      continue;
    }
    size_t bars = 0;
    for (size_t i = 0; i < line.size(); ++i)
      if (line[i] == '|' && (i == 0 || line[i - 1] != '\\')) ++bars;
    if (columns == 0) columns = bars;
    EXPECT_EQ(bars, columns) << line;
  }
}

TEST(Markdown, AFenceIsLongerThanAnyInsideIt) {
  RunResult result = synthetic_result();
  result.subjects[3].last_words = "```\n# not a heading\n````";
  EXPECT_THAT(render_markdown(result), HasSubstr("`````text\n```\n# not a heading\n````\n`````\n"));
}

TEST(Markdown, AnEmptyResultIsRendered) {
  EXPECT_THAT(render_markdown(RunResult{}), HasSubstr("# Nothing was measured"));
}

}  // namespace
}  // namespace bpftax
