// bpftax report as the user runs it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <stdexcept>

#include "agent/temporary_folder.h"
#include "cli/report_files.h"
#include "cli/run_testing.h"
#include "report/testdata.h"
#include "util/files.h"

namespace bpftax {
namespace {

using testing::HasSubstr;
using testing::Not;

class ReportCommand : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(make_directories(folder_ / "run"));
    ASSERT_TRUE(write_file_atomically(folder_ / "run/result.json", result_document(synthetic_result())));
  }
  std::string read(const std::string& name) const { return read_file(folder_ / name).value_or(""); }
  const TemporaryFolder folder_;
};

TEST_F(ReportCommand, WritesThePageInTheLanguageAskedFor) {
  EXPECT_EQ(run_bpftax({"report", folder_ / "run", "-o", folder_ / "a.html", "-q"}).code, 0);
  EXPECT_THAT(read("a.html"), HasSubstr("<html lang=\"en\">"));
  EXPECT_EQ(
      run_bpftax({"report", folder_ / "run/result.json", "-o", folder_ / "b.html", "--lang", "zh", "-q"})
          .code,
      0);
  EXPECT_THAT(read("b.html"), HasSubstr("<html lang=\"zh\">"));
  EXPECT_EQ(run_bpftax({"report", folder_ / "run", "-o", folder_ / "c.html", "--lang", "de"}).code, 2);
}

TEST_F(ReportCommand, PutsThePicturesBesideTheMarkdown) {
  EXPECT_EQ(run_bpftax({"report", folder_ / "run", "-o", folder_ / "monday.md", "-q"}).code, 0);
  EXPECT_THAT(read("monday.md"), HasSubstr("](monday-verdicts.svg)"));
  EXPECT_THAT(read("monday-verdicts.svg"), HasSubstr("<svg xmlns"));
  EXPECT_THAT(read("monday-forest.svg"), HasSubstr("<svg xmlns"));
}

TEST_F(ReportCommand, PicturesHaveNamesThatALinkCanHold) {
  EXPECT_EQ(run_bpftax({"report", folder_ / "run", "-o", folder_ / "a](b) c.md", "-q"}).code, 0);
  EXPECT_THAT(read("a](b) c.md"), HasSubstr("](report-verdicts.svg)"));
  EXPECT_THAT(read("report-verdicts.svg"), HasSubstr("<svg xmlns"));
}

TEST_F(ReportCommand, TheFormatOverrulesTheName) {
  EXPECT_EQ(run_bpftax({"report", folder_ / "run", "-o", folder_ / "summary", "--format", "md", "-q"}).code,
            0);
  EXPECT_THAT(read("summary"), HasSubstr("# Of 4 tools"));
  EXPECT_THAT(read("summary"), Not(HasSubstr("<html")));
}

TEST_F(ReportCommand, NoPageTakesThePlaceOfAResult) {
  const std::string before = read("run/result.json");
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"report", folder_ / "run", "-o", folder_ / "run/result.json"},
           {"report", folder_ / "run", "-o", folder_ / "other.json", "--format", "html"},
           {"report", folder_ / "run", "--json", folder_ / "run/../run/result.json"},
           {"report", folder_ / "run/result.json", "--json", folder_ / "run/result.json"},
           {"compare", folder_ / "run", "b=" + folder_ / "run", "--json", folder_ / "run/result.json"},
           {"gate", folder_ / "run", "--json", folder_ / "run/result.json"}}) {
    const Ran ran = run_bpftax(words);
    EXPECT_EQ(ran.code, 2) << words[0] << " " << words.back();
    EXPECT_THAT(ran.err, HasSubstr("hint: "));
  }
  EXPECT_EQ(read("run/result.json"), before);
  EXPECT_FALSE(path_exists(folder_ / "other.json"));
}

TEST_F(ReportCommand, WhatIsNoRegularFileIsNoResult) {
  const std::string raw = std::string(BPFTAX_SOURCE_DIR) + "/tests/data/origin-results";
  const std::string iteration = "iteration_002/";
  const std::vector<std::function<int(const char*)>> makers = {
      [](const char* path) { return ::mkfifo(path, 0600); },
      [](const char* path) { return ::mkdir(path, 0700); },
      [](const char* path) { return ::symlink("nowhere", path); }};
  for (size_t i = 0; i < makers.size(); ++i) {
    const std::string name = "tree" + std::to_string(i);
    std::filesystem::copy(raw, folder_ / name, std::filesystem::copy_options::recursive);
    ASSERT_EQ(makers[i]((folder_ / name + "/result.json").c_str()), 0);
    ASSERT_EQ(makers[i]((folder_ / name + "/" + iteration + "result.json").c_str()), 0);
    const Ran analyzed = run_bpftax({"analyze", folder_ / name, "-o", folder_ / "out" + name, "-q"});
    EXPECT_EQ(analyzed.code, 0) << i << analyzed.err;
    for (const char* command : {"report", "gate", "compare"}) {
      const Ran ran = run_bpftax({command, folder_ / name});
      EXPECT_EQ(ran.code, 2) << command;
      EXPECT_THAT(ran.err, HasSubstr(name + "/result.json: it is")) << command;
      EXPECT_THAT(ran.err, HasSubstr("hint: ")) << command;
    }
  }
}

TEST_F(ReportCommand, AResultThatWouldTakeAllMemoryIsRefused) {
  std::string text = "[";
  while (text.size() < 3 * kMaxResultValues) text += "{},";
  ASSERT_TRUE(write_file_atomically(folder_ / "run/result.json", text + "{}]"));
  const Ran ran = run_bpftax({"report", folder_ / "run"});
  EXPECT_EQ(ran.code, 2);
  EXPECT_THAT(ran.err, HasSubstr("more than 3000000 values"));
  EXPECT_THAT(ran.err, HasSubstr("hint: "));
  ASSERT_EQ(::truncate((folder_ / "run/result.json").c_str(), kMaxResultBytes + 1), 0);
  EXPECT_THAT(run_bpftax({"report", folder_ / "run"}).err, HasSubstr("longer than"));
}

TEST_F(ReportCommand, AnAnalysisWritesNothingBesideItsInput) {
  for (const std::string target : {"run/x.json", "run/deep/x.json", "run"}) {
    const Ran ran =
        run_bpftax({"analyze", folder_ / "run", "-o", folder_ / "out", "--json", folder_ / target, "-q"});
    EXPECT_EQ(ran.code, 2) << target;
    EXPECT_THAT(ran.err, HasSubstr("never"));
    EXPECT_FALSE(path_exists(folder_ / "out"));
  }
  EXPECT_FALSE(path_exists(folder_ / "run/x.json"));
  EXPECT_EQ(
      run_bpftax({"analyze", folder_ / "run", "-o", folder_ / "out", "--json", folder_ / "x.json"}).code, 0);
}

// All of bpftax in one program: no part of it may take another's types for its own.
TEST_F(ReportCommand, AnAnalysisReadsTheMetadataOfRawResults) {
  const std::string folder = folder_ / "raw/baseline/lab/";
  ASSERT_TRUE(make_directories(folder + "client_results/latency/tcp_rr_20261120_190001"));
  ASSERT_TRUE(write_file_atomically(
      folder + "metadata_20261120_190001.json",
      R"({"schema": "bpftax.window/1", "status": "success", "test_case": {"workload": "tcp_rr", "block": 1}})"));
  const Ran ran = run_bpftax({"analyze", folder_ / "raw", "-o", folder_ / "out", "-q"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(read("out/baseline/lab/latency/tcp_rr/summary.json"), HasSubstr("\"tcp_rr\""));
}

TEST(RunGuarded, AnExceptionBecomesAnError) {
  const auto thrown = run_guarded([]() -> Result<int> { throw std::runtime_error("odd"); }, "report");
  ASSERT_FALSE(thrown);
  EXPECT_EQ(thrown.error().kind, ErrorKind::kInternal);
  EXPECT_EQ(thrown.error().why, "odd");
  EXPECT_EQ(run_guarded([] { return Result<int>(4); }, "report").value_or(0), 4);
}

TEST_F(ReportCommand, SaysWhatIsWrong) {
  const Ran several = run_bpftax({"report", folder_ / "run", folder_ / "run", "-o", folder_ / "a.html"});
  EXPECT_EQ(several.code, 2);
  EXPECT_THAT(several.err, HasSubstr("--story"));
  EXPECT_EQ(run_bpftax({"report", folder_ / "run", "--format", "md"}).code, 2);
  EXPECT_EQ(run_bpftax({"report", folder_ / "nothing", "-o", folder_ / "a.html"}).code, 2);
  const Ran unwritable = run_bpftax({"report", folder_ / "run", "-o", folder_ / "no/such/folder/a.html"});
  EXPECT_EQ(unwritable.code, 2);
  EXPECT_THAT(unwritable.err, HasSubstr("cannot write the report"));
}

}  // namespace
}  // namespace bpftax
