#include "bench/load/builds.h"

#include <gtest/gtest.h>

namespace bpftax::bench {
namespace {

Row build_row(const char* object, const char* subject, const char* op, double ns, double instructions) {
  Row row;
  row.benchmark = "load";
  row.subject = subject;
  row.op = op;
  row.params = {{"object", object}};
  row.ns = Value{ns, ns * 0.99, ns * 1.01};
  row.processes = 10;
  row.samples = 50;
  row.metrics = {{"processed", "instructions", {instructions, instructions, instructions}}};
  return row;
}

Document two_builds() {
  Document document;
  document.rows = {build_row("old/x.o", "handle", "verify", 100'000, 500),
                   build_row("new/x.o", "handle", "verify", 200'000, 900),
                   build_row("old/x.o", "(object)", "open", 5000, 1),
                   build_row("new/x.o", "(object)", "open", 5000, 1),
                   build_row("new/x.o", "added", "verify", 1000, 10)};
  return document;
}

TEST(Builds, EachObjectIsADocumentWhoseRowsMatchThoseOfTheOther) {
  const std::vector<Build> builds = split_by_object(two_builds());
  ASSERT_EQ(builds.size(), 2u);
  EXPECT_EQ(builds[0].object, "old/x.o");
  EXPECT_EQ(builds[1].object, "new/x.o");
  ASSERT_EQ(builds[0].document.rows.size(), 2u);
  ASSERT_EQ(builds[1].document.rows.size(), 3u);
  EXPECT_EQ(builds[0].document.rows[0].params, Json::object());
  EXPECT_EQ(builds[0].document.rows[0].params, builds[1].document.rows[0].params);
}

TEST(Builds, RowsWithoutAnObjectBelongToNone) {
  Document document;
  document.rows.resize(1);
  document.rows[0].benchmark = "load";
  document.rows[0].params = {{"size", 100}};
  EXPECT_TRUE(split_by_object(document).empty());
}

TEST(Builds, SideBySideTheyShowTheRatioAndWhatOnlyOneHas) {
  const auto text = builds_text(two_builds(), 110, false);
  ASSERT_TRUE(text) << to_string(text.error());
  EXPECT_NE(text->find("old/x.o"), std::string::npos) << *text;
  EXPECT_NE(text->find("handle"), std::string::npos) << *text;
  EXPECT_NE(text->find("2.0"), std::string::npos) << *text;    // 200 us / 100 us
  EXPECT_NE(text->find("added"), std::string::npos) << *text;  // not in the old one
}

TEST(Builds, OneObjectOrThreeAreAUsageError) {
  Document document = two_builds();
  document.rows.resize(1);
  EXPECT_EQ(builds_text(document, 100, false).error().kind, ErrorKind::kUsage);
  document.rows.push_back(build_row("b.o", "x", "verify", 1, 1));
  document.rows.push_back(build_row("c.o", "x", "verify", 1, 1));
  EXPECT_EQ(builds_text(document, 100, false).error().why, "the run has 3 object files");
}

}  // namespace
}  // namespace bpftax::bench
