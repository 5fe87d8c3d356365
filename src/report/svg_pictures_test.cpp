#include "report/svg_pictures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "report/golden.h"
#include "report/markdown.h"
#include "report/testdata.h"

namespace bpftax {
namespace {

using testing::HasSubstr;
using testing::Not;

size_t occurrences(std::string_view text, std::string_view what) {
  size_t n = 0;
  for (size_t at = 0; (at = text.find(what, at)) != std::string_view::npos; at += what.size()) ++n;
  return n;
}

TEST(SvgPictures, LookAsAgreed) {
  for (const Picture& picture : markdown_pictures(synthetic_result(), {Lang::kEn, "report"}))
    expect_golden(picture.file, picture.svg);
}

TEST(SvgPictures, TheMatrixHasACellForEveryPrimaryRow) {
  const RunResult result = synthetic_result();
  const SvgPicture picture = verdict_matrix_svg(result, groups_of(result).front(), Lang::kEn);
  EXPECT_EQ(occurrences(picture.svg, "<rect"), rows_of(result, "", true).size());
}

TEST(SvgPictures, TheForestHasAPointForEveryPrimaryEstimate) {
  const RunResult result = synthetic_result();
  const SvgPicture picture = forest_svg(result, groups_of(result).front(), Lang::kEn);
  EXPECT_EQ(occurrences(picture.svg, "<circle"), rows_of(result, "", true).size());
}

TEST(SvgPictures, TextFromOutsideIsNoMarkup) {
  RunResult result = synthetic_result();
  for (ResultSubject& subject : result.subjects) subject.name = "<script>alert(1)</script>\"'&";
  for (const Picture& picture : markdown_pictures(result, {Lang::kEn, "report"})) {
    EXPECT_THAT(picture.svg, Not(HasSubstr("<script")));
    EXPECT_THAT(picture.svg, HasSubstr("&lt;script&gt;"));
  }
}

TEST(SvgPictures, LoadNothing) {
  for (const Picture& picture : markdown_pictures(synthetic_result(), {Lang::kZh, "report"}))
    for (const char* loading : {"href", "url(", "<style", "<image", "<foreignObject"})
      EXPECT_THAT(picture.svg, Not(HasSubstr(loading)));
}

TEST(SvgPictures, ManyRowsAreCutAndSaidToBe) {
  const RunResult result = large_result(20);
  const SvgPicture picture = forest_svg(result, groups_of(result).front(), Lang::kEn);
  EXPECT_EQ(occurrences(picture.svg, "8 more rows are not drawn."), 20u);
}

TEST(SvgPictures, EachPartHasItsOwn) {
  std::vector<std::string> files;
  for (const Picture& picture : markdown_pictures(large_result(45), {Lang::kEn, "report"}))
    files.push_back(picture.file);
  EXPECT_THAT(files,
              testing::ElementsAre("report-verdicts-1.svg", "report-forest-1.svg", "report-verdicts-2.svg",
                                   "report-forest-2.svg", "report-verdicts-3.svg", "report-forest-3.svg"));
}

TEST(SvgPictures, NothingMeasuredIsNoPicture) {
  EXPECT_TRUE(markdown_pictures(RunResult{}, {Lang::kEn, "report"}).empty());
}

}  // namespace
}  // namespace bpftax
