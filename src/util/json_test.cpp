#include "util/json.h"

#include <gtest/gtest.h>

namespace bpftax {
namespace {

TEST(ParseJson, RefusesNestingThatWouldOverflowTheStack) {
  const std::string deep(100'000, '[');
  const Result<Json> parsed = parse_json(deep, "x.json");
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().where, "x.json");
  EXPECT_NE(parsed.error().why.find("nested deeper"), std::string::npos);
}

TEST(ParseJson, DoesNotCountBracketsInsideStrings) {
  const std::string text = "{\"a\": \"" + std::string(500, '[') + "\\\"" + "\"}";
  EXPECT_TRUE(parse_json(text, "x"));
}

TEST(ParseJson, RefusesNanTrailingTextAndOversize) {
  EXPECT_FALSE(parse_json("{\"a\": NaN}", "x"));
  EXPECT_FALSE(parse_json("{} {}", "x"));
  EXPECT_FALSE(parse_json("", "x"));
  EXPECT_FALSE(parse_json("[1,2,3]", "x", {.max_bytes = 3}));
}

TEST(ParseJson, RefusesMoreValuesThanMayTakeMemory) {
  const std::string text = R"([{}, {"a": "x,{[", "b": [1, 2]}])";  // 1 + 2 + 2 + 2 values
  EXPECT_TRUE(parse_json(text, "x", {.max_values = 10}));
  const Result<Json> parsed = parse_json(text, "x.json", {.max_values = 6});
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().where, "x.json");
  EXPECT_NE(parsed.error().why.find("more than 6 values"), std::string::npos);
}

TEST(JsonFields, TellAbsentFromWrongType) {
  const Json object = Json::parse(R"({"n": 1.5, "s": "x", "z": null, "big": 18446744073709551615})");
  EXPECT_EQ(**json_number(object, "n"), 1.5);
  EXPECT_FALSE(json_number(object, "missing")->has_value());
  EXPECT_FALSE(json_number(object, "z")->has_value());
  EXPECT_FALSE(json_number(object, "s"));
  EXPECT_FALSE(json_integer(object, "n"));
  EXPECT_FALSE(json_integer(object, "big"));
  EXPECT_FALSE(require_string(object, "missing"));
  EXPECT_EQ(*require_string(object, "s"), "x");
  EXPECT_FALSE(json_string(Json(3), "s")->has_value());
}

TEST(JsonFields, PathsStopAtTheFirstMissingStep) {
  const Json object = Json::parse(R"({"a": {"b": {"c": 7}}, "n": 1})");
  ASSERT_NE(find_path(object, "a.b.c"), nullptr);
  EXPECT_EQ(*find_path(object, "a.b.c"), 7);
  EXPECT_EQ(find_path(object, "a.x.c"), nullptr);
  EXPECT_EQ(find_path(object, "n.c"), nullptr);
}

TEST(DumpLine, ReplacesInvalidUtf8AndHasNoNewline) {
  const std::string line = dump_line(Json{{"a", "x\xff\ny"}});
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_TRUE(parse_json(line, "x"));
}

TEST(JsonOrNull, NeverPrintsNan) {
  EXPECT_TRUE(json_or_null(std::nullopt).is_null());
  EXPECT_TRUE(json_or_null(0.0 / 0.0).is_null());
  EXPECT_EQ(json_or_null(2.0), 2.0);
}

}  // namespace
}  // namespace bpftax
