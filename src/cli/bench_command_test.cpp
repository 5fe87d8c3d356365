// bpftax bench as the user runs it. Measuring itself needs BPF: tests/e2e/bench.sh.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/temporary_folder.h"
#include "bench/document_testing.h"
#include "cli/bench_families.h"
#include "cli/bench_run.h"
#include "cli/run_testing.h"
#include "util/files.h"
#include "util/json.h"

namespace bpftax {
namespace {

using testing::HasSubstr;
using testing::Not;

class BenchCommand : public testing::Test {
 protected:
  std::string document(const std::string& name, const bench::Document& what) {
    EXPECT_TRUE(make_directories(folder_ / name));
    EXPECT_TRUE(write_file_atomically(folder_ / name + "/bench.json", bench::document_text(what)));
    return folder_ / name;
  }
  const TemporaryFolder folder_;
};

TEST_F(BenchCommand, ListsWhatThereIsInEveryFamily) {
  for (const bench::Family& family : bench_families()) {
    const Ran ran = run_bpftax({"bench", family.name, "--list"});
    ASSERT_EQ(ran.code, 0) << ran.err;
    for (const bench::Benchmark& benchmark : family.benchmarks())
      EXPECT_THAT(ran.out, HasSubstr(benchmark.name));
  }
}

TEST_F(BenchCommand, NamesOfBenchmarksAreUniqueInTheirFamily) {
  for (const bench::Family& family : bench_families()) {
    std::set<std::string> names;
    for (const bench::Benchmark& benchmark : family.benchmarks()) {
      EXPECT_TRUE(names.insert(benchmark.name).second) << family.name << " " << benchmark.name;
      EXPECT_NE(std::string(benchmark.summary), "");
    }
  }
}

TEST_F(BenchCommand, ComparesADocumentWithAnother) {
  bench::Document other = bench::test_document();
  other.host["kernel_release"] = "5.10.0";
  other.rows[1].ns = bench::Value{42.8, 42.6, 43.0};
  const std::string a = document("a", bench::test_document()), b = document("b", other);
  const Ran ran = run_bpftax(
      {"bench", "compare", a, b + "/bench.json", "--json", folder_ / "c.json", "--csv", folder_ / "c.csv"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("x2.00"));
  EXPECT_THAT(ran.out, HasSubstr("slower"));
  EXPECT_THAT(ran.out, HasSubstr("kernel_release: A 6.18.0, B 5.10.0"));
  EXPECT_THAT(ran.out, HasSubstr("3 of 4 (75.0 %)"));
  EXPECT_EQ(Json::parse(read_file(folder_ / "c.json").value())["schema"], "bpftax.bench.compare/1");
  EXPECT_THAT(read_file(folder_ / "c.csv").value(), HasSubstr("\nmaps,hash,lookup,program,"));
}

TEST_F(BenchCommand, RefusesWhatItCannotRead) {
  EXPECT_TRUE(write_file_atomically(folder_ / "x.json", "{\"schema\": \"bpftax.result/1\"}"));
  const std::string a = document("a", bench::test_document());
  const Ran ran = run_bpftax({"bench", "compare", a, folder_ / "x.json"});
  EXPECT_EQ(ran.code, 2);
  EXPECT_THAT(ran.err, HasSubstr("schema"));
  EXPECT_EQ(run_bpftax({"bench", "compare", a, folder_ / "nothing"}).code, 2);
  EXPECT_EQ(run_bpftax({"bench", "compare", a}).code, 2);
  EXPECT_EQ(run_bpftax({"bench"}).code, 2);
}

TEST_F(BenchCommand, MakesAGuideOfADocument) {
  const std::string a = document("a", bench::test_document());
  const Ran ran = run_bpftax({"bench", "guide", a, "-o", folder_ / "guide.md"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(read_file(folder_ / "guide.md").value(), HasSubstr("hash"));
}

TEST_F(BenchCommand, ImportsWhatTheKernelsBenchPrinted) {
  EXPECT_TRUE(
      write_file_atomically(folder_ / "bench.txt",
                            "Setting up benchmark 'trig-fentry'...\nBenchmark 'trig-fentry' started.\n"
                            "Summary: hits   12.030 ± 0.041M/s ( 12.030M/prod), drops    0.000 ± 0.000M/s, "
                            "total operations   12.030 ± "
                            "0.041M/s\n"));
  const Ran ran = run_bpftax({"bench", "import", folder_ / "bench.txt", "-o", folder_ / "imported.json"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("fentry"));
  const auto imported =
      bench::document_from_json(read_file(folder_ / "imported.json").value(), "imported.json");
  ASSERT_TRUE(imported) << to_string(imported.error());
  ASSERT_EQ(imported->rows.size(), 1u);
  EXPECT_NEAR(imported->rows[0].ns->mean, 1000 / 12.030, 0.01);
}

TEST_F(BenchCommand, RefusesOptionsThatMakeNoSense) {
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"--runs", "0"}, {"--samples", "-1"}, {"--time", "soon"}, {"--cpus", "x"}, {"--cpus", "65535"}}) {
    std::vector<std::string> all = {"bench", bench_families().front().name, "--out", folder_ / "never"};
    all.insert(all.end(), words.begin(), words.end());
    EXPECT_EQ(run_bpftax(all).code, 2) << words[0];
  }
  EXPECT_FALSE(path_exists(folder_ / "never"));
}

TEST(BenchExitCode, FloorsAloneAreNothingMeasured) {
  bench::Row floor, lookup;
  floor.is_floor = true;
  lookup.status = bench::Status::kUnavailable;
  bench::Document document;
  EXPECT_EQ(bench_exit_code(document), 3);
  document.rows = {floor, lookup};
  EXPECT_EQ(bench_exit_code(document), 3);
  document.rows[1].status = bench::Status::kMeasured;
  EXPECT_EQ(bench_exit_code(document), 0);
  document.rows[0].status = bench::Status::kInvalid;
  EXPECT_EQ(bench_exit_code(document), 3);
}

TEST(BenchCpusTest, AreOursInTheOrderAsked) {
  const auto ours = bench_cpus("");
  ASSERT_TRUE(ours);
  ASSERT_FALSE(ours->empty());
  const std::string last = std::to_string(ours->back()), first = std::to_string(ours->front());
  EXPECT_EQ(bench_cpus(last + "," + first)->front(), ours->back());
  EXPECT_EQ(bench_cpus(last + "," + last)->size(), 1u);
}

}  // namespace
}  // namespace bpftax
