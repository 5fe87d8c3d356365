#include "cli/lab_session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bpftax {
namespace {

TEST(ParseCpuList, ReadsTheKernelsNotation) {
  EXPECT_THAT(*parse_cpu_list("0-3,8\n"), testing::ElementsAre(0, 1, 2, 3, 8));
  EXPECT_THAT(*parse_cpu_list("5"), testing::ElementsAre(5));
}

TEST(ParseCpuList, RefusesTheRest) {
  for (const char* text : {"", "a", "3-1", "-1", "0-99999999", "1,,2"})
    EXPECT_FALSE(parse_cpu_list(text)) << text;
}

}  // namespace
}  // namespace bpftax
