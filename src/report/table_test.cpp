#include "report/table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "report/golden.h"
#include "report/testdata.h"
#include "report/text.h"
#include "util/strings.h"

namespace bpftax {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Table, LooksAsAgreedAt80And100And160Columns) {
  const RunResult result = synthetic_result();
  expect_golden("table-80.txt", render_table(result, {.width = 80}));
  expect_golden("table-100.txt", render_table(result, {.width = 100}));
  expect_golden("table-160.txt", render_table(result, {.width = 160}));
}

TEST(Table, NoLineIsWiderThanTheTerminalBeforeTheCommand) {
  const RunResult result = synthetic_result();
  for (const int width : {80, 93, 104, 124, 160}) {
    const std::string table = render_table(result, {.width = width});
    const std::string_view before_command = std::string_view(table).substr(0, table.find("REPEAT IT"));
    for (const std::string_view line : split(before_command, '\n'))
      EXPECT_LE(display_width(line), static_cast<size_t>(width)) << width << ": " << line;
  }
}

TEST(Table, ColourAddsNothingButColour) {
  const RunResult result = synthetic_result();
  std::string colored = render_table(result, {.width = 100, .color = true});
  EXPECT_THAT(colored, HasSubstr("\x1b[1;31mEXCEEDS\x1b[0m"));
  for (size_t at = 0; (at = colored.find('\x1b', at)) != std::string::npos;)
    colored.erase(at, colored.find('m', at) - at + 1);
  EXPECT_EQ(colored, render_table(result, {.width = 100}));
}

TEST(Table, TextFromOutsideCannotReachTheTerminal) {
  const std::string table = render_table(synthetic_result(), {.width = 100});
  EXPECT_THAT(table, Not(HasSubstr("\x1b")));
  EXPECT_THAT(table, Not(HasSubstr("\xe2\x80\xae")));
  EXPECT_THAT(table, HasSubstr("\\u202e"));
}

TEST(Table, OddWidthsAreBroughtIntoRange) {
  const RunResult result = synthetic_result();
  EXPECT_EQ(render_table(result, {.width = 0}), render_table(result, {.width = 80}));
  EXPECT_EQ(render_table(result, {.width = 4000}), render_table(result, {.width = 160}));
}

TEST(Table, AnEmptyResultIsRendered) {
  EXPECT_THAT(render_table(RunResult{}), HasSubstr("Nothing was measured"));
}

TEST(Table, UnknownValuesAreQuestionMarks) {
  RunResult result = synthetic_result();
  result.comparisons.resize(1);
  result.comparisons[0].overhead_percent.reset();
  result.comparisons[0].baseline_mean.reset();
  result.comparisons[0].verdict = Verdict::kInvalid;
  EXPECT_THAT(render_table(result, {.width = 80}),
              HasSubstr("tcp_stream throughput               ?                     ?    3 % INVALID"));
}

}  // namespace
}  // namespace bpftax
