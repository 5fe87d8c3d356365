#include "bench/guide/page.h"

#include <gmock/gmock.h>

#include <set>

#include "bench/guide/testdata.h"
#include "report/assets.h"
#include "report/html_parts.h"
#include "util/json.h"

namespace bpftax::bench {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string page_of(const Document& document) {
  const auto page = bench_page(document);
  EXPECT_TRUE(page) << to_string(page.error());
  return page ? *page : "";
}

size_t times(const std::string& text, const std::string& part) {
  size_t n = 0;
  for (size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size()) ++n;
  return n;
}

// What was written for this document: without style, script and licences.
std::string own_part(const std::string& page) {
  const size_t begin = page.find("<body>"), notices = page.find("<details class=\"notices\">");
  const size_t island = page.find("<script type=\"application/json\"");
  const size_t script = page.find("<script>", island);
  return page.substr(begin, notices - begin) + page.substr(island, script - island);
}

Json island_of_page(const std::string& page) {
  const std::string open = "id=\"data\">";
  const size_t begin = page.find(open) + open.size();
  const auto json = parse_json(page.substr(begin, page.find("</script>", begin) - begin), "island");
  EXPECT_TRUE(json);
  return json ? *json : Json();
}

TEST(BenchPage, HasEveryMeasuredRow) {
  const Document document = synthetic_document();
  const std::string own = own_part(page_of(document));
  size_t measured = 0;
  for (const Row& row : document.rows) measured += row.status == Status::kMeasured ? 1 : 0;
  size_t rows = 0;
  for (size_t at = 0; (at = own.find("<details", at)) != std::string::npos; ++at) {
    const size_t end = own.find("</details>", at);
    rows += times(own.substr(at, end - at), "<tr><th scope=row>");
  }
  rows += times(own.substr(own.find("id=\"floors-1\"")), "empty_loop");
  EXPECT_EQ(rows, measured);
}

TEST(BenchPage, SaysWhyAndUnderWhatLoad) {
  const std::string own = own_part(page_of(synthetic_document()));
  for (const char* text :
       {"the kernel refuses: Unknown error 524", "an array has all of its elements always", "80.6", "cpu:80",
        "What eBPF primitives cost on lab", "bpftax bench all --load idle,cpu:80", "Student&#39;s t",
        "Time of 1000 operations", "14.5 us \u00b12.0 %"})
    EXPECT_THAT(own, HasSubstr(text));
}

TEST(BenchPage, TextFromOutsideCannotBecomeMarkup) {
  const std::string own = own_part(page_of(synthetic_document()));
  EXPECT_THAT(own, Not(HasSubstr("<script>alert")));
  EXPECT_THAT(own, Not(HasSubstr("<b>CPU")));
  EXPECT_THAT(own, HasSubstr("Imaginary &lt;b&gt;CPU"));
}

TEST(BenchPage, IsCompleteInItself) {
  const std::string page = page_of(synthetic_document());
  const std::string own = own_part(page);
  for (const char* loading : {"<link", "src=\"", "@import", "http-equiv=\"refresh\""})
    EXPECT_EQ(times(own, loading), 0u) << loading;
  EXPECT_THAT(page, HasSubstr("default-src 'none'"));
  EXPECT_THAT(page, HasSubstr("script-src 'sha256-"));
  EXPECT_LT(page.size(), 2'000'000u);
}

TEST(BenchPage, IdsAreUniqueAndLinksLeadSomewhere) {
  const std::string own = own_part(page_of(synthetic_document()));
  std::set<std::string> ids;
  for (size_t at = 0; (at = own.find(" id=\"", at)) != std::string::npos; at += 5) {
    const std::string id = own.substr(at + 5, own.find('"', at + 5) - at - 5);
    EXPECT_TRUE(ids.insert(id).second) << id;
  }
  for (size_t at = 0; (at = own.find("href=\"#", at)) != std::string::npos; at += 7)
    EXPECT_TRUE(ids.contains(own.substr(at + 7, own.find('"', at + 7) - at - 7)));
}

TEST(BenchPage, EachBoxOfFiguresHasItsCharts) {
  const std::string page = page_of(synthetic_document());
  const Json island = island_of_page(page);
  std::set<std::string> boxes;
  for (const Json& chart : island["charts"]) {
    boxes.insert(chart["box"].get<std::string>());
    EXPECT_FALSE(chart["points"].empty());
  }
  for (const std::string& box : boxes) EXPECT_THAT(page, HasSubstr("data-figures=\"" + box + "\""));
  EXPECT_EQ(times(page, "data-figures=\""), boxes.size());
  for (const auto& [key, text] : island["words"].items()) EXPECT_NE(text, "") << key;
}

TEST(BenchPage, TheSameDocumentGivesTheSamePage) {
  EXPECT_EQ(page_of(synthetic_document()), page_of(synthetic_document()));
}

TEST(BenchPage, NothingGivesAnError) {
  const auto page = bench_page(Document{});
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().kind, ErrorKind::kUsage);
}

TEST(BenchPage, WhatWasNeverMeasuredStillMakesAPage) {
  Document document;
  Row row;
  row.benchmark = "hooks";
  row.subject = "fentry";
  row.op = "empty";
  row.status = Status::kUnavailable;
  row.reason = "no ftrace";
  document.rows = {row};
  const std::string own = own_part(page_of(document));
  EXPECT_THAT(own, HasSubstr("no ftrace"));
  EXPECT_THAT(own, HasSubstr("0 values measured"));
}

TEST(BenchPage, TheBundledScriptCannotEndItself) {
  EXPECT_EQ(times(std::string(bench_js()), "</script"), 0u);
  EXPECT_EQ(times(std::string(bench_js()), "<!--"), 0u);
  EXPECT_GT(bench_js().size(), 100'000u);
}

}  // namespace
}  // namespace bpftax::bench
