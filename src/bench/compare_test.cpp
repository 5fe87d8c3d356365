#include "bench/compare.h"

#include <gmock/gmock.h>

#include "bench/document_testing.h"

namespace bpftax::bench {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

Document document_of(std::vector<Row> rows, const std::string& kernel = "6.18.0") {
  Document document = test_document();
  document.host["kernel_release"] = kernel;
  document.rows = std::move(rows);
  return document;
}

TEST(BenchCompareTest, MatchesByIdentityAndSaysWhatIsSlower) {
  const Document a = document_of({test_row("hash", "lookup", "program", 20, 0.2),
                                  test_row("hash", "update", "program", 40, 0.5),
                                  test_row("array", "lookup", "program", 4, 0.1)});
  const Document b = document_of({test_row("array", "lookup", "program", 2, 0.1),
                                  test_row("hash", "update", "program", 40.2, 0.5),
                                  test_row("hash", "lookup", "program", 30, 0.2)});
  const auto comparison = compare_documents(a, "a.json", b, "b.json");
  ASSERT_TRUE(comparison) << to_string(comparison.error());
  ASSERT_THAT(comparison->quantities, SizeIs(3));
  EXPECT_DOUBLE_EQ(comparison->quantities[0].ratio->ratio, 1.5);
  EXPECT_EQ(finding_of(comparison->quantities[0]), "slower");
  EXPECT_EQ(finding_of(comparison->quantities[1]), "no difference shown");
  EXPECT_EQ(finding_of(comparison->quantities[2]), "faster");
  EXPECT_EQ(comparison->agreement.rows, 3);
  EXPECT_EQ(comparison->agreement.overlapping, 1);
  EXPECT_EQ(comparison->agreement.agreeing, 1);
}

TEST(BenchCompareTest, OtherParametersAndConditionsAreOtherRows) {
  Row other = test_row("hash", "lookup", "program", 20, 0.2);
  other.params["entries"] = 2000;
  Row loaded = test_row("hash", "lookup", "program", 20, 0.2);
  loaded.condition = "cpu:80";
  const Document a = document_of({test_row("hash", "lookup", "program", 20, 0.2), other});
  const Document b = document_of({test_row("hash", "lookup", "program", 20, 0.2), loaded});
  const auto comparison = compare_documents(a, "A", b, "B");
  ASSERT_TRUE(comparison);
  EXPECT_THAT(comparison->quantities, SizeIs(1));
  ASSERT_THAT(comparison->lonely, SizeIs(2));
  EXPECT_EQ(comparison->lonely[0].reason, "not in B");
  EXPECT_EQ(comparison->lonely[1].reason, "not in A");
  EXPECT_THAT(comparison_text(*comparison, 100, false), HasSubstr("On one side only"));
}

TEST(BenchCompareTest, WhatIsMeasuredOnOneSideOnlySaysWhy) {
  const Document a = document_of(
      {test_row("hash", "lookup", "program", 20, 0.2), test_row("queue", "push", "program", 20, 0.2)});
  const Document b = document_of({test_row("hash", "lookup", "program", 20, 0.2),
                                  absent_row("queue", "push", "program", Status::kUnavailable, "too old")});
  const auto comparison = compare_documents(a, "A", b, "B");
  ASSERT_TRUE(comparison);
  ASSERT_THAT(comparison->lonely, SizeIs(1));
  EXPECT_TRUE(comparison->lonely[0].in_a);
  EXPECT_EQ(comparison->lonely[0].reason, "unavailable in B: too old");
}

TEST(BenchCompareTest, RefusesDocumentsWithoutACommonRow) {
  const Document a = document_of({test_row("hash", "lookup", "program", 20, 0.2)});
  const Document b = document_of({test_row("hash", "lookup", "user", 600, 9)});
  const auto comparison = compare_documents(a, "A", b, "B");
  ASSERT_FALSE(comparison);
  EXPECT_EQ(comparison.error().kind, ErrorKind::kUsage);
}

TEST(BenchCompareTest, NamesWhatDiffersBetweenTheHosts) {
  const Document a = document_of({test_row("hash", "lookup", "program", 20, 0.2)});
  const Document b = document_of({test_row("hash", "lookup", "program", 20, 0.2)}, "5.10.0");
  const auto comparison = compare_documents(a, "A", b, "B");
  ASSERT_TRUE(comparison);
  ASSERT_THAT(comparison->host_differences, SizeIs(1));
  EXPECT_EQ(comparison->host_differences[0].fact, "kernel_release");
  EXPECT_THAT(comparison_text(*comparison, 100, false), HasSubstr("kernel_release: A 6.18.0, B 5.10.0"));
}

TEST(BenchCompareTest, ASubjectThatTheOtherSideLacksAsAWholeIsSaidWithItsReason) {
  const Row here = test_row("hash", "lookup", "program", 20, 0.2),
            other = test_row("array", "lookup", "program", 9, 0.2);
  Row whole = here;
  whole.op.clear();
  whole.side.clear();
  whole.ns.reset();
  whole.status = Status::kUnavailable;
  whole.reason = "no such map";
  const Document a = document_of({here, other}), b = document_of({whole, other});
  const auto comparison = compare_documents(a, "A", b, "B");
  ASSERT_TRUE(comparison) << to_string(comparison.error());
  ASSERT_FALSE(comparison->lonely.empty());
  EXPECT_EQ(comparison->lonely[0].row->op, "lookup");
  EXPECT_EQ(comparison->lonely[0].reason, "unavailable in B: no such map");
}

TEST(BenchCompareTest, MetricsAreComparedToo) {
  Row a_row = test_row("hash", "lookup", "program", 20, 0.2), b_row = a_row;
  a_row.metrics = {{"memory", "bytes", {1000, 1000.0, 1000.0}}};
  b_row.metrics = {{"memory", "bytes", {2000, 2000.0, 2000.0}}};
  const Document a = document_of({a_row}), b = document_of({b_row});
  const auto comparison = compare_documents(a, "A", b, "B");
  ASSERT_TRUE(comparison);
  ASSERT_THAT(comparison->quantities, SizeIs(2));
  EXPECT_EQ(comparison->quantities[1].quantity, "memory");
  EXPECT_EQ(finding_of(comparison->quantities[1]), "more");
  EXPECT_EQ(comparison->agreement.rows, 1);  // of times
  const OrderedJson json = comparison_json(*comparison);
  EXPECT_EQ(json["schema"], "bpftax.bench.compare/1");
  EXPECT_EQ(json["rows"][1]["ratio"], 2.0);
  EXPECT_EQ(json["agreement"]["rows"], 1);
  EXPECT_THAT(comparison_csv(*comparison),
              HasSubstr("maps,hash,lookup,program,\"entries=1000, key=4\",idle,0,memory,"
                        "bytes,1000.0,1000.0,1000.0,2000.0"));
}

TEST(BenchCompareTest, ARunAgreesWithItself) {
  const Document a = test_document(), b = test_document();
  const auto comparison = compare_documents(a, "A", b, "B");
  ASSERT_TRUE(comparison);
  EXPECT_EQ(comparison->agreement.overlapping, comparison->agreement.rows);
  EXPECT_EQ(comparison->agreement.agreeing, comparison->agreement.rows);
  EXPECT_THAT(comparison_text(*comparison, 100, false), HasSubstr("4 of 4 (100.0 %)"));
}

}  // namespace
}  // namespace bpftax::bench
