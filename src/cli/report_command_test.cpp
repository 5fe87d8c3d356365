// bpftax report as the user runs it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/temporary_folder.h"
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
