#include "bench/sampling.h"

#include <gmock/gmock.h>

#include <set>

#include "bench/fake_instance.h"
#include "util/clock.h"

namespace bpftax::bench {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::SizeIs;

SamplingRequest request_of(int samples, uint64_t stretch_ns = 1'000'000) {
  SamplingRequest request;
  request.sampling.samples = samples;
  request.sampling.stretch_ns = stretch_ns;
  request.sampling.seed = 7;
  return request;
}

ProcessResult sample(FakeInstance& instance, const SamplingRequest& request) {
  return sample_instance(instance, request, [] { return 0; });
}

TEST(SamplingTest, RaisesNUntilASampleTakesTheStretch) {
  FakeInstance instance({fake_operation("lookup")});
  instance.per_operation_ns = {40};
  const ProcessResult result = sample(instance, request_of(5));
  ASSERT_EQ(result.status, Status::kMeasured);
  ASSERT_THAT(result.operations, SizeIs(1));
  EXPECT_EQ(result.operations[0].status, Status::kMeasured);
  EXPECT_NEAR(static_cast<double>(result.operations[0].n) * 40, 1e6, 1e4);
  EXPECT_THAT(result.operations[0].ns, SizeIs(5));
  EXPECT_THAT(result.operations[0].ns, Each(40));
  EXPECT_TRUE(result.operations[0].warnings.empty());
}

TEST(SamplingTest, StartsWithWhatAnEarlierProcessFound) {
  FakeInstance instance({fake_operation("lookup")});
  SamplingRequest request = request_of(1);
  request.check_proportion = false;
  request.hints = {100'000};
  (void)sample(instance, request);
  // One run to calibrate, one sample.
  EXPECT_EQ(instance.count("run", 0), 2u);
}

TEST(SamplingTest, DoesNotCalibrateWhatHasAFixedCount) {
  Operation attach = fake_operation("attach");
  attach.fixed_n = 3;
  FakeInstance instance({attach});
  const ProcessResult result = sample(instance, request_of(4));
  EXPECT_EQ(result.operations[0].n, 3u);
  EXPECT_EQ(instance.count("run", 0), 4u);
}

Operation given(std::string name, uint64_t n) {
  Operation operation = fake_operation(std::move(name));
  operation.fixed_n = n;
  operation.n_is_given = true;
  return operation;
}

TEST(SamplingTest, AGivenNumberThatTakesTooLongIsUnavailableAndTheOthersAreMeasured) {
  FakeInstance instance({fake_operation("lookup"), given("update", 1000), given("update", 100'000)});
  instance.per_operation_ns = {40, 5e6, 5e6};  // 5 s and 500 s a sample
  const ProcessResult result = sample(instance, request_of(3));
  EXPECT_EQ(result.status, Status::kMeasured);
  EXPECT_THAT(result.operations[0].ns, SizeIs(3));
  EXPECT_THAT(result.operations[1].ns, SizeIs(3));
  EXPECT_EQ(result.operations[1].n, 1000u);
  EXPECT_EQ(result.operations[2].status, Status::kUnavailable);
  EXPECT_THAT(result.operations[2].reason,
              HasSubstr("100000 operations would take 8 min 20 s (3 samples: 25 min)"));
  for (const FakeInstance::Call& call : instance.calls) {
    if (call.operation == 2) EXPECT_LE(call.n, 10u) << "the estimate itself may not take long";
  }
}

TEST(SamplingTest, WhatAnEstimateDidNotSeeIsSeenInTheFirstRound) {
  FakeInstance instance({fake_operation("lookup"), given("insert", 100'000)});
  uint64_t now_ns = 0;
  instance.on_run = [&](size_t operation, uint64_t n) -> Result<Stretch> {
    // Its inverse, between chunks of 1000, is dear and in no time of its own.
    now_ns += operation == 1 && n > 10'000 ? 40 * kNsPerS : 0;
    return Stretch{n * 5000, n, {}};
  };
  const ProcessResult result = sample_instance(instance, request_of(10), [&] { return now_ns; });
  EXPECT_EQ(result.operations[0].status, Status::kMeasured);
  EXPECT_EQ(result.operations[1].status, Status::kUnavailable);
  EXPECT_EQ(now_ns, 40 * static_cast<uint64_t>(kNsPerS));
}

TEST(SamplingTest, MoreSamplesThanThereIsTimeForAreNotBegun) {
  FakeInstance instance({fake_operation("lookup"), fake_operation("update")});
  const ProcessResult result = sample(instance, request_of(100'000, 10'000'000));
  EXPECT_EQ(result.status, Status::kUnavailable);
  EXPECT_THAT(result.reason, HasSubstr("100000 samples of 2 operations and floors would take 33 min 20 s"));
  EXPECT_THAT(result.reason, HasSubstr("--samples"));
}

TEST(SamplingTest, AddsUpSeveralRunsWhereTheInstanceCanDoNoMore) {
  FakeInstance instance({fake_operation("insert")});
  instance.per_operation_ns = {100};
  instance.limits = {1000};  // 0.1 ms: ten of them are a stretch of 1 ms
  SamplingRequest request = request_of(2);
  request.check_proportion = false;
  request.hints = {1000};
  const ProcessResult result = sample(instance, request);
  EXPECT_EQ(result.operations[0].n, 1000u);
  EXPECT_THAT(result.operations[0].ns, Each(100));
  EXPECT_EQ(instance.count("run", 0), 1u + 2u * 10u);
  // Each of them with its own preparation and check.
  EXPECT_EQ(instance.count("prepare", 0), instance.count("run", 0));
  EXPECT_EQ(instance.count("check", 0), instance.count("run", 0));
}

TEST(SamplingTest, PreparesRunsAndChecksInThisOrder) {
  FakeInstance instance({fake_operation("a"), fake_operation("b")});
  (void)sample(instance, request_of(3));
  ASSERT_EQ(instance.calls.size() % 3, 0u);
  for (size_t i = 0; i < instance.calls.size(); i += 3) {
    EXPECT_EQ(instance.calls[i].what, "prepare");
    EXPECT_EQ(instance.calls[i + 1].what, "run");
    EXPECT_EQ(instance.calls[i + 2].what, "check");
    EXPECT_EQ(instance.calls[i].operation, instance.calls[i + 2].operation);
    EXPECT_EQ(instance.calls[i].n, instance.calls[i + 2].n);
  }
}

TEST(SamplingTest, TheOrderOfOperationsIsRandomAndFollowsTheSeed) {
  const auto order = [](uint64_t seed) {
    FakeInstance instance(
        {fake_operation("a"), fake_operation("b"), fake_operation("c"), fake_operation("d")});
    SamplingRequest request = request_of(6);
    request.sampling.seed = seed;
    (void)sample(instance, request);
    std::string names;
    for (const auto& call : instance.calls)
      if (call.what == "run") names += static_cast<char>('a' + call.operation);
    return names;
  };
  EXPECT_EQ(order(1), order(1));
  std::set<std::string> orders;
  for (uint64_t seed = 0; seed < 10; ++seed) orders.insert(order(seed));
  EXPECT_GT(orders.size(), 5u);
}

TEST(SamplingTest, AWrongCheckMakesTheOperationInvalidAndStopsIt) {
  FakeInstance instance({fake_operation("lookup"), fake_operation("update")});
  int checks = 0;
  instance.on_check = [&](size_t operation, uint64_t n) -> Result<void> {
    if (operation != 0 || ++checks < 12) return {};
    return fail(ErrorKind::kWorkload, "wrong work", "", "the program counted 3 of " + std::to_string(n));
  };
  const ProcessResult result = sample(instance, request_of(50));
  EXPECT_EQ(result.operations[0].status, Status::kInvalid);
  EXPECT_THAT(result.operations[0].reason, HasSubstr("counted 3 of"));
  EXPECT_THAT(result.operations[0].ns, SizeIs(0));
  EXPECT_EQ(checks, 12);
  EXPECT_EQ(result.operations[1].status, Status::kMeasured);
  EXPECT_THAT(result.operations[1].ns, SizeIs(50));
}

TEST(SamplingTest, NothingExecutedIsInvalid) {
  FakeInstance instance({fake_operation("lookup")});
  instance.on_run = [](size_t, uint64_t) -> Result<Stretch> { return Stretch{1'000'000, 0, {}}; };
  const ProcessResult result = sample(instance, request_of(3));
  EXPECT_EQ(result.operations[0].status, Status::kInvalid);
  EXPECT_THAT(result.operations[0].reason, HasSubstr("none of"));
}

TEST(SamplingTest, SaysWhenTimeDoesNotGrowWithTheNumberOfOperations) {
  FakeInstance instance({fake_operation("update")});
  instance.on_run = [](size_t, uint64_t n) -> Result<Stretch> {
    const auto x = static_cast<double>(n);
    return Stretch{static_cast<uint64_t>(x * x / 1000), n, {}};
  };
  const ProcessResult result = sample(instance, request_of(3));
  EXPECT_EQ(result.operations[0].status, Status::kMeasured);
  ASSERT_THAT(result.operations[0].warnings, SizeIs(1));
  EXPECT_THAT(result.operations[0].warnings[0], HasSubstr("took 4.00 times the time"));
}

TEST(SamplingTest, ASingleNoisyPairDoesNotMakeAWarning) {
  FakeInstance instance({fake_operation("update")});
  int runs = 0;
  instance.on_run = [&](size_t, uint64_t n) -> Result<Stretch> {
    const uint64_t factor = ++runs % 5 == 0 ? 3 : 1;
    return Stretch{10 * n * factor, n, {}};
  };
  EXPECT_TRUE(sample(instance, request_of(3)).operations[0].warnings.empty());
}

TEST(SamplingTest, WhatTheSubjectDoesNotHaveIsUnavailable) {
  Operation absent = fake_operation("delete");
  absent.absent = "entries of an array cannot be deleted";
  FakeInstance instance({absent, fake_operation("lookup")});
  const ProcessResult result = sample(instance, request_of(1));
  EXPECT_EQ(result.operations[0].status, Status::kUnavailable);
  EXPECT_EQ(result.operations[0].reason, "entries of an array cannot be deleted");
  EXPECT_EQ(instance.count("prepare", 0), 0u);
}

TEST(SamplingTest, AFloorThatDoesNotExistIsNoFloorOfZero) {
  FakeInstance instance({fake_operation("lookup", "loop")});
  const ProcessResult result = sample(instance, request_of(1));
  EXPECT_EQ(result.operations[0].status, Status::kInvalid);
  EXPECT_THAT(result.operations[0].reason, HasSubstr("'loop'"));
}

TEST(SamplingTest, MetricsAreMeansOverSamples) {
  FakeInstance instance({fake_operation("reserve")});
  int runs = 0;
  instance.on_run = [&](size_t, uint64_t n) -> Result<Stretch> {
    ++runs;
    return Stretch{1'000'000, n, {{"lost", "share", static_cast<double>(runs % 2)}}};
  };
  Operation fixed = fake_operation("reserve");
  fixed.fixed_n = 10;
  FakeInstance limited({fixed});
  limited.on_run = instance.on_run;
  const ProcessResult result = sample(limited, request_of(4));
  ASSERT_THAT(result.operations[0].metrics, SizeIs(1));
  EXPECT_DOUBLE_EQ(result.operations[0].metrics[0].value, 0.5);
  EXPECT_EQ(result.operations[0].metrics[0].unit, "share");
}

TEST(ProcessResultTest, SurvivesItsOwnText) {
  FakeInstance instance({fake_floor("loop"), fake_operation("lookup", "loop")});
  const ProcessResult result = sample(instance, request_of(3));
  const std::string text = dump_line(to_json(result));
  const auto again = process_result_from_json(text);
  ASSERT_TRUE(again) << to_string(again.error());
  EXPECT_EQ(dump_line(to_json(*again)), text);
}

TEST(ProcessResultTest, RefusesWhatIsNoResult) {
  for (const char* text : {"", "[]", "{}", R"({"status":"fine","reason":"","operations":[]})",
                           R"({"status":"measured","reason":"","operations":[{}]})",
                           R"({"status":"measured","reason":"","operations":{}})"}) {
    EXPECT_FALSE(process_result_from_json(text)) << text;
  }
}

}  // namespace
}  // namespace bpftax::bench
