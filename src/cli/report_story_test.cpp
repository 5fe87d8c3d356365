// bpftax report --story as the user runs it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/temporary_folder.h"
#include "cli/run_testing.h"
#include "report/testdata.h"
#include "util/files.h"

namespace bpftax {
namespace {

using testing::HasSubstr;

TEST(ReportStory, TellsSeveralResultsInOneFile) {
  const TemporaryFolder folder;
  RunResult arm = synthetic_result();
  arm.run_id = "arm";
  arm.server_facts["kernel_release"] = "5.10.0-arm";
  for (const auto& [name, result] : {std::pair("x86", synthetic_result()), std::pair("arm", arm)}) {
    ASSERT_TRUE(make_directories(folder / name));
    ASSERT_TRUE(write_file_atomically(folder / name + "/result.json", result_document(result)));
  }
  const Ran ran = run_bpftax(
      {"report", "--story", folder / "x86", folder / "arm", "-o", folder / "story.md", "--lang", "zh"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  const std::string page = read_file(folder / "story.md").value_or("");
  EXPECT_THAT(page, HasSubstr("5.10.0-arm"));
  EXPECT_THAT(page, HasSubstr("跨环境对比"));
  EXPECT_EQ(run_bpftax({"report", "--story", folder / "x86", "-o", folder / "story.html"}).code, 0);
  EXPECT_THAT(read_file(folder / "story.html").value_or(""), HasSubstr("<html lang=\"en\">"));
}

TEST(ReportStory, SaysWhatIsMissing) {
  const TemporaryFolder folder;
  EXPECT_EQ(run_bpftax({"report"}).code, 2);
  EXPECT_EQ(run_bpftax({"report", "--story", folder.path(), "-o", folder / "x.md"}).code, 2);  // no results
  EXPECT_THAT(run_bpftax({"report", "--story", folder.path()}).err, HasSubstr("no file was named"));
  EXPECT_THAT(run_bpftax({"report", "--story", folder.path(), "-o", "x.pdf"}).err,
              HasSubstr("neither .md nor .html"));
}

}  // namespace
}  // namespace bpftax
