#include "history/catalogue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/temporary_folder.h"
#include "history/schema.h"
#include "util/files.h"

namespace bpftax {
namespace {

using testing::HasSubstr;
using Access = Database::Access;

RunResult small_result(const std::string& id, int64_t started_ns = 1'790'000'000'000'000'000) {
  RunResult result;
  result.run_id = id;
  result.started_realtime_ns = started_ns;
  result.finished_realtime_ns = started_ns + 1;
  result.seed = 18'446'744'073'709'551'615u;
  result.environment = "lab";
  result.window_s = 5;
  result.complete = true;
  result.server_facts = {{"hostname", "node"},
                         {"kernel_release", "6.1.0"},
                         {"architecture", "x86_64"},
                         {"cpu_model", "CPU"},
                         {"cpu_count_online", 4}};
  result.placement = {{"tcp_rr", {{"policy", "same-cpu"}}}};
  ResultSubject tool;
  tool.id = "t1";
  tool.name = "it's \"odd\"; DROP TABLE runs; --\n\xe5\x8c\x85";
  tool.kind = "tool";
  tool.status = "measured";
  tool.map_bytes = 4096;
  result.subjects.push_back(tool);
  ResultComparison row;
  row.subject = "t1";
  row.workload = "tcp_rr";
  row.metric = "latency_mean_us";
  row.unit = "us";
  row.better = "lower";
  row.primary = true;
  row.blocks = 6;
  row.overhead_percent = 2.5;
  row.ci_low = 2;
  row.ci_high = 3;
  row.margin_percent = 5;
  row.verdict = Verdict::kPass;
  result.comparisons.push_back(row);
  return result;
}

class CatalogueTest : public testing::Test {
 protected:
  Catalogue open(Access access = Access::kWrite) {
    auto catalogue = Catalogue::open(path_, access);
    EXPECT_TRUE(catalogue) << to_string(catalogue.error());
    return std::move(*catalogue);
  }
  Error open_error(Access access = Access::kWrite) {
    auto catalogue = Catalogue::open(path_, access);
    EXPECT_FALSE(catalogue);
    return catalogue ? Error{} : catalogue.error();
  }
  const TemporaryFolder folder_;
  const std::string path_ = folder_ / "history.sqlite";
};

TEST_F(CatalogueTest, KeepsWhatARunFound) {
  {
    Catalogue catalogue = open();
    const auto added = catalogue.add(small_result("r1"), {.source = "/runs/1", .versions = {{"", "1.2"}}});
    ASSERT_TRUE(added) << to_string(added.error());
    EXPECT_EQ(*added, Added::kNew);
  }
  Catalogue catalogue = open(Access::kRead);
  const auto runs = catalogue.runs();
  ASSERT_TRUE(runs);
  ASSERT_EQ(runs->size(), 1u);
  const CatalogueRun& run = runs->front();
  EXPECT_EQ(run.run_id, "r1");
  EXPECT_EQ(run.seed, "18446744073709551615");
  EXPECT_EQ(run.source, "/runs/1");
  EXPECT_EQ(run.host.kernel_release, "6.1.0");
  EXPECT_EQ(run.host.cpus, 4);
  EXPECT_EQ(run.subjects, 1);
  EXPECT_TRUE(run.complete);
  const auto subjects = catalogue.subjects(run.number);
  ASSERT_TRUE(subjects);
  EXPECT_EQ(subjects->at(0).name, small_result("").subjects[0].name);
  EXPECT_EQ(subjects->at(0).version, "1.2");
  EXPECT_EQ(subjects->at(0).map_bytes, 4096);
  EXPECT_FALSE(subjects->at(0).process_cpu_percent);
  const auto rows = catalogue.rows_of_tool(subjects->at(0).name, "tcp_rr", "");
  ASSERT_TRUE(rows);
  ASSERT_EQ(rows->size(), 1u);
  EXPECT_EQ(rows->at(0).overhead_percent, 2.5);
  EXPECT_EQ(rows->at(0).placement, "same-cpu");
  EXPECT_EQ(rows->at(0).verdict, "PASS");
  EXPECT_EQ(rows->at(0).degrees_of_freedom, 5);
  EXPECT_TRUE(rows->at(0).log_mean && rows->at(0).log_standard_error);
  EXPECT_FALSE(rows->at(0).baseline_mean);
  EXPECT_TRUE(catalogue.rows_of_tool("other", "", "")->empty());
}

TEST_F(CatalogueTest, TheSameRunIsStoredOnce) {
  Catalogue catalogue = open();
  ASSERT_EQ(catalogue.add(small_result("r1"), {.versions = {{"", "1.2"}}}).value(), Added::kNew);
  EXPECT_EQ(catalogue.add(small_result("r1"), {.source = "moved"}).value(), Added::kUnchanged);
  RunResult resumed = small_result("r1");
  resumed.comparisons[0].blocks = 12;
  EXPECT_EQ(catalogue.add(resumed, {}).value(), Added::kUpdated);
  EXPECT_EQ(catalogue.add(resumed, {.versions = {{"", "1.3"}}}).value(), Added::kUpdated);
  EXPECT_EQ(catalogue.add(small_result("r1", 5), {}).value(), Added::kNew);  // another run of the same name
  const auto runs = catalogue.runs().value();
  ASSERT_EQ(runs.size(), 2u);
  EXPECT_EQ(runs[1].number, 1);
  EXPECT_EQ(catalogue.rows(1).value().at(0).blocks, 12);
  EXPECT_EQ(catalogue.subjects(1).value().at(0).version, "1.3");
}

TEST_F(CatalogueTest, VersionsGivenOnceStay) {
  Catalogue catalogue = open();
  ASSERT_TRUE(catalogue.add(small_result("r1"), {.versions = {{"", "1.2"}}}));
  RunResult resumed = small_result("r1");
  resumed.blocks_done = 7;
  ASSERT_TRUE(catalogue.add(resumed, {}));
  EXPECT_EQ(catalogue.subjects(1).value().at(0).version, "1.2");
}

TEST_F(CatalogueTest, FindsByNumberIdAndBeginning) {
  Catalogue catalogue = open();
  ASSERT_TRUE(catalogue.add(small_result("20261120-190312-3f9a", 1), {}));
  ASSERT_TRUE(catalogue.add(small_result("20261120-200000-aaaa", 2), {}));
  EXPECT_EQ(catalogue.find("2").value().run_id, "20261120-200000-aaaa");
  EXPECT_EQ(catalogue.find("20261120-19").value().number, 1);
  EXPECT_THAT(to_string(catalogue.find("20261120-").error()), HasSubstr("they have the numbers 1, 2"));
  EXPECT_FALSE(catalogue.find("3"));
  EXPECT_FALSE(catalogue.find(""));
  EXPECT_FALSE(catalogue.find("99999999999999999999"));
  EXPECT_FALSE(catalogue.find("%"));
}

TEST_F(CatalogueTest, RemovesARunWhole) {
  Catalogue catalogue = open();
  ASSERT_TRUE(catalogue.add(small_result("r1"), {}));
  ASSERT_TRUE(catalogue.add(small_result("r2", 2), {}));
  ASSERT_TRUE(catalogue.remove(1));
  EXPECT_EQ(catalogue.runs().value().size(), 1u);
  EXPECT_TRUE(catalogue.subjects(1).value().empty());
  EXPECT_TRUE(catalogue.rows(1).value().empty());
  ASSERT_TRUE(catalogue.add(small_result("r3", 3), {}));
  EXPECT_EQ(catalogue.find("r3").value().number, 3);  // numbers are never given twice
}

TEST_F(CatalogueTest, ABrokenResultChangesNothing) {
  Catalogue catalogue = open();
  RunResult twice = small_result("r1");
  twice.comparisons.push_back(twice.comparisons[0]);
  EXPECT_EQ(catalogue.add(twice, {}).error().kind, ErrorKind::kUsage);
  RunResult dangling = small_result("r1");
  dangling.comparisons[0].subject = "t9";
  EXPECT_FALSE(catalogue.add(dangling, {}));
  EXPECT_FALSE(catalogue.add(small_result(""), {}));
  EXPECT_TRUE(catalogue.runs().value().empty());
}

TEST_F(CatalogueTest, SaysWhenThereIsNone) {
  EXPECT_EQ(to_string(open_error(Access::kRead)), "there is no history catalogue: " + path_);
  EXPECT_FALSE(path_exists(path_));
}

TEST_F(CatalogueTest, ADamagedFileIsNamedAndLeftAlone) {
  const std::string garbage(9000, 'x');
  ASSERT_TRUE(write_file_atomically(path_, garbage));
  for (const Access access : {Access::kRead, Access::kWrite}) {
    const Error error = open_error(access);
    EXPECT_EQ(error.kind, ErrorKind::kUsage);
    EXPECT_THAT(to_string(error), HasSubstr("damaged, or is no catalogue: " + path_));
  }
  EXPECT_EQ(read_file(path_).value(), garbage);
}

TEST_F(CatalogueTest, DamageInTheMiddleIsAnErrorNotANumber) {
  {
    Catalogue catalogue = open();
    for (int i = 0; i < 40; ++i) ASSERT_TRUE(catalogue.add(small_result("run-" + std::to_string(i), i), {}));
  }
  std::string bytes = read_file(path_).value();
  for (size_t page = 4096; page < bytes.size(); page += 4096)
    for (size_t i = 0; i < 64; ++i) bytes[page + i] = '\x7f';
  ASSERT_TRUE(write_file_atomically(path_, bytes));
  auto catalogue = Catalogue::open(path_, Access::kRead);
  if (catalogue) {
    const auto rows = catalogue->rows_of_tool(small_result("").subjects[0].name, "", "");
    ASSERT_FALSE(rows);
    EXPECT_THAT(to_string(rows.error()), HasSubstr("damaged"));
  } else {
    EXPECT_THAT(to_string(catalogue.error()), HasSubstr("damaged"));
  }
  EXPECT_EQ(read_file(path_).value(), bytes);
}

TEST_F(CatalogueTest, AnotherProgramsDatabaseIsNotTouched) {
  {
    auto other = Database::open(path_, Access::kWrite);
    ASSERT_TRUE(other);
    ASSERT_TRUE(other->execute("CREATE TABLE photos (name TEXT)"));
  }
  const std::string before = read_file(path_).value();
  EXPECT_THAT(to_string(open_error()), HasSubstr("not a history catalogue"));
  EXPECT_EQ(read_file(path_).value(), before);
}

TEST_F(CatalogueTest, ANewerSchemaIsRefusedAndLeftAsItIs) {
  {
    Catalogue catalogue = open();
    ASSERT_TRUE(catalogue.add(small_result("r1"), {}));
  }
  {
    auto database = Database::open(path_, Access::kWrite);
    ASSERT_TRUE(database->execute("PRAGMA user_version = 99"));
  }
  const std::string before = read_file(path_).value();
  for (const Access access : {Access::kRead, Access::kWrite})
    EXPECT_THAT(to_string(open_error(access)), HasSubstr("written by a newer bpftax"));
  EXPECT_EQ(read_file(path_).value(), before);
}

TEST_F(CatalogueTest, StepsThatFollowKeepTheData) {
  {
    Catalogue catalogue = open();
    ASSERT_TRUE(catalogue.add(small_result("r1"), {}));
  }
  const std::vector<const char*> steps = {catalogue_steps()[0], "ALTER TABLE runs ADD COLUMN note TEXT"};
  auto database = Database::open(path_, Access::kRead);
  ASSERT_TRUE(database);
  const auto refused = migrate(*database, Access::kRead, steps);
  ASSERT_FALSE(refused);
  EXPECT_THAT(to_string(refused.error()), HasSubstr("of an older bpftax"));
  database = Database::open(path_, Access::kWrite);
  ASSERT_TRUE(migrate(*database, Access::kWrite, steps));
  EXPECT_EQ(database->integer("PRAGMA user_version").value(), 2);
  EXPECT_EQ(database->integer("SELECT count(*) FROM runs WHERE note IS NULL").value(), 1);
  // A step that fails leaves the file at the step before it.
  const std::vector<const char*> broken = {steps[0], steps[1], "CREATE TABLE x (a); NOT SQL"};
  EXPECT_FALSE(migrate(*database, Access::kWrite, broken));
  EXPECT_EQ(database->integer("PRAGMA user_version").value(), 2);
  EXPECT_EQ(database->integer("SELECT count(*) FROM sqlite_master WHERE name = 'x'").value(), 0);
}

TEST_F(CatalogueTest, CanBeReadWhereNothingCanBeWritten) {
  {
    Catalogue catalogue = open();
    ASSERT_TRUE(catalogue.add(small_result("r1"), {}));
  }
  ASSERT_EQ(::chmod(path_.c_str(), 0444), 0);
  ASSERT_EQ(::chmod(folder_.path().c_str(), 0555), 0);
  EXPECT_EQ(open(Access::kRead).runs().value().size(), 1u);
  EXPECT_FALSE(path_exists(path_ + "-journal"));
  EXPECT_FALSE(path_exists(path_ + "-wal"));
  ASSERT_EQ(::chmod(folder_.path().c_str(), 0755), 0);
}

TEST_F(CatalogueTest, SeveralProcessesAddAtTheSameTime) {
  constexpr int kProcesses = 4, kRunsEach = 8;
  std::vector<pid_t> children;
  for (int p = 0; p < kProcesses; ++p) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      int failures = 0;
      auto catalogue = Catalogue::open(path_, Access::kWrite);  // who comes first makes the tables
      if (!catalogue) ::_exit(1);
      for (int i = 0; i < kRunsEach; ++i) {
        const std::string id = "p" + std::to_string(p) + "-" + std::to_string(i);
        if (!catalogue->add(small_result(id, 1 + p * 100 + i), {})) ++failures;
        if (!catalogue->add(small_result("shared-" + std::to_string(i), 7), {})) ++failures;
      }
      ::_exit(failures == 0 ? 0 : 2);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  }
  EXPECT_EQ(open(Access::kRead).runs().value().size(), (kProcesses + 1u) * kRunsEach);
}

TEST_F(CatalogueTest, AKilledWriterLeavesTheOldState) {
  {
    Catalogue catalogue = open();
    ASSERT_TRUE(catalogue.add(small_result("r1"), {}));
  }
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    auto database = Database::open(path_, Access::kWrite);
    if (!database || !database->begin_write()) ::_exit(1);
    auto transaction = database->begin_write();
    (void)database->execute("PRAGMA cache_size = 1; DELETE FROM comparisons; DELETE FROM runs");
    ::_exit(0);  // no destructor runs: neither commit nor rollback
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  EXPECT_EQ(open().rows(1).value().size(), 1u);
}

}  // namespace
}  // namespace bpftax
