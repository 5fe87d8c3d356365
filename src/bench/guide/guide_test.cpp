#include "bench/guide/guide.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "bench/guide/testdata.h"
#include "report/golden.h"

namespace bpftax::bench {
namespace {

using testing::HasSubstr;
using testing::Not;

Guide synthetic_guide() {
  const std::vector<Document> documents = {synthetic_document()};
  auto guide = make_guide(documents);
  EXPECT_TRUE(guide) << to_string(guide.error());
  return *guide;
}

TEST(Guide, MarkdownIsAsReviewed) {
  expect_golden("bench-guide.md", guide_markdown(synthetic_guide()));
}

TEST(Guide, TextIsAsReviewed) {
  expect_golden("bench-guide.txt", guide_text(synthetic_guide(), 100));
}

TEST(Guide, TextKeepsToItsWidthButForCommands) {
  const std::string text = guide_text(synthetic_guide(), 80);
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    if (line.find("bpftax bench") == std::string::npos) EXPECT_LE(line.size(), 80u) << line;
    at = end + 1;
  }
}

TEST(Guide, PointsOutWhatContradictsTheTheory) {
  const Guide guide = synthetic_guide();
  const auto xdp =
      std::find_if(guide.statements.begin(), guide.statements.end(),
                   [](const JudgedStatement& one) { return one.id == "xdp-native-below-generic"; });
  ASSERT_NE(xdp, guide.statements.end());
  EXPECT_EQ(xdp->finding, Finding::kContradicted);
  EXPECT_THAT(guide_text(guide), HasSubstr("Where this machine contradicts the theory"));
}

TEST(Guide, NamesTheReasonOfWhatIsNotToBeHad) {
  EXPECT_THAT(guide_text(synthetic_guide(), 400), HasSubstr("the kernel refuses: Unknown error 524"));
}

TEST(Guide, TextFromOutsideIsNoMarkup) {
  std::vector<Document> documents = {synthetic_document()};
  documents[0].command = kAttack;
  const auto guide = make_guide(documents);
  ASSERT_TRUE(guide);
  EXPECT_THAT(guide_markdown(*guide), Not(HasSubstr("<script>")));
  documents[0].command = "a\x1b[31m\nb";
  EXPECT_THAT(guide_text(*make_guide(documents)), Not(HasSubstr("\x1b")));
}

TEST(Guide, JsonHasEverything) {
  const Guide guide = synthetic_guide();
  const OrderedJson json = guide_json(guide);
  EXPECT_EQ(json["schema"], "bpftax.bench.guide/1");
  EXPECT_EQ(json["statements"].size(), guide.statements.size());
  EXPECT_EQ(json["recommendations"].size(), guide.recommendations.size());
  for (const auto& one : json["recommendations"])
    for (const auto& candidate : one["candidates"])
      EXPECT_TRUE(candidate["cost"].is_null() || candidate["cost"]["mean"].is_number());
}

TEST(Guide, MachinesAreNotMixed) {
  std::vector<Document> documents = {synthetic_document(), synthetic_document()};
  documents[1].host["kernel_release"] = "5.15.0";
  const auto guide = make_guide(documents);
  ASSERT_FALSE(guide);
  EXPECT_EQ(guide.error().kind, ErrorKind::kUsage);
  EXPECT_THAT(guide.error().why, HasSubstr("6.18.0 and 5.15.0"));
  EXPECT_THAT(guide.error().hint, HasSubstr("bench compare"));
}

TEST(Guide, OfTwoMeasurementsTheLastCounts) {
  Document first, second;
  first.rows = {measured_row("maps", "array", "lookup", "program", 90),
                measured_row("maps", "hash", "lookup", "program", 14)};
  second.rows = {measured_row("maps", "array", "lookup", "program", 2)};
  const std::vector<Document> documents = {first, second};
  const auto guide = make_guide(documents);
  ASSERT_TRUE(guide);
  EXPECT_EQ(guide->statements[0].id, "array-lookup-below-hash");
  EXPECT_EQ(guide->statements[0].finding, Finding::kConfirmed);
  EXPECT_THAT(guide->notes, testing::Contains(HasSubstr("1 value was measured in more than one document")));
}

TEST(Guide, NothingGivesAnError) {
  EXPECT_FALSE(make_guide({}));
  const std::vector<Document> empty(1);
  EXPECT_FALSE(make_guide(empty));
}

}  // namespace
}  // namespace bpftax::bench
