#include "agent/protocol.h"

#include <gtest/gtest.h>

namespace bpftax {
namespace {

int code_of(std::string_view line) {
  const auto request = parse_request(line);
  return request ? 0 : request.error().code;
}

TEST(ParseRequest, TakesWhatRequestLineWrites) {
  std::string line = request_line(7, "wait", {{"id", 1}});
  ASSERT_EQ(line.back(), '\n');
  ASSERT_EQ(line.find('\n'), line.size() - 1);
  const auto request = parse_request(line);
  ASSERT_TRUE(request.has_value());
  EXPECT_EQ(request->id, 7);
  EXPECT_EQ(request->method, "wait");
  EXPECT_EQ(request->params["id"], 1);
}

TEST(ParseRequest, GivesEachWrongLineTheCodeOfTheStandard) {
  EXPECT_EQ(code_of("nonsense"), kRpcParseError);
  EXPECT_EQ(code_of("{"), kRpcParseError);
  EXPECT_EQ(code_of("{} x"), kRpcParseError);
  EXPECT_EQ(code_of(std::string(100, '[') + std::string(100, ']')), kRpcParseError);
  EXPECT_EQ(code_of("[]"), kRpcInvalidRequest);
  EXPECT_EQ(code_of("5"), kRpcInvalidRequest);
  EXPECT_EQ(code_of("null"), kRpcInvalidRequest);
  EXPECT_EQ(code_of(R"({"method":"clock","id":1})"), kRpcInvalidRequest);
  EXPECT_EQ(code_of(R"({"jsonrpc":2.0,"method":"clock","id":1})"), kRpcInvalidRequest);
  EXPECT_EQ(code_of(R"({"jsonrpc":"2.0","id":1})"), kRpcInvalidRequest);
  EXPECT_EQ(code_of(R"({"jsonrpc":"2.0","method":5,"id":1})"), kRpcInvalidRequest);
  EXPECT_EQ(code_of(R"({"jsonrpc":"2.0","method":"clock","id":1.5})"), kRpcInvalidRequest);
  EXPECT_EQ(code_of(R"({"jsonrpc":"2.0","method":"clock","id":{}})"), kRpcInvalidRequest);
  EXPECT_EQ(code_of(R"({"jsonrpc":"2.0","method":"clock","id":1,"params":[1]})"), kRpcInvalidParams);
  EXPECT_EQ(code_of(R"({"jsonrpc":"2.0","method":"clock","id":"one"})"), 0);
}

TEST(ParseRequest, KeepsTheIdOfAWrongRequestWhereItCanBeRead) {
  const auto request = parse_request(R"({"jsonrpc":"1.0","method":"clock","id":42})");
  ASSERT_FALSE(request.has_value());
  EXPECT_EQ(request.error().id, 42);
}

TEST(ParseMessage, TellsResultsFaultsAndNotifications) {
  const auto result = parse_message(response_line(3, {{"x", 1}}), "host");
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->kind, RpcMessage::Kind::kResult);
  EXPECT_EQ(result->id, 3);
  EXPECT_EQ(result->result["x"], 1);

  const auto failed = parse_message(error_line(4, Error{ErrorKind::kSubject, "a", "b", "c", "d", 2}), "host");
  ASSERT_TRUE(failed.has_value());
  EXPECT_EQ(failed->kind, RpcMessage::Kind::kFault);
  EXPECT_EQ(failed->error.kind, ErrorKind::kSubject);
  EXPECT_EQ(failed->error.hint, "d");

  const auto refused =
      parse_message(fault_line({5, kRpcMethodNotFound, "no method 'x'", std::nullopt}), "host");
  ASSERT_TRUE(refused.has_value());
  EXPECT_EQ(refused->code, kRpcMethodNotFound);
  EXPECT_EQ(refused->error.kind, ErrorKind::kInternal);

  const auto hello = parse_message(notification_line("hello", {{"protocol", 1}}), "host");
  ASSERT_TRUE(hello.has_value());
  EXPECT_EQ(hello->kind, RpcMessage::Kind::kNotification);
  EXPECT_EQ(hello->method, "hello");
  EXPECT_FALSE(hello->id.has_value());
}

TEST(ParseMessage, RefusesWhatNoAgentWrites) {
  for (const char* line :
       {"", "{}", "[]", R"({"jsonrpc":"2.0"})", R"({"jsonrpc":"2.0","id":1})",
        R"({"jsonrpc":"2.0","id":1,"result":1,"error":{"code":1,"message":"x"}})",
        R"({"jsonrpc":"2.0","id":"a","result":1})", R"({"jsonrpc":"2.0","id":1,"error":5})",
        R"({"jsonrpc":"2.0","id":1,"error":{"code":"x","message":"x"}})",
        R"({"jsonrpc":"2.0","id":1,"error":{"code":99999999999,"message":"x"}})",
        R"({"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"x","data":7}})",
        R"({"jsonrpc":"2.0","id":1,"method":"clock"})", R"({"jsonrpc":"2.0","method":[]})"}) {
    EXPECT_FALSE(parse_message(line, "host").has_value()) << line;
  }
}

TEST(LineBuffer, GivesWholeLinesHoweverTheBytesArrive) {
  const std::string stream = "one\n\ntwo\r\nthree\n";
  for (size_t step = 1; step <= stream.size(); ++step) {
    LineBuffer buffer;
    std::vector<std::string> lines;
    for (size_t at = 0; at < stream.size(); at += step) {
      buffer.append(std::string_view(stream).substr(at, step));
      while (const auto line = buffer.next()) lines.push_back(line->value());
    }
    EXPECT_EQ(lines, (std::vector<std::string>{"one", "two", "three"})) << step;
    EXPECT_FALSE(buffer.has_partial());
  }
}

TEST(LineBuffer, ReportsALongLineOnceInItsPlaceAndKeepsNothingOfIt) {
  LineBuffer buffer(10);
  buffer.append("before\n");
  ASSERT_EQ(buffer.next()->value(), "before");
  for (int i = 0; i < 1000; ++i) {
    buffer.append("xxxxxxxx");
    ASSERT_FALSE(buffer.next().has_value());
  }
  EXPECT_TRUE(buffer.has_partial());
  buffer.append("\nafter\n");
  const auto too_long = buffer.next();
  ASSERT_TRUE(too_long.has_value());
  EXPECT_FALSE(too_long->has_value());
  EXPECT_EQ(buffer.next()->value(), "after");
  EXPECT_FALSE(buffer.next().has_value());
}

TEST(LineBuffer, TakesALineOfExactlyTheLimit) {
  LineBuffer buffer(4);
  buffer.append("1234\n12345\n");
  EXPECT_EQ(buffer.next()->value(), "1234");
  EXPECT_FALSE(buffer.next()->has_value());
}

}  // namespace
}  // namespace bpftax
