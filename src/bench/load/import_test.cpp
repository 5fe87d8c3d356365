#include "bench/load/import.h"

#include <gtest/gtest.h>

#include <map>

#include "bench/compare.h"

namespace bpftax::bench {
namespace {

// As `bpftax bench hooks` writes it: above a floor of 4 ns.
Row hook_row(const char* hook, const char* op, Json params, double ns) {
  Row row;
  row.benchmark = "hooks";
  row.subject = hook;
  row.op = op;
  row.params = std::move(params);
  row.params["target"] = "bpf_trigger_tp";
  row.ns = Value{ns, ns - 1, ns + 1};
  row.floor_ns = Value{4, 3.5, 4.5};
  row.samples = row.processes = 10;
  return row;
}

Json hot(int programs = 1) {
  return {{"place", "hot"}, {"programs", programs}};
}
Json hot_uprobe(const char* instruction) {
  return {{"place", "hot"}, {"programs", 1}, {"instruction", instruction}};
}

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

// run_bench_trigger.sh and run_bench_uprobes.sh: each line has a row of ours beside it, and only the right
// one.
TEST(Import, TheKernelsTriggersStandBesideOurHotLoopWithOneProgramThatCounts) {
  const auto theirs = import_text(
      "usermode-count :  750.000 \xc2\xb1 1.000M/s \n"
      "fentry         :   50.000 \xc2\xb1 0.100M/s \n"
      "rawtp          :   40.000 \xc2\xb1 0.100M/s \n"
      "tp             :   20.000 \xc2\xb1 0.100M/s \n"
      "kprobe-multi   :   25.000 \xc2\xb1 0.100M/s \n"
      "kprobe-multi-all :  5.000 \xc2\xb1 0.100M/s \n"
      "fentry-sleep   :   45.000 \xc2\xb1 0.100M/s \n"
      "uprobe-nop     :    3.000 \xc2\xb1 0.010M/s \n"
      "uprobe-push    :    2.500 \xc2\xb1 0.010M/s \n"
      "uprobe-ret     :    1.000 \xc2\xb1 0.010M/s \n"
      "uretprobe-nop  :    2.000 \xc2\xb1 0.010M/s \n"
      "uretprobe-ret  :    0.900 \xc2\xb1 0.010M/s \n",
      "trigger.txt");
  ASSERT_TRUE(theirs) << to_string(theirs.error());
  Document ours;
  for (const char* hook : {"fentry", "raw_tp", "tracepoint", "kprobe.multi", "uretprobe"})
    for (const char* op : {"empty", "count"}) {
      ours.rows.push_back(hook_row(hook, op, hot(), 16));
      ours.rows.push_back(hook_row(hook, op, hot(4), 64));
      ours.rows.push_back(hook_row(hook, op, {{"place", "in-place"}, {"programs", 1}}, 30));
    }
  for (const char* instruction : {"nop", "nop5", "other"})
    ours.rows.push_back(hook_row("uprobe", "count", hot_uprobe(instruction), 300));
  add_floors_of_hooks(ours);
  const auto comparison = compare_documents(*theirs, "kernel", ours, "ours", Matching::kByName);
  ASSERT_TRUE(comparison) << to_string(comparison.error());
  std::map<std::string, std::string> beside;
  for (const ComparedQuantity& quantity : comparison->quantities) {
    if (quantity.quantity != "ns_per_op") continue;
    std::string& text = beside[quantity.a->params["bench"].get<std::string>()];
    EXPECT_EQ(text, "") << "two rows of ours beside one of theirs";
    text = quantity.b->subject + " " + quantity.b->op + " " + quantity.b->params.value("instruction", "");
    EXPECT_EQ(quantity.b->params["place"], "hot");
    EXPECT_EQ(quantity.b->params["programs"], 1);
  }
  EXPECT_EQ(beside, (std::map<std::string, std::string>{{"fentry", "fentry count "},
                                                        {"rawtp", "raw_tp count "},
                                                        {"tp", "tracepoint count "},
                                                        {"kprobe-multi", "kprobe.multi count "},
                                                        {"uprobe-nop", "uprobe count nop"},
                                                        {"uprobe-ret", "uprobe count other"},
                                                        {"uretprobe-nop", "uretprobe count "}}));
  // Theirs that have no partner are named, ours are counted: 5 hooks of 6 rows and 3 instructions, 7 beside.
  const std::string text = comparison_text(*comparison, 100, false);
  EXPECT_NE(text.find("A: uprobe count [bench=uprobe-push"), std::string::npos) << text;
  EXPECT_NE(text.find("B: 26 rows (--json FILE names them)"), std::string::npos) << text;
  EXPECT_NE(text.find("programs=1 (B: target=bpf_trigger_tp)"), std::string::npos) << text;
}

TEST(Import, OursGetTheirFloorAgainWithAnIntervalThatIsWideEnough) {
  Document ours;
  ours.rows = {hook_row("fentry", "count", hot(), 16), hook_row("fentry", "attach", hot(), 900)};
  ours.rows[0].floor_ns->low = ours.rows[0].floor_ns->high = std::nullopt;
  ours.rows[1].floor_ns.reset();
  Row row = hook_row("raw_tp", "count", hot(), 16);
  row.p50 = 15.0;
  ours.rows.push_back(row);
  ours.rows.push_back(row);
  ours.rows[3].benchmark = "maps";
  add_floors_of_hooks(ours);
  EXPECT_EQ(ours.rows[0].ns->mean, 20);
  EXPECT_FALSE(ours.rows[0].ns->low);
  EXPECT_EQ(ours.rows[1].ns->mean, 900);
  EXPECT_EQ(ours.rows[2].ns->mean, 20);
  EXPECT_EQ(ours.rows[2].ns->low, 18.5);
  EXPECT_EQ(ours.rows[2].ns->high, 21.5);
  EXPECT_EQ(ours.rows[2].p50, 19);
  EXPECT_FALSE(ours.rows[2].floor_ns);
  EXPECT_EQ(ours.rows[3].ns->mean, 16);
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
