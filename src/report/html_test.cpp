#include "report/html.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "report/assets.h"
#include "report/charts.h"
#include "report/html_parts.h"
#include "report/summary.h"
#include "report/testdata.h"
#include "util/json.h"
#include "util/strings.h"

namespace bpftax {
namespace {

using testing::HasSubstr;
using testing::Not;

size_t count(std::string_view text, std::string_view what) {
  size_t n = 0;
  for (size_t at = 0; (at = text.find(what, at)) != std::string_view::npos; at += what.size()) ++n;
  return n;
}

// What stands between the first `begin` after `from` and the next `end`.
std::string between(const std::string& text, const std::string& begin, const std::string& end) {
  const size_t at = text.find(begin);
  if (at == std::string::npos) return "";
  const size_t start = at + begin.size();
  return text.substr(start, text.find(end, start) - start);
}

Json island_of(const std::string& page) {
  const auto json =
      parse_json(between(page, "<script type=\"application/json\" id=\"charts\">", "</script>"), "island");
  return json ? *json : Json();
}

// The page without the bundled script, style and licences: what is written for this result.
std::string own_part(std::string page) {
  for (const std::string_view part : {report_js(), report_css()}) page.erase(page.find(part), part.size());
  return page;
}

TEST(Html, HasExactlyItsOwnScripts) {
  const std::string page = render_html(synthetic_result());
  const std::string own = own_part(page);
  EXPECT_EQ(count(own, "<script"), 2u);
  EXPECT_EQ(count(own, "</script"), 2u);
  EXPECT_EQ(count(own, "<img"), 0u);
  EXPECT_EQ(count(own, "<!--"), 0u);
  EXPECT_EQ(count(own, "<body"), 1u);
}

TEST(Html, HostileTextStandsInItAsText) {
  const std::string page = render_html(synthetic_result());
  EXPECT_THAT(page, HasSubstr("&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;"));
  EXPECT_THAT(page, HasSubstr("&lt;img src=x onerror=alert(2)&gt;\\x1b[31m\\u202eevil"));
}

TEST(Html, HostileTextEverywhereStaysText) {
  RunResult result = synthetic_result();
  const std::string evil = "\"><svg onload=alert(3)>'</script>${{x}}";
  for (ResultSubject& s : result.subjects) {
    s.name = s.command = s.reason = s.last_words = s.class_reason = evil;
    s.left_behind = {evil};
    s.klass = evil;
    for (ResultProgram& p : s.programs) {
      p.name = p.attach = p.type = evil;
      for (auto& w : p.workloads) w.workload = evil;
    }
    for (ResultMap& m : s.maps) m.name = m.type = evil;
    for (ResultWarning& w : s.advice) w.code = w.text = w.advice = evil;
  }
  for (ResultComparison& c : result.comparisons) {
    c.unit = c.verdict_text = evil;
    c.warnings = {evil};
    if (c.workload == "udp_rr") c.workload = c.metric = evil;
  }
  for (ResultWindow& w : result.windows) w.reason = w.arm = evil;
  for (ResultWarning& w : result.warnings) w.code = w.text = w.advice = evil;
  result.run_id = result.tool_version = result.environment = result.stop_reason = result.command_line = evil;
  result.server_facts = {{evil, evil}, {"hostname", evil}};
  result.client_facts = {{evil, {evil, evil}}};
  result.placement = {{"tcp_rr", {{"policy", evil}, {"server", {evil}}}}};
  result.drops = {{evil, 2}};
  const std::string own = own_part(render_html(result));
  EXPECT_EQ(count(own, "<svg"), 0u);
  EXPECT_EQ(count(own, "<script"), 2u);
  EXPECT_EQ(count(own, "</script"), 2u);
  EXPECT_TRUE(island_of(own).is_object());
}

TEST(Html, TheIslandHasASpecificationForEveryFigure) {
  const std::string page = render_html(synthetic_result());
  const Json charts = island_of(page)["charts"];
  const std::string own = own_part(page);
  EXPECT_EQ(count(own, "data-chart=\""), charts.size());
  for (const auto& [id, spec] : charts.items()) {
    EXPECT_THAT(own, HasSubstr("data-chart=\"" + id + "\"")) << id;
    EXPECT_TRUE(spec.contains("data")) << id;
    EXPECT_TRUE(spec.contains("layer") || spec.contains("mark")) << id;
  }
}

TEST(Html, EveryComparisonIsInATableWithItsFullPrecision) {
  const RunResult result = synthetic_result();
  const std::string page = render_html(result);
  for (const ResultComparison& row : result.comparisons) {
    const std::string begin = "data-subject=\"" + row.subject + "\" data-workload=\"" + row.workload +
                              "\" data-metric=\"" + row.metric + "\"";
    const std::string table =
        between(page, row.primary ? "id=\"verdict-table\"" : "id=\"secondary-table\"", "</table>");
    const std::string cells = between(table, begin, "</tr>");
    EXPECT_THAT(cells, HasSubstr("data-value=\"" + Json(*row.overhead_percent).dump() + "\"")) << begin;
    EXPECT_THAT(cells, HasSubstr(std::string(to_string(row.verdict)))) << begin;
  }
}

TEST(Html, EssentialsStandThereWithoutScripts) {
  const std::string own = own_part(render_html(synthetic_result()));
  for (const char* text :
       {"Of 4 tools", "EXCEEDS", "tracepoint:net:netif_receive_skb", "6.11 MiB/s", "no eBPF program",
        "4242424242", "1 of 4 streams was lost", "same-cpu: server CPU 1", "Linux 6.18.0-1-amd64",
        "ring buffer", "Noise floor", "2 CPUs: the tool shares them"})
    EXPECT_THAT(own, HasSubstr(text));
}

TEST(Html, IsCompleteInItself) {
  const std::string page = render_html(synthetic_result());
  const std::string own = own_part(page);
  for (const char* loading : {"<link", "src=\"", "@import", "http-equiv=\"refresh\""})
    EXPECT_EQ(count(own, loading), 0u);
  EXPECT_EQ(count(report_css(), "url(http"), 0u);
  EXPECT_THAT(page, HasSubstr("default-src 'none'"));
  EXPECT_THAT(page, HasSubstr("script-src 'sha256-"));
  EXPECT_THAT(page, Not(HasSubstr("unsafe-eval'")));
  EXPECT_LT(page.size(), 2'000'000u);
}

TEST(Html, LinksInThePageLeadSomewhere) {
  const std::string own = own_part(render_html(synthetic_result()));
  for (size_t at = 0; (at = own.find("href=\"#", at)) != std::string::npos; ++at) {
    const std::string id = between(own.substr(at, 200), "href=\"#", "\"");
    EXPECT_THAT(own, HasSubstr("id=\"" + id + "\"")) << id;
  }
}

TEST(Html, IdsAreUnique) {
  const std::string own = own_part(render_html(synthetic_result()));
  std::set<std::string> seen;
  for (size_t at = 0; (at = own.find(" id=\"", at)) != std::string::npos; ++at) {
    const std::string id = between(own.substr(at, 200), " id=\"", "\"");
    EXPECT_TRUE(seen.insert(id).second) << id;
  }
}

TEST(Html, AnEmptyResultIsRendered) {
  const std::string page = render_html(RunResult{});
  EXPECT_THAT(page, HasSubstr("Nothing was measured"));
  EXPECT_TRUE(island_of(page)["charts"].empty());
}

TEST(Html, OneToolAloneShowsItsTableOpen) {
  RunResult result = synthetic_result();
  result.subjects.resize(1);
  EXPECT_THAT(render_html(result), Not(HasSubstr("id=\"all-numbers\"")));
}

TEST(Html, TheBundledScriptCannotEndItself) {
  EXPECT_EQ(count(report_js(), "</script"), 0u);
  EXPECT_EQ(count(report_js(), "<!--"), 0u);
  EXPECT_EQ(count(report_css(), "</style"), 0u);
  EXPECT_GT(report_js().size(), 100'000u);
  EXPECT_THAT(std::string(report_notices()), HasSubstr("vega-lite"));
}

TEST(IslandJson, CannotEndAScript) {
  const OrderedJson json = {{"a", "</script><!-- & \xe2\x80\xa8 \xe2\x80\xa9 \xff"}, {"b", {1, "<"}}};
  const std::string text = island_json(json);
  EXPECT_EQ(text.find_first_of("<>&"), std::string::npos);
  EXPECT_EQ(text.find("\xe2\x80\xa8"), std::string::npos);
  const auto back = parse_json(text, "island");
  ASSERT_TRUE(back);
  EXPECT_EQ((*back)["a"], "</script><!-- & \xe2\x80\xa8 \xe2\x80\xa9 \xef\xbf\xbd");
}

TEST(ForestCharts, HaveOneEstimateForEachComparison) {
  const RunResult result = synthetic_result();
  size_t rows = 0;
  for (const bool primary : {true, false})
    for (const Chart& chart : forest_charts(result, primary)) rows += chart.spec["data"]["values"].size();
  EXPECT_EQ(rows, result.comparisons.size());
}

TEST(ForestCharts, OfOneSubjectHaveOneRowForEachMetric) {
  RunResult result = synthetic_result();
  result.comparisons.erase(std::remove_if(result.comparisons.begin(), result.comparisons.end(),
                                          [](const auto& c) { return c.subject != "t3"; }),
                           result.comparisons.end());
  const auto charts = forest_charts(result, true);
  ASSERT_EQ(charts.size(), 1u);
  EXPECT_EQ(charts[0].spec["data"]["values"].size(), rows_of(result, "", true).size());
  EXPECT_EQ(charts[0].spec["data"]["values"][2]["row"], "tcp_rr mean latency");
  EXPECT_TRUE(forest_charts(RunResult{}, true).empty());
}

TEST(ForestCharts, DrawOnlyWhatIsKnown) {
  RunResult result = synthetic_result();
  result.comparisons[0].overhead_percent.reset();
  result.comparisons[0].ci_low.reset();
  result.comparisons[0].ci_high.reset();
  const auto value = forest_charts(result, true)[0].spec["data"]["values"][0];
  EXPECT_TRUE(value["overhead"].is_null());
  EXPECT_TRUE(value["low"].is_null());
}

TEST(ForestCharts, BendTheScaleOnlyForLargeOverheads) {
  RunResult result = synthetic_result();
  EXPECT_TRUE(forest_scale_is_bent(result, true));
  result.comparisons.erase(std::remove_if(result.comparisons.begin(), result.comparisons.end(),
                                          [](const auto& c) { return c.subject == "t3"; }),
                           result.comparisons.end());
  EXPECT_FALSE(forest_scale_is_bent(result, true));
}

TEST(TimeCharts, HaveEveryWindowOfTheirWorkload) {
  const RunResult result = synthetic_result();
  size_t windows = 0;
  for (const ResultWindow& w : result.windows) windows += w.workload == "tcp_rr" ? 1 : 0;
  const auto charts = time_charts(result);
  ASSERT_GT(charts.size(), 2u);
  EXPECT_EQ(charts[2].spec["data"]["values"].size(), windows);
  EXPECT_TRUE(time_charts(RunResult{}).empty());
}

TEST(SeriesMarks, TellThirtySubjectsFromTheirNeighbours) {
  for (size_t i = 0; i < 30; ++i) {
    const SeriesMark a = series_mark(i);
    const SeriesMark b = series_mark(i + 1);
    EXPECT_TRUE(a.color != b.color || a.shape != b.shape) << i;
  }
}

}  // namespace
}  // namespace bpftax
