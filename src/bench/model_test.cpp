#include "bench/model.h"

#include <gmock/gmock.h>

#include "bench/csv.h"
#include "bench/document_testing.h"
#include "bench/table.h"

namespace bpftax::bench {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(BenchDocumentTest, ReadsWhatItWrites) {
  const std::string text = document_text(test_document());
  const auto again = document_from_json(text, "bench.json");
  ASSERT_TRUE(again) << to_string(again.error());
  EXPECT_EQ(document_text(*again), text);
  EXPECT_EQ(again->rows.size(), 6u);
  EXPECT_EQ(again->rows[5].reason, "counted 3, not 1000");
}

TEST(BenchDocumentTest, HasTheFieldsOfTheFormat) {
  const OrderedJson json = to_json(test_document());
  EXPECT_EQ(json["schema"], "bpftax.bench/1");
  const OrderedJson& row = json["results"][1];
  EXPECT_EQ(row["benchmark"], "maps");
  EXPECT_EQ(row["map_type"], "hash");
  EXPECT_EQ(row["op"], "lookup");
  EXPECT_EQ(row["side"], "program");
  EXPECT_EQ(row["params"]["entries"], 1000);
  EXPECT_EQ(row["condition"], "idle");
  EXPECT_EQ(row["floor"], false);
  EXPECT_EQ(row["ns_per_op"], 21.4);
  EXPECT_EQ(row["floor_ns"], 1.5);
  EXPECT_EQ(row["floor_ci_high"], 1.6);
  EXPECT_EQ(row["status"], "measured");
  EXPECT_TRUE(row["reason"].is_null());
  EXPECT_TRUE(json["results"][4]["ns_per_op"].is_null());
  EXPECT_EQ(json["results"][2]["metrics"]["memory"]["unit"], "bytes");
  EXPECT_EQ(subject_field("hooks"), "hook");
  EXPECT_EQ(subject_field("submit"), "path");
  EXPECT_EQ(subject_field("load"), "program");
}

TEST(BenchDocumentTest, RefusesOthersWithThePathOfTheField) {
  const std::string text = document_text(test_document());
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string changed = text;
    const size_t at = changed.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    changed.replace(at, from.size(), to);
    const auto read = document_from_json(changed, "x.json");
    EXPECT_FALSE(read) << to;
    if (read) return std::string();
    EXPECT_EQ(read.error().kind, ErrorKind::kUsage);
    return to_string(read.error());
  };
  EXPECT_THAT(with("bpftax.bench/1", "bpftax.result/1"), HasSubstr("schema"));
  EXPECT_THAT(with("\"map_type\": \"hash\"", "\"map_type\": 7"), HasSubstr("results[0].map_type"));
  EXPECT_THAT(with("\"side\": \"program\"", "\"side\": \"kernel\""), HasSubstr("results[0].side"));
  EXPECT_THAT(with("\"entries\": 1000", "\"entries\": [1]"), HasSubstr("results[0].params"));
  EXPECT_THAT(with("\"status\": \"measured\",\n      \"reason\": null",
                   "\"status\": \"fine\",\n      \"reason\": null"),
              HasSubstr("results[0].status"));
  EXPECT_THAT(with("\"ns_per_op\": 21.4", "\"ns_per_op\": null"), HasSubstr("results[1].ci_low"));
  EXPECT_THAT(with("\"ci_low\": 21.2", "\"ci_low\": 99"), HasSubstr("results[1].ci_low"));
  EXPECT_THAT(with("\"status\": \"measured\",\n      \"reason\": null,\n      \"ns_per_op\": 21.4",
                   "\"status\": \"invalid\",\n      \"reason\": null,\n      \"ns_per_op\": 21.4"),
              HasSubstr("has values"));
  EXPECT_FALSE(document_from_json("{", "x"));
  EXPECT_FALSE(document_from_json("[]", "x"));
}

TEST(BenchCsvTest, OneLineARow) {
  const std::string csv = document_csv(test_document());
  EXPECT_EQ(csv.substr(0, csv.find('\n')),
            "benchmark,subject,op,side,condition,floor,status,reason,ns_per_op,ci_low,ci_high,floor_ns,floor_"
            "ci_low,"
            "floor_ci_high,p50,p99,samples,processes,warnings,param:entries,param:key,metric:memory:bytes,"
            "metric:memory:bytes:ci_low,metric:memory:bytes:ci_high");
  EXPECT_THAT(
      csv, HasSubstr("\nmaps,hash,lookup,program,idle,0,measured,,21.4,21.2,21.599999999999998,1.5,1.4,1.6,"
                     "21.4,24.4,40,8,,1000,4,,,\n"));
  EXPECT_THAT(
      csv,
      HasSubstr("\nmaps,queue,push,program,idle,0,invalid,\"counted 3, not 1000\",,,,,,,,,,,,1000,4,,,\n"));
}

TEST(BenchTableTest, ProgramAndUserSpaceAreTwoTables) {
  const std::string text = document_tables(test_document(), {});
  EXPECT_THAT(text, HasSubstr("Maps in the program, idle: ns for one operation\nentries=1000, key=4\n"));
  EXPECT_THAT(text, HasSubstr("Maps from user space, idle: ns for one operation"));
  EXPECT_THAT(text, HasSubstr("21.4 +-0.93 %"));
  EXPECT_THAT(text, HasSubstr("612 +-0.98 %"));
}

TEST(BenchTableTest, LongTimesHaveAUnitOfTheirOwn) {
  Document document = test_document();
  document.rows = {test_row("hash", "attach", "program", 12.5e6, 2.5e6),
                   test_row("hash", "run", "program", 21, 1),
                   test_row("hash", "detach", "program", 200e3, 300e3)};
  const std::string text = document_tables(document, {});
  EXPECT_THAT(text, HasSubstr("ns for one operation where no other unit stands"));
  EXPECT_THAT(text, HasSubstr("12.5 ms +-20 %"));
  EXPECT_THAT(text, HasSubstr("200 us +-300 us"));
  EXPECT_THAT(text, HasSubstr("21.0 +-4.8 %"));
}

TEST(BenchTableTest, NothingIsHidden) {
  const std::string text = document_tables(test_document(), {200, false});
  EXPECT_THAT(text, HasSubstr("-0.500 +-1.0 ns !"));  // below zero, as wide as itself, doubtful
  EXPECT_THAT(text, HasSubstr("n/a"));
  EXPECT_THAT(text, HasSubstr("INVALID"));
  EXPECT_THAT(text, HasSubstr("queue push (program): counted 3, not 1000"));
  EXPECT_THAT(text, HasSubstr("array delete (program): no deletes"));
  EXPECT_THAT(text, HasSubstr("took 2.31 times the time"));
  EXPECT_THAT(text, HasSubstr("the machine was busy"));
  EXPECT_THAT(text, HasSubstr("Floors"));
  EXPECT_THAT(text, HasSubstr("cpu_percent 1.50 (0.500 to 3.00, 9 samples)"));
  EXPECT_THAT(text, HasSubstr("80.0 KiB"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
}

TEST(BenchTableTest, TextFromOutsideCannotSteerTheTerminal) {
  Document document = test_document();
  document.rows[1].subject = "ha\x1b[2Jsh";
  document.rows[4].reason = "\x1b]0;title\x07";
  EXPECT_THAT(document_tables(document, {}), Not(HasSubstr("\x1b")));
}

TEST(BenchTableTest, WideTablesContinueBelow) {
  Document document = test_document();
  for (int i = 0; i < 12; ++i)
    document.rows.push_back(test_row("hash", "operation_" + std::to_string(i), "program", 100 + i, 1));
  const std::string text = document_tables(document, {80, false});
  size_t start = 0;
  while (start < text.size()) {
    const size_t end = text.find('\n', start);
    EXPECT_LE(end - start, 80u) << text.substr(start, end - start);
    start = end + 1;
  }
  EXPECT_THAT(text, HasSubstr("operation_11"));
}

}  // namespace
}  // namespace bpftax::bench
