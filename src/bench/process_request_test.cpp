#include "bench/process_request.h"

#include <gmock/gmock.h>

namespace bpftax::bench {
namespace {

using ::testing::HasSubstr;

ProcessRequest some_request() {
  ProcessRequest request;
  request.task = {"maps", "hash", {{"entries", 1024}, {"contention", "own"}}, {1, 0}, {{"side", "user"}}};
  request.sampling.sampling = {5'000'000, 3, (uint64_t{1} << 53) - 1};
  request.sampling.check_proportion = false;
  request.sampling.hints = {1, 2'000'000'000'000};
  return request;
}

TEST(ProcessRequestTest, ComesBackAsItWas) {
  const ProcessRequest request = some_request();
  const auto read = process_request_from_json(dump_line(to_json(request)));
  ASSERT_TRUE(read) << to_string(read.error());
  EXPECT_EQ(to_json(*read), to_json(request));
  EXPECT_EQ(read->task.cpus, (std::vector<int>{1, 0}));
  EXPECT_EQ(read->task.params["entries"], 1024);
  EXPECT_EQ(read->sampling.sampling.seed, request.sampling.sampling.seed);
  EXPECT_EQ(read->sampling.hints, request.sampling.hints);
  EXPECT_FALSE(read->sampling.check_proportion);
}

TEST(ProcessRequestTest, WhatIsWrongIsNamed) {
  for (const char* name : {"benchmark", "subject", "params", "cpus", "options", "stretch_ns", "samples",
                           "seed", "check_proportion", "hints"}) {
    Json json = to_json(some_request());
    json.erase(name);
    const auto absent = process_request_from_json(dump_line(json));
    ASSERT_FALSE(absent) << name;
    EXPECT_EQ(absent.error().kind, ErrorKind::kUsage);
    EXPECT_THAT(absent.error().where, HasSubstr(name));
  }
  Json json = to_json(some_request());
  json["hints"] = {1, -1};
  EXPECT_FALSE(process_request_from_json(dump_line(json)));
  EXPECT_FALSE(process_request_from_json(""));
  EXPECT_FALSE(process_request_from_json("[]"));
}

}  // namespace
}  // namespace bpftax::bench
