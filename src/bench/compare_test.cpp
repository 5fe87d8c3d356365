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

// Floors and operations of `n` types, all of them `factor` times as dear as in the first document.
Document slower_machine(int n, double factor) {
  std::vector<Row> rows;
  for (int i = 0; i < n; ++i) {
    const std::string type = "type" + std::to_string(i);
    rows.push_back(test_row(type, "empty_loop", "program", 10 * factor, 0.1));
    rows.back().is_floor = true;
    rows.push_back(test_row(type, "lookup", "program", (20 + i) * factor, 0.1));
  }
  return document_of(rows);
}

TEST(BenchCompareTest, AMachineThatWasSlowerIsToldFromAnOperationThatIs) {
  const Document a = slower_machine(6, 1);
  Document b = slower_machine(6, 1.07);
  b.rows[1].ns = Value{30, 29.9, 30.1};  // this one is dearer by itself
  const auto comparison = compare_documents(a, "A", b, "B");
  ASSERT_TRUE(comparison) << to_string(comparison.error());
  EXPECT_EQ(comparison->agreement.rows, 12);
  EXPECT_EQ(comparison->agreement.overlapping, 0);
  ASSERT_TRUE(comparison->shift);
  EXPECT_NEAR(comparison->shift->ratio, 1.07, 1e-9);
  EXPECT_EQ(comparison->shift->floors, 6);
  EXPECT_EQ(comparison->shift->rest.overlapping, 11);
  EXPECT_EQ(comparison->shift->rest.agreeing, 11);
  EXPECT_THAT(comparison_text(*comparison, 100, false), HasSubstr("the machine itself was slower"));
  EXPECT_EQ(comparison_json(*comparison)["common_shift"]["intervals_overlap"], 11);
}

TEST(BenchCompareTest, FewFloorsOrFloorsThatDisagreeAreNoSlowerMachine) {
  EXPECT_FALSE(compare_documents(slower_machine(4, 1), "A", slower_machine(4, 1.07), "B")->shift);
  EXPECT_FALSE(compare_documents(slower_machine(6, 1), "A", slower_machine(6, 1.005), "B")->shift);
  const Document before = slower_machine(6, 1);
  Document mixed = slower_machine(6, 1.07);
  for (const size_t i : {0, 2}) mixed.rows[i].ns = Value{9, 8.9, 9.1};
  const auto comparison = compare_documents(before, "A", mixed, "B");
  EXPECT_FALSE(comparison->shift);
  EXPECT_TRUE(comparison_json(*comparison)["common_shift"].is_null());
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
