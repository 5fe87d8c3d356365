#include "util/json_text.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "util/json.h"

namespace bpftax {
namespace {

// The same document three times; the member's text is `text`, its number `number`.
OrderedJson tree_with(const std::string& text, double number) {
  OrderedJson document = {
      {"text", text}, {text, "key"}, {"number", number}, {"list", {1, text, number, true}}};
  document["empty_object"] = OrderedJson::object();
  document["empty_list"] = OrderedJson::array();
  document["deep"] = {{"a", {{"b", OrderedJson::array({OrderedJson::object()})}}}, {"c", nullptr}};
  return document;
}

std::string by_tree(const std::string& text, double number) {
  return tree_with(text, number).dump(2, ' ', false, OrderedJson::error_handler_t::replace) + "\n";
}

std::string by_text_of_tree(const std::string& text, double number) {
  JsonText json;
  json.value(tree_with(text, number));
  return json.take();
}

std::string by_text(const std::string& text, double number) {
  JsonText json;
  json.open_object();
  json.member("text", text);
  json.member(text, "key");
  json.member("number", number);
  json.member_array("list");
  json.value(1);
  json.value(text);
  json.value(number);
  json.value(true);
  json.close();
  json.member_object("empty_object");
  json.close();
  json.member_array("empty_list");
  json.close();
  json.member_object("deep");
  json.member_object("a");
  json.member_array("b");
  json.open_object();
  json.close();
  json.close();
  json.close();
  json.member("c", nullptr);
  json.close();
  json.close();
  return json.take();
}

TEST(JsonText, writes_what_a_tree_of_values_is_dumped_as) {
  for (const std::string text : {"plain", "", "a \"quoted\" \\ / text", "line\nbreak\ttab\x01\x1f\x7f",
                                 "\xc3\xa4\xe4\xb8\xad", "cut \xe4\xb8", "\xff\xfe", "</script>"}) {
    EXPECT_EQ(by_text(text, 1), by_tree(text, 1));
    EXPECT_EQ(by_text_of_tree(text, 1), by_tree(text, 1));
  }
  for (const double number :
       {0.0, -0.0, 1.0, 0.1, -2.5, 1e15, 1e16, 123456789012345678.0, 1e-4, 1e-5, 1.0 / 3, 5e-324,
        std::numeric_limits<double>::max(), std::nan(""), -std::numeric_limits<double>::infinity()}) {
    EXPECT_EQ(by_text("x", number), by_tree("x", number));
    EXPECT_EQ(by_text_of_tree("x", number), by_tree("x", number));
  }
}

TEST(JsonText, unknown_numbers_are_null_and_whole_ones_have_no_point) {
  JsonText json;
  json.open_array();
  json.value(std::optional<double>());
  json.value(std::optional<double>(2));
  json.value(std::optional<int>(2));
  json.value(std::numeric_limits<int64_t>::min());
  json.value(std::numeric_limits<uint64_t>::max());
  json.value(std::vector<std::string>{"a", "b"});
  json.close();
  EXPECT_EQ(OrderedJson::parse(json.take()).dump(),
            "[null,2.0,2,-9223372036854775808,18446744073709551615,[\"a\",\"b\"]]");
}

TEST(JsonText, is_as_new_after_a_document) {
  JsonText json;
  json.open_object();
  json.member("a", 1);
  json.close();
  EXPECT_EQ(json.lend(), "{\n  \"a\": 1\n}\n");
  json.open_array();
  json.close();
  EXPECT_EQ(json.lend(), "[]\n");
  json.open_object();
  json.close();
  EXPECT_EQ(json.take(), "{}\n");
  json.open_array();
  json.close();
  EXPECT_EQ(json.take(), "[]\n");
}

}  // namespace
}  // namespace bpftax
