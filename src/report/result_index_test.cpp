#include "report/result_index.h"

#include <gtest/gtest.h>

#include "report/summary.h"
#include "report/testdata.h"

namespace bpftax {
namespace {

TEST(ResultIndex, SaysWhatLookingThroughTheResultSays) {
  RunResult result = synthetic_result();
  ResultSubject twin = result.subjects[0];
  twin.id += "-twin";  // the same name, and no row
  result.subjects.push_back(twin);
  const ResultIndex index(result);
  for (const Lang lang : {Lang::kEn, Lang::kZh}) {
    for (const ResultSubject& subject : result.subjects) {
      EXPECT_EQ(index.subject(subject.id), find_subject(result, subject.id));
      EXPECT_EQ(index.name(subject.id, lang), subject_name(result, subject.id, lang));
      EXPECT_EQ(index.primary_rows(subject.id), rows_of(result, subject.id, true));
      EXPECT_EQ(index.verdict(subject), overall_verdict(result, subject));
    }
    for (const char* id : {"", "no such id"}) EXPECT_EQ(index.name(id, lang), subject_name(result, id, lang));
  }
  EXPECT_NE(index.name(twin.id), twin.name) << "two have that name";
  EXPECT_EQ(index.subject("no such id"), nullptr);
  EXPECT_TRUE(index.primary_rows("no such id").empty());
}

}  // namespace
}  // namespace bpftax
