#include "compare/render.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "compare/tables.h"
#include "compare/testing.h"
#include "report/testdata.h"
#include "report/text.h"
#include "util/strings.h"

namespace bpftax {
namespace {

using testing::HasSubstr;
using testing::Not;

Comparison pair_of_runs() {
  RunResult b = one_row_result(9, 7, 11);
  b.environments[0].server_facts["kernel_release"] = "6.12.0";
  return *compare_sources({labelled(one_row_result(3, 1, 4.5), "A"), labelled(b, "B")});
}

TEST(RenderCompare, TheTerminalShowsValuesIntervalsRatiosAndFacts) {
  const std::string text = render_compare_text(pair_of_runs(), {.width = 140});
  EXPECT_THAT(text, HasSubstr("+3 (+1.0 to +4.5) PASS"));
  EXPECT_THAT(text, HasSubstr("x1.06 (1.03 to 1.09)"));
  EXPECT_THAT(text, HasSubstr("kernel_release"));
  EXPECT_THAT(text, HasSubstr("6.12.0"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
}

TEST(RenderCompare, NoLineIsWiderThanTheTerminal) {
  for (const int width : {60, 80, 120}) {
    const std::string text = render_compare_text(pair_of_runs(), {.width = width});
    for (const std::string_view line : split(text, '\n'))
      EXPECT_LE(display_width(line), static_cast<size_t>(width)) << line;
  }
}

TEST(RenderCompare, ALongNameGetsALineOfItsOwn) {
  const std::string tool(70, 'n');
  const auto comparison = compare_sources(
      {labelled(one_row_result(3, 1, 4.5, tool), "A"), labelled(one_row_result(9, 7, 11, tool), "B")});
  ASSERT_TRUE(comparison);
  const std::string text = render_compare_text(*comparison, {.width = 110});
  EXPECT_THAT(text, HasSubstr("lab: " + tool + "\n    "));
  EXPECT_THAT(text, HasSubstr("+3 (+1.0 to +4.5) PASS  +9"));
}

TEST(RenderCompare, WhatMarkdownAndTheTerminalSayIsTheSame) {
  const Comparison comparison = pair_of_runs();
  const std::string markdown = render_compare_markdown(comparison);
  const std::string text = render_compare_text(comparison, {.width = 400});
  for (const TextTable& table : comparison_tables(comparison)) {
    EXPECT_THAT(markdown, HasSubstr("## " + table.title));
    for (const auto& row : table.rows) {
      EXPECT_EQ(row.size(), table.header.size()) << table.title;
      for (const std::string& cell : row) {
        EXPECT_THAT(markdown, HasSubstr(md_escape(cell)));
        EXPECT_THAT(text, HasSubstr(one_line(cell)));
      }
    }
  }
}

TEST(RenderCompare, JsonKeepsWhatIsUnknownNull) {
  const auto document = compare_json(pair_of_runs());
  EXPECT_EQ(document["schema"], "bpftax.compare/1");
  EXPECT_EQ(document["sources"][0]["label"], "A");
  const auto& cell = document["rows"][0]["cells"][1];
  EXPECT_EQ(cell["overhead_percent"], 9);
  EXPECT_TRUE(cell["overhead_range"].is_null());
  EXPECT_TRUE(cell["refused"].is_null());
  EXPECT_NEAR(cell["against_first"]["ratio"].get<double>(), 1.09 / 1.03, 1e-12);
  EXPECT_EQ(cell["against_first"]["finding"], "costs more");
  EXPECT_TRUE(document["rows"][0]["cells"][0]["against_first"].is_null());
  EXPECT_EQ(document["host_differences"][0]["values"][1], "6.12.0");
  EXPECT_TRUE(document["tools"][0]["sources"][0]["reason"].is_null());
}

TEST(RenderCompare, CsvHasOneLineASourceAndRow) {
  const std::string csv = compare_csv(pair_of_runs());
  const auto lines = split(csv, '\n');
  ASSERT_EQ(lines.size(), 4u);  // header, two lines, the end
  EXPECT_EQ(std::count(lines[0].begin(), lines[0].end(), ','), 26);
  for (size_t i = 1; i < 3; ++i) EXPECT_EQ(std::count(lines[i].begin(), lines[i].end(), ','), 26);
  EXPECT_THAT(std::string(lines[1]), HasSubstr("A,lab,count,,,,tcp_rr,latency_mean_us,us,lower,12.5,"));
  EXPECT_THAT(std::string(lines[1]), HasSubstr(",PASS,,,,,,,")) << "the first has no ratio";
  EXPECT_THAT(std::string(lines[2]), HasSubstr("costs more"));
}

TEST(RenderCompare, TextFromOutsideStaysText) {
  RunResult a = synthetic_result(), b = a;
  // Names that try to be markup, in both, measured.
  for (RunResult* result : {&a, &b}) result->subjects[0].name = kHostileName;
  const auto comparison = compare_sources({labelled(a, "A|x"), labelled(b, "=cmd|'/c'!A1")});
  ASSERT_TRUE(comparison) << to_string(comparison.error());
  const std::string markdown = render_compare_markdown(*comparison);
  EXPECT_THAT(markdown, Not(HasSubstr("<script>")));
  EXPECT_THAT(markdown, HasSubstr("A\\|x"));
  const std::string text = render_compare_text(*comparison);
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(compare_csv(*comparison), Not(HasSubstr("\n=cmd")));
  EXPECT_TRUE(nlohmann::json::accept(compare_document(*comparison)));
}

TEST(RenderCompare, ARunComparedWithItselfShowsNoDifference) {
  const RunResult result = synthetic_result();
  const auto comparison = compare_sources({labelled(result, "A"), labelled(result, "B")});
  ASSERT_TRUE(comparison);
  EXPECT_TRUE(comparison->facts.empty());
  int ratios = 0;
  for (const ComparedRow& row : comparison->rows) {
    if (!row.cells[1].ratio) continue;
    ++ratios;
    EXPECT_NEAR(*row.cells[1].ratio->ratio, 1, 1e-9);
    EXPECT_EQ(row.cells[1].ratio->finding, "no difference shown");
  }
  EXPECT_GT(ratios, 20);
}

}  // namespace
}  // namespace bpftax
