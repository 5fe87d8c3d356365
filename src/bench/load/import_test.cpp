#include "bench/load/import.h"

#include <gtest/gtest.h>

namespace bpftax::bench {
namespace {

TEST(Import, TellsTheFormatsApartByThemselves) {
  const auto csv = import_text("prog_name,total_insns\nf,1\n", "a.csv");
  ASSERT_TRUE(csv) << to_string(csv.error());
  EXPECT_EQ(csv->rows.at(0).benchmark, "load");
  const auto bench =
      import_text("Benchmark 'trig-tp' started.\nSummary: hits 5.0 \xc2\xb1 0.1M/s (5.0M/prod)\n", "b");
  ASSERT_TRUE(bench) << to_string(bench.error());
  EXPECT_EQ(bench->rows.at(0).subject, "tracepoint");
}

TEST(Import, WhatTheTextDoesNotSayIsSaidToBeUnknown) {
  const auto document = import_text("prog_name,total_insns\nf,1\n", "dir/a\x1b.csv");
  ASSERT_TRUE(document);
  ASSERT_EQ(document->warnings.size(), 1u);
  EXPECT_EQ(
      document->warnings[0].find("imported from dir/a\\x1b.csv: machine, kernel and load are not known"), 0u);
  EXPECT_TRUE(document->host.empty());
}

TEST(Import, CanBeWrittenAndReadAsADocument) {
  const auto document = import_text("prog_name,verdict,duration\nf,success,10\ng,failure,0\n", "a.csv");
  ASSERT_TRUE(document);
  const auto again = document_from_json(to_json(*document).dump(), "again");
  ASSERT_TRUE(again) << to_string(again.error());
  ASSERT_EQ(again->rows.size(), 2u);
  EXPECT_EQ(again->rows[1].status, Status::kUnavailable);
}

TEST(Import, OtherTextIsAUsageErrorWithTheWayOut) {
  EXPECT_EQ(import_text("", "x").error().kind, ErrorKind::kUsage);
  EXPECT_EQ(import_text("hello\n", "x").error().what, "nothing to import");
  EXPECT_NE(import_text("{\"schema\": \"bpftax.bench/1\"}", "x").error().hint.find("bench compare"),
            std::string::npos);
  EXPECT_EQ(import_text(std::string(kMostImportBytes + 1, ' '), "x").error().what,
            "the results are too large");
}

}  // namespace
}  // namespace bpftax::bench
