#include "bench/guide/operation_tables.h"

#include <gmock/gmock.h>

#include "bench/guide/testdata.h"

namespace bpftax::bench {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

TEST(OperationTables, EachConditionSideAndCountHasItsOwn) {
  const Document document = synthetic_document();
  const auto tables = operation_tables(document);
  ASSERT_THAT(tables, SizeIs(12));  // two conditions, two sides, three counts
  EXPECT_EQ(tables[0].condition, "idle");
  EXPECT_EQ(tables[0].side, "program");
  EXPECT_EQ(tables[0].operations, 1000);
  EXPECT_TRUE(tables[0].counted);
  EXPECT_THAT(tables[0].rows, ElementsAre("lookup", "insert", "update", "delete"));
  EXPECT_THAT(tables[0].columns,
              ElementsAre("hash", "array", "percpu_hash", "percpu_array", "lru_hash", "lpm_trie"));
}

TEST(OperationTables, ACellIsTheTimeOfAllOperations) {
  const Document document = synthetic_document();
  const auto tables = operation_tables(document);
  const OperationCell& cell = tables[0].at(0, 0);
  ASSERT_TRUE(cell.total);
  EXPECT_DOUBLE_EQ(cell.total->mean, cell.row->ns->mean * 1000);
  ASSERT_TRUE(cell.total->low);
  EXPECT_LT(*cell.total->low, cell.total->mean);
}

TEST(OperationTables, WhatATypeCannotDoIsShown) {
  const Document document = synthetic_document();
  const auto tables = operation_tables(document);
  const OperationCell& cell = tables[0].at(3, 1);
  ASSERT_NE(cell.row, nullptr);
  EXPECT_FALSE(cell.total);
  EXPECT_EQ(cell.row->status, Status::kUnavailable);
  EXPECT_THAT(operation_tables_markdown(document), HasSubstr("| unavailable |"));
}

TEST(OperationTables, TheLoadReachedStandsBesideEach) {
  const std::string text = operation_tables_markdown(synthetic_document());
  EXPECT_THAT(text, HasSubstr("condition cpu:80"));
  EXPECT_THAT(text, HasSubstr("cpu\\_percent 80.6"));
}

TEST(OperationTables, WithoutACountTheTimeOfOneIsMultiplied) {
  Document document;
  document.rows = {measured_row("maps", "hash", "lookup", "program", 12)};
  const auto tables = operation_tables(document);
  ASSERT_THAT(tables, SizeIs(1));
  EXPECT_FALSE(tables[0].counted);
  EXPECT_DOUBLE_EQ(tables[0].at(0, 0).total->mean, 12 * tables[0].operations);
  EXPECT_THAT(operation_tables_markdown(document), HasSubstr("from the time of one"));
}

TEST(OperationTables, TotalsHaveThreeDigitsAndAUnitThatFits) {
  Document document;
  document.rows = {measured_row("maps", "hash", "lookup", "program", 1.2345),
                   measured_row("maps", "array", "lookup", "program", 123.45),
                   measured_row("maps", "lpm_trie", "lookup", "program", 12345.6)};
  document.rows[2].ns->low = document.rows[2].ns->high = std::nullopt;
  const std::string text = operation_tables_markdown(document);
  EXPECT_THAT(text, HasSubstr("| 1.23 us ("));
  EXPECT_THAT(text, HasSubstr("| 123 us ("));
  EXPECT_THAT(text, HasSubstr("| 12.3 ms |"));
  EXPECT_THAT(text, Not(HasSubstr("0.000")));
}

TEST(OperationTables, OfWhatWasCountedTheTerminalHasThemToo) {
  const std::string text = operation_tables_text(synthetic_document(), 100, false);
  EXPECT_THAT(
      text,
      HasSubstr("Maps in the program, cpu:80: total time of 1000 operations\nreached: cpu_percent 80.6"));
  EXPECT_THAT(text, HasSubstr("Maps from user space, cpu:80: total time of 100000 operations"));
  EXPECT_THAT(text, HasSubstr("operation"));
  EXPECT_THAT(text, HasSubstr("14.5 us +-2.0 %"));
  EXPECT_THAT(text, HasSubstr("n/a"));
  Document document;
  document.rows = {measured_row("maps", "hash", "lookup", "program", 12)};
  EXPECT_EQ(operation_tables_text(document, 100, false), "");
}

TEST(OperationTables, OtherFamiliesHaveNone) {
  Document document;
  document.rows = {measured_row("hooks", "raw_tp", "empty", "", 12)};
  EXPECT_THAT(operation_tables(document), IsEmpty());
  EXPECT_EQ(operation_tables_markdown(document), "");
}

TEST(OperationTables, NamesAreNoMarkup) {
  Document document;
  document.rows = {measured_row("maps", kAttack, "lookup", "program", 12)};
  EXPECT_THAT(operation_tables_markdown(document), Not(HasSubstr("<script>")));
}

}  // namespace
}  // namespace bpftax::bench
