#include "report/story.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "report/advice.h"
#include "report/golden.h"
#include "report/testdata.h"
#include "util/strings.h"

namespace bpftax {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

// A campaign on other machines: two cases of one tool that fall into different classes by protocol.
RunResult second_result() {
  RunResult result = synthetic_result();
  result.run_id = "20260922-090000-77aa";
  result.server_facts["kernel_release"] = "5.10.0-247.aarch64";
  result.server_facts["architecture"] = "aarch64";
  result.client_facts = result.server_facts;
  ResultSubject& udp = result.subjects[0];
  udp.name = "packet-trace udp";
  udp.test_case = ResultCase{1, "packet-trace", "udp", "rx"};
  ResultSubject& tcp = result.subjects[2];
  tcp.name = "packet-trace tcp";
  tcp.test_case = ResultCase{2, "packet-trace", "tcp", "rx"};
  classify(result);
  return result;
}

std::vector<std::string> cells_after(const std::string& page, const std::string& start) {
  for (const std::string_view line : split(page, '\n')) {
    if (!line.starts_with(start)) continue;
    std::vector<std::string> cells;
    for (const std::string_view cell : split(line, '|')) cells.emplace_back(trim(cell));
    return cells;
  }
  return {};
}

TEST(StoryModel, SplitsAToolWhoseProtocolsDiffer) {
  const RunResult result = second_result();
  const StoryModel model = story_model({&result});
  ASSERT_EQ(model.environments.size(), 1u);
  EXPECT_THAT(model.tools, testing::Contains("packet-trace (udp)"));
  EXPECT_THAT(model.tools, testing::Contains("packet-trace (tcp)"));
  EXPECT_THAT(model.tools, Not(testing::Contains("placebo")));
  const StoryTool* tool = find_tool(model.environments[0], "packet-trace (tcp)");
  ASSERT_NE(tool, nullptr);
  EXPECT_EQ(tool->measured, 1);
  for (size_t i = 0; i < model.environments[0].measures.size(); ++i) {
    const StoryMeasure& measure = model.environments[0].measures[i];
    for (const ResultComparison& row : result.comparisons) {
      if (row.subject != "t3" || row.workload != measure.workload || row.metric != measure.metric) continue;
      EXPECT_EQ(tool->overheads[i].low, row.overhead_percent);
      EXPECT_EQ(tool->overheads[i].cases, 1);
    }
  }
}

TEST(StoryModel, LabelsTellEnvironmentsApart) {
  const RunResult first = synthetic_result(), second = second_result();
  RunResult third = first;
  third.run_id = "third";
  const StoryModel two = story_model({&first, &second});
  EXPECT_EQ(two.environments[0].label, "lab (6.18.0-1-amd64)");
  EXPECT_EQ(two.environments[1].label, "lab (5.10.0-247.aarch64)");
  const StoryModel three = story_model({&first, &second, &third});
  EXPECT_THAT(three.environments[2].label, HasSubstr("third"));
  EXPECT_EQ(story_model({&first}).environments[0].label, "lab");
}

TEST(StoryRange, HoldsWhatItWasGiven) {
  StoryRange range;
  range.add(std::nullopt);
  EXPECT_EQ(range.cases, 0);
  EXPECT_FALSE(range.low);
  range.add(-3.0);
  StoryRange other;
  other.add(5.0);
  other.add(1.0);
  range.add(other);
  EXPECT_EQ(range.low, -3.0);
  EXPECT_EQ(range.high, 5.0);
  EXPECT_EQ(range.cases, 3);
}

TEST(Story, LooksAsAgreed) {
  const RunResult first = synthetic_result(), second = second_result();
  const std::vector<StorySource> sources = {{&first, "runs/a"}, {&second, "runs/b"}};
  expect_golden("story.md", story_markdown(tell_story(sources, Lang::kEn)));
  expect_golden("story.zh.md", story_markdown(tell_story(sources, Lang::kZh)));
}

TEST(Story, TheNumbersAreThoseOfTheResult) {
  const RunResult result = synthetic_result();
  const std::string page = story_markdown(tell_story({{&result, "runs/a"}}, Lang::kEn));
  const auto cells = cells_after(page, "| packet-count | ");
  ASSERT_FALSE(cells.empty());
  // Tools have a first table of their own; the second is that of the environment.
  const std::string table = page.substr(page.find("no confidence interval"));
  const auto row = cells_after(table, "| packet-count | ");
  ASSERT_GT(row.size(), 3u);
  const StoryModel model = story_model({&result});
  for (size_t i = 0; i < model.environments[0].measures.size(); ++i) {
    const StoryMeasure& measure = model.environments[0].measures[i];
    for (const ResultComparison& c : result.comparisons) {
      if (c.subject != "t1" || c.workload != measure.workload || c.metric != measure.metric) continue;
      const std::string cell = row[3 + i].substr(0, row[3 + i].find(' '));
      const auto shown = to_double(cell.starts_with('+') ? cell.substr(1) : cell);
      ASSERT_TRUE(shown) << row[3 + i];
      EXPECT_NEAR(*shown, *c.overhead_percent, 0.06);
    }
  }
  EXPECT_THAT(page, Not(HasSubstr("Across environments")));
}

TEST(Story, TextFromOutsideIsNoMarkup) {
  const RunResult result = synthetic_result();
  for (const Lang lang : {Lang::kEn, Lang::kZh}) {
    const StoryDocument story = tell_story({{&result, "<img src=x>|`\n"}}, lang);
    const std::string html = story_html(story);
    EXPECT_THAT(html, Not(HasSubstr("<script>alert")));
    EXPECT_THAT(html, Not(HasSubstr("<img")));
    EXPECT_THAT(html, HasSubstr("&lt;script&gt;alert(1)"));
    // In the fenced block at the end it may stand as it is.
    const std::string page = story_markdown(story);
    EXPECT_THAT(page.substr(0, page.find("```")), Not(HasSubstr("<script>")));
  }
}

TEST(Story, EveryRowOfATableHasAsManyCellsAsItsHead) {
  const RunResult first = synthetic_result(), second = second_result();
  const StoryDocument story = tell_story({{&first, "a"}, {&second, "b"}}, Lang::kZh);
  int tables = 0;
  for (const StoryBlock& block : story.blocks()) {
    if (block.kind != StoryBlock::Kind::kTable) continue;
    ++tables;
    EXPECT_EQ(block.table.numeric.size(), block.table.head.size());
    for (const auto& row : block.table.rows) EXPECT_EQ(row.size(), block.table.head.size());
  }
  EXPECT_GE(tables, 10);
}

TEST(Story, ChineseIsChinese) {
  const RunResult result = synthetic_result();
  const std::string page = story_html(tell_story({{&result, "a"}}, Lang::kZh));
  EXPECT_THAT(page, HasSubstr("<html lang=\"zh-CN\">"));
  for (const char* text : {"背景", "测试环境", "结论", "使用建议"}) EXPECT_THAT(page, HasSubstr(text));
  for (const char* text : {">Background<", "Conclusions", "In short"})
    EXPECT_THAT(page, Not(HasSubstr(text)));
}

TEST(Story, NothingMeasuredIsSaid) {
  const RunResult empty;
  const std::string page = story_markdown(tell_story({{&empty, "a"}}, Lang::kEn));
  EXPECT_THAT(page, HasSubstr("What eBPF tools cost: 0 tools"));
  EXPECT_THAT(story_markdown(tell_story({}, Lang::kEn)), HasSubstr("0 environments"));
}

TEST(StoryDocument, NumbersItsHeadings) {
  StoryDocument document(Lang::kEn, "t");
  document.heading(1, "a");
  document.heading(2, "b");
  document.heading(2, "c");
  document.heading(1, "d");
  document.heading(2, "e");
  std::vector<std::string> headings;
  for (const StoryBlock& block : document.blocks()) headings.push_back(block.text);
  EXPECT_THAT(headings, ElementsAre("1 a", "1.1 b", "1.2 c", "2 d", "2.1 e"));
}

}  // namespace
}  // namespace bpftax
