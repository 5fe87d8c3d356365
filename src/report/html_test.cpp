#include "report/html.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "report/assets.h"
#include "report/html_parts.h"
#include "report/summary.h"
#include "report/testdata.h"
#include "report/text.h"
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
      parse_json(between(page, "<script type=\"application/json\" id=\"data\">", "</script>"), "island");
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

TEST(Html, TheIslandHasEveryRowAndWindowOnce) {
  const RunResult result = large_result(45);
  const Json data = island_of(render_html(result));
  ASSERT_EQ(data["rows"].size(), result.comparisons.size());
  ASSERT_EQ(data["windows"].size(), result.windows.size());
  ASSERT_EQ(data["groups"].size(), 3u);
  for (size_t i = 0; i < result.comparisons.size(); ++i) {
    const Json& row = data["rows"][i];
    const auto subject = row[0].get<size_t>();
    EXPECT_EQ(data["subjects"][subject][0], result.comparisons[i].subject);
    EXPECT_NEAR(row[4].get<double>(), *result.comparisons[i].overhead_percent, 1e-3);
    EXPECT_EQ(data["verdicts"][row[2].get<size_t>()][0], to_string(result.comparisons[i].verdict));
  }
}

TEST(Html, EveryComparisonIsInTheTableAsPrinted) {
  const RunResult result = synthetic_result();
  const std::string page = render_html(result);
  const std::string table = between(page, "id=\"verdict-table\"", "</table>");
  for (size_t i = 0; i < result.comparisons.size(); ++i) {
    const ResultComparison& row = result.comparisons[i];
    const std::string cells = between(table, "id=r" + std::to_string(i) + ">", "\n");
    EXPECT_THAT(cells, HasSubstr(">" + signed_number(row.overhead_percent) + "<")) << i;
    EXPECT_THAT(cells, HasSubstr(std::string(to_string(row.verdict)))) << i;
    EXPECT_THAT(cells, HasSubstr(esc(interval_text(row.ci_low, row.ci_high)))) << i;
  }
}

TEST(Html, TheHeatMapLinksEveryPrimaryRow) {
  const RunResult result = large_result(45);
  const std::string page = render_html(result);
  const std::string map = between(page, "id=\"verdict-matrix\"", "</table>");
  EXPECT_EQ(count(map, "<a href=\"#r"), rows_of(result, "", true).size());
  EXPECT_EQ(count(map, "<tbody"), 3u);
  EXPECT_THAT(map, HasSubstr("Environment host, part host-1"));
}

TEST(Html, ACampaignOfTwoHundredCasesStaysBelowEightMegabytes) {
  EXPECT_LT(render_html(large_result(200)).size(), 8'000'000u);
  EXPECT_LT(render_html(large_result(200), Lang::kZh).size(), 8'000'000u);
}

TEST(Html, TheMarginThatAFloorMakesIsExplained) {
  RunResult result = synthetic_result();
  result.comparisons[0].margin_floor = 1;
  result.comparisons[0].margin_percent = 18.5;
  const std::string page = render_html(result);
  EXPECT_THAT(page, HasSubstr("made by the smallest difference that counts"));
  EXPECT_THAT(
      page,
      HasSubstr("differences below 1.000 Gbit/s do not count, and 1.000 Gbit/s is 18.5 % of this baseline"));
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
    const bool there = own.find("id=\"" + id + "\"") != std::string::npos ||
                       own.find("<tr id=" + id + ">") != std::string::npos;
    EXPECT_TRUE(there) << id;
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

// A tree of raw results knows the greatest memory of a window only.
TEST(Html, MemoryIsDrawnByItsPeakWhereNoMeanIsKnown) {
  RunResult result = large_result(2);
  const std::string means = island_of(render_html(result))["words"]["chart.resource_rss"];
  EXPECT_EQ(means, "Memory of the tool (RSS), MiB");
  size_t known = 0;
  for (ResultWindow& window : result.windows) {
    window.conditions.erase("subject_cpu_percent");
    window.conditions.erase("subject_output_bytes_per_s");
    if (window.conditions.erase("subject_rss_kb") == 0) continue;
    window.conditions["subject_rss_peak_kb"] = 4096;
    ++known;
  }
  ASSERT_GT(known, 0u);
  const std::string page = render_html(result);
  EXPECT_THAT(page, HasSubstr("id=\"resources\""));
  const Json data = island_of(page);
  size_t drawn = 0;
  for (const Json& window : data["windows"])
    if (window.size() > 11 && window[11][1] == 4096) ++drawn;
  EXPECT_EQ(drawn, known);
  EXPECT_EQ(data["words"]["chart.resource_rss"], "Memory of the tool (RSS), peak of each window, MiB");
  EXPECT_EQ(island_of(render_html(result, Lang::kZh))["words"]["chart.resource_rss"],
            "工具内存 (RSS)，各窗口峰值，MiB");
}

TEST(Html, AnEmptyResultIsRendered) {
  const std::string page = render_html(RunResult{});
  EXPECT_THAT(page, HasSubstr("Nothing was measured"));
  EXPECT_TRUE(island_of(page)["rows"].empty());
}

TEST(Html, OneToolAloneShowsItsTableOpen) {
  RunResult result = synthetic_result();
  result.subjects.resize(1);
  std::erase_if(result.comparisons, [](const auto& c) { return c.subject != "t1"; });
  EXPECT_THAT(render_html(result), HasSubstr("<details open class=\"more\" id=\"all-numbers\">"));
  EXPECT_THAT(render_html(synthetic_result()), HasSubstr("<details class=\"more\" id=\"all-numbers\">"));
}

TEST(Html, ACampaignNamesItsEnvironments) {
  const std::string page = render_html(large_result(45));
  EXPECT_THAT(page, HasSubstr("environments host, vm,"));
  EXPECT_THAT(page, Not(HasSubstr("in host")));
}

TEST(Html, RunsPerUnitNameTheUnit) {
  const std::string table =
      between(render_html(synthetic_result()), "id=\"programs-by-workload\"", "</table>");
  for (const char* unit : {"per transaction", "per packet", "per GB"}) EXPECT_THAT(table, HasSubstr(unit));
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

}  // namespace
}  // namespace bpftax
