#include "bench/load/import_veristat.h"

#include <gtest/gtest.h>

namespace bpftax::bench {
namespace {

// veristat -o csv, Linux 6.3 (its nine columns) and 6.17 (its fifteen).
constexpr const char* kOldCsv =
    "file_name,prog_name,verdict,duration,total_insns,total_states,peak_states,max_states_per_insn,max_mark_"
    "read_len\n"
    "bpf_host.o,cil_from_netdev,success,12893,47236,2789,764,32,19\n"
    "bpf_host.o,broken,failure,12,4,0,0,0,0\n";
constexpr const char* kNewCsv =
    "file_name,prog_name,verdict,duration,total_insns,total_states,peak_states,max_states_per_insn,max_mark_"
    "read_len,"
    "prog_size,prog_size_jited,prog_type,attach_type,stack_depth,mem_peak\n"
    "pyperf600.bpf.o,on_event,success,500000,500000,30000,20000,10,7,90000,500000,raw_tracepoint,cgroup_inet_"
    "ingress,"
    "384,200\n"
    "pyperf600.bpf.o,other,success,1,2,0,0,0,0,2,20,xdp,xdp,0,-1\n";

TEST(Veristat, IsKnownByItsFirstLine) {
  EXPECT_TRUE(is_veristat_csv(kOldCsv));
  EXPECT_TRUE(is_veristat_csv(std::string("\xef\xbb\xbf") + kOldCsv));
  EXPECT_TRUE(is_veristat_csv("prog,insns\r\n"));
  EXPECT_FALSE(is_veristat_csv("a,b\n"));
  EXPECT_FALSE(is_veristat_csv("prog_name\n"));
  EXPECT_FALSE(is_veristat_csv(""));
}

TEST(Veristat, AProgramIsARowLikeThoseOfBenchLoad) {
  const auto rows = import_veristat(kOldCsv, "x.csv");
  ASSERT_TRUE(rows) << to_string(rows.error());
  ASSERT_EQ(rows->size(), 2u);
  const Row& row = rows->front();
  EXPECT_EQ(row.benchmark, "load");
  EXPECT_EQ(row.subject, "cil_from_netdev");
  EXPECT_EQ(row.op, "verify");
  EXPECT_EQ(row.params, Json({{"object", "bpf_host.o"}}));
  EXPECT_EQ(row.ns->mean, 12'893'500);
  EXPECT_FALSE(row.ns->low);
  ASSERT_EQ(row.metrics.size(), 5u);
  EXPECT_EQ(row.metrics[0].name, "processed");
  EXPECT_EQ(row.metrics[0].value.mean, 47236);
}

TEST(Veristat, ARefusedProgramIsUnavailableWithoutNumbers) {
  const Row row = import_veristat(kOldCsv, "x.csv")->at(1);
  EXPECT_EQ(row.status, Status::kUnavailable);
  EXPECT_NE(row.reason.find("refused"), std::string::npos);
  EXPECT_FALSE(row.ns);
  EXPECT_TRUE(row.metrics.empty());
}

TEST(Veristat, SizesAndPeakMemoryAreRowsOfTheirOwn) {
  const auto rows = import_veristat(kNewCsv, "x.csv");
  ASSERT_TRUE(rows) << to_string(rows.error());
  ASSERT_EQ(rows->size(), 5u);
  EXPECT_EQ((*rows)[1].op, "load");
  EXPECT_EQ((*rows)[1].metrics[0].value.mean, 90000);
  EXPECT_EQ((*rows)[1].metrics[1].name, "jited");
  EXPECT_EQ((*rows)[2].op, "peak_memory");
  EXPECT_EQ((*rows)[2].metrics[0].value.mean, 200.0 * 1024 * 1024);
  EXPECT_EQ((*rows)[4].op, "load") << "a peak of -1 is unknown, and so no row";
}

TEST(Veristat, ColumnsMayBeChosenAndNamedByAliases) {
  const auto rows = import_veristat("insns,prog\r\n17,f\r\n\r\n", "x.csv");
  ASSERT_TRUE(rows) << to_string(rows.error());
  ASSERT_EQ(rows->size(), 1u);
  EXPECT_EQ((*rows)[0].subject, "f");
  EXPECT_FALSE((*rows)[0].ns);
  EXPECT_EQ((*rows)[0].metrics[0].value.mean, 17);
}

TEST(Veristat, MistakesAreNamedWithTheirLine) {
  const auto where = [](const char* text) {
    const auto rows = import_veristat(text, "x.csv");
    EXPECT_FALSE(rows) << text;
    return rows ? std::string() : rows.error().where + ": " + rows.error().why;
  };
  EXPECT_EQ(where("prog_name,total_insns\nf,1\ng\n"), "x.csv:3: 1 columns, where the first line names 2");
  EXPECT_EQ(where("prog_name,total_insns\nf,1x\n"), "x.csv:2: '1x' is no number (total_insns)");
  EXPECT_EQ(where("prog_name,verdict\nf,maybe\n"),
            "x.csv:2: the verdict 'maybe' is neither success nor failure");
  EXPECT_EQ(where("prog_name,total_insns\n,1\n"), "x.csv:2: the program has no name");
  const auto comparison = import_veristat("prog_name,verdict_base,verdict_comp\n", "x.csv");
  ASSERT_FALSE(comparison);
  EXPECT_EQ(comparison.error().what, "this is a comparison by veristat");
}

}  // namespace
}  // namespace bpftax::bench
