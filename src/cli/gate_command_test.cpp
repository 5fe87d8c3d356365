// bpftax gate as the user runs it; what it exports is read back by other programs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "agent/temporary_folder.h"
#include "cli/run_testing.h"
#include "report/testdata.h"
#include "util/files.h"
#include "util/json.h"

namespace bpftax {
namespace {

using testing::HasSubstr;

class GateCommand : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(make_directories(folder_ / "run"));
    write(synthetic_result());
  }
  void write(const RunResult& result) {
    ASSERT_TRUE(write_file_atomically(folder_ / "run/result.json", result_document(result)));
  }
  // Both exports of the run, read by tests/exports/check_exports.py.
  Json read_back() {
    const std::string files = folder_ / "gate.xml" + " " + (folder_ / "metrics.txt");
    const std::string command = std::string(BPFTAX_SOURCE_DIR) + "/tests/exports/check_exports.py " + files +
                                " > " + (folder_ / "read.json");
    EXPECT_EQ(std::system(command.c_str()), 0);
    return Json::parse(read_file(folder_ / "read.json").value_or(""), nullptr, false);
  }
  Ran run_with_exports() {
    return run_bpftax({"gate", folder_ / "run", "--junit", folder_ / "gate.xml", "--openmetrics",
                       folder_ / "metrics.txt", "--summary", folder_ / "gate.md"});
  }
  const TemporaryFolder folder_;
};

TEST_F(GateCommand, ExitsByTheWorstVerdictAndWritesWhatItFound) {
  const Ran ran = run_with_exports();
  EXPECT_EQ(ran.code, 1) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("exit code 1\n"));
  const Json read = read_back();
  ASSERT_TRUE(read.is_object());
  // 4 measured subjects with 2 + 4 + 4 + 2 + 2 primary rows, and one that was not measured.
  EXPECT_EQ(read["junit"]["totals"]["tests"], 57);
  EXPECT_EQ(read["junit"]["totals"]["errors"], 1);
  EXPECT_THAT(read_file(folder_ / "gate.md").value(), HasSubstr("a limit is exceeded"));
  const RunResult result = synthetic_result();
  int overheads = 0;
  for (const Json& sample : read["openmetrics"]) {
    if (sample[0] != "bpftax_overhead_ratio") continue;
    ++overheads;
    for (const ResultComparison& row : result.comparisons) {
      if (sample[1]["tool"] != "packet-count" || row.subject != "t1") continue;
      if (sample[1]["workload"] != row.workload || sample[1]["metric"] != row.metric) continue;
      EXPECT_DOUBLE_EQ(sample[2].get<double>(), *row.overhead_percent / 100);
    }
  }
  EXPECT_EQ(overheads, static_cast<int>(result.comparisons.size()));
}

TEST_F(GateCommand, ExportsOfHostileNamesAreReadBack) {
  RunResult result = synthetic_result();
  std::string every;  // all control characters, and what XML and metrics escape
  for (char c = 1; c < 0x20; ++c) every += c;
  result.subjects[0].name = every + "\x7f\"\\'&<>{}=,# EOF\n# TYPE x gauge\n";
  result.subjects[1].name = "\xef\xbf\xbe\xef\xbf\xbf\xe2\x80\xae\xc2\x85]]>";
  result.subjects[2].name = "\xe5\x8c\x85\xf0\x9f\x9a\x80";
  result.environment = "<lab>";
  write(result);
  const Ran ran = run_with_exports();
  EXPECT_EQ(ran.code, 1) << ran.err;
  const Json read = read_back();
  ASSERT_TRUE(read.is_object());
  EXPECT_EQ(read["junit"]["totals"]["tests"], 57);
}

TEST_F(GateCommand, TakesBudgetsAndSaysWhereTheyStand) {
  const std::string budgets = folder_ / "b.yaml";
  ASSERT_TRUE(write_file_atomically(budgets, "budgets:\n  - {tool: packet-count, map_memory: 1kB}\n"));
  const Ran ran = run_bpftax({"gate", folder_ / "run", "--budgets", budgets, "--json", "-"});
  EXPECT_EQ(ran.code, 1) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("packet-count, map memory: 8.31 KiB, 1000 B is allowed"));
  const Json json = Json::parse(ran.out, nullptr, false);
  ASSERT_TRUE(json.is_object()) << ran.out;
  EXPECT_EQ(json["schema"], "bpftax.gate/1");
  EXPECT_EQ(json["exit_code"], 1);
  bool found = false;
  for (const Json& check : json["results"][0]["checks"])
    found = found || (check["check"] == "map memory" && check["budget"] == budgets + ":2:38");
  EXPECT_TRUE(found);
}

TEST_F(GateCommand, TakesAllIterationsOfAFolder) {
  for (const char* name : {"iteration_001", "iteration_002", "other"}) {
    ASSERT_TRUE(make_directories(folder_ / "all/" + name));
    ASSERT_TRUE(
        write_file_atomically(folder_ / "all/" + name + "/result.json", result_document(synthetic_result())));
  }
  const Ran ran = run_bpftax({"gate", folder_ / "all", "--json", "-", "--quiet"});
  EXPECT_EQ(ran.code, 1) << ran.err;
  EXPECT_EQ(Json::parse(ran.out)["results"].size(), 2u);
}

TEST_F(GateCommand, SaysWhatIsWrong) {
  EXPECT_EQ(run_bpftax({"gate", folder_ / "nothing"}).code, 2);
  EXPECT_EQ(run_bpftax({"gate"}).code, 2);
  const Ran missing = run_bpftax({"gate", folder_ / "run", "--budgets", folder_ / "no.yaml"});
  EXPECT_EQ(missing.code, 2);
  EXPECT_THAT(missing.err, HasSubstr("cannot read the budgets"));
  const Ran folder = run_bpftax({"gate", folder_ / "run", "--junit", folder_ / "no/gate.xml"});
  EXPECT_EQ(folder.code, 2);
  EXPECT_THAT(folder.err, HasSubstr("there is no such folder"));
}

TEST_F(GateCommand, AResultIsNeverOverwritten) {
  const std::string result = folder_ / "run/result.json";
  const std::string before = read_file(result).value_or("");
  ASSERT_NE(before, "");
  for (const char* option : {"--json", "--junit", "--summary", "--openmetrics"}) {
    const Ran ran = run_bpftax({"gate", folder_ / "run", option, result});
    EXPECT_EQ(ran.code, 2) << option;
    EXPECT_THAT(ran.err, HasSubstr("never overwritten")) << option;
  }
  EXPECT_EQ(read_file(result).value_or(""), before);
}

// Before anything is measured, or a host is looked at.
TEST_F(GateCommand, MeasureReadsBudgetsFirst) {
  ASSERT_TRUE(write_file_atomically(folder_ / "b.yaml", "budgets: 3\n"));
  const Ran ran =
      run_bpftax({"measure", "--budgets", folder_ / "b.yaml", "--out", folder_ / "new", "--", "true"});
  EXPECT_EQ(ran.code, 2);
  EXPECT_THAT(ran.err, HasSubstr("wrong type of 'budgets'"));
  EXPECT_FALSE(path_exists(folder_ / "new"));
}

}  // namespace
}  // namespace bpftax
