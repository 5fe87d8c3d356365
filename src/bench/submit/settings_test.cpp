#include "bench/submit/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/bpf.h>

namespace bpftax::bench {
namespace {

SubmitSettings stream_settings() {
  SubmitSettings settings{.record_size = 256, .wakeup = "64", .producers = 2, .buffer_size = 1 << 16};
  settings.is_stream = true;
  settings.stream = {.consumer = ConsumerPlace::kSame, .consumer_delay_ns = 500, .rate = 1000, .burst = 7};
  return settings;
}

TEST(SubmitSettings, SurviveTheWayThroughATask) {
  const auto read = read_submit_settings({.params = to_params(stream_settings()), .cpus = {4, 5}});
  ASSERT_TRUE(read) << to_string(read.error());
  EXPECT_EQ(read->record_size, 256u);
  EXPECT_EQ(read->wakeup, "64");
  EXPECT_EQ(read->producers, 2);
  EXPECT_EQ(read->buffer_size, 65536u);
  EXPECT_TRUE(read->is_stream);
  EXPECT_EQ(read->stream.consumer, ConsumerPlace::kSame);
  EXPECT_EQ(read->stream.consumer_delay_ns, 500u);
  EXPECT_EQ(read->stream.rate, 1000u);
  EXPECT_EQ(read->stream.burst, 7u);
  EXPECT_EQ(read->cpus, (std::vector<int>{4, 5}));
}

TEST(SubmitSettings, ACostTaskSaysNothingOfAConsumer) {
  SubmitSettings settings = stream_settings();
  settings.is_stream = false;
  const Json params = to_params(settings);
  EXPECT_FALSE(params.contains("consumer"));
  EXPECT_FALSE(read_submit_settings({.params = params})->is_stream);
}

TEST(SubmitSettings, MissingOrWrongParametersAreUsageErrors) {
  for (const char* key : {"record_size", "wakeup", "producers", "buffer_size", "consumer", "rate"}) {
    Json params = to_params(stream_settings());
    params[key] = Json::array();
    EXPECT_FALSE(read_submit_settings({.params = params})) << key;
    if (std::string(key) == "consumer") continue;
    params.erase(key);
    EXPECT_FALSE(read_submit_settings({.params = params})) << key;
  }
}

TEST(SubmitSettings, ImpossibleValuesNameTheirOption) {
  const auto refusal = [](auto change) {
    SubmitSettings settings = stream_settings();
    change(settings);
    const auto checked = check_submit_settings(settings);
    EXPECT_FALSE(checked);
    return checked ? "" : checked.error().where;
  };
  EXPECT_EQ(refusal([](SubmitSettings& s) { s.record_size = 12; }), "--record-size 12");
  EXPECT_EQ(refusal([](SubmitSettings& s) { s.record_size = 8192; }), "--record-size 8192");
  EXPECT_EQ(refusal([](SubmitSettings& s) { s.producers = 0; }), "--producers 0");
  EXPECT_EQ(refusal([](SubmitSettings& s) { s.buffer_size = 100'000; }), "--buffer-size 100000");
  EXPECT_EQ(refusal([](SubmitSettings& s) {
              s.buffer_size = 4096;
              s.record_size = 1024;
            }),
            "--buffer-size 4096");
  EXPECT_EQ(refusal([](SubmitSettings& s) { s.wakeup = "often"; }), "--wakeup often");
  EXPECT_EQ(refusal([](SubmitSettings& s) { s.wakeup = "0"; }), "--wakeup 0");
  EXPECT_EQ(refusal([](SubmitSettings& s) { s.stream.burst = 0; }), "--burst 0");
  EXPECT_EQ(refusal([](SubmitSettings& s) { s.stream.consumer_delay_ns = 2'000'000; }),
            "--consumer-delay 2000000");
}

TEST(SubmitSettings, WakeupPoliciesAreThoseOfTheKernel) {
  EXPECT_EQ(ring_wakeup_flags("adaptive"), uint64_t{0});
  EXPECT_EQ(ring_wakeup_flags("none"), uint64_t{BPF_RB_NO_WAKEUP});
  EXPECT_EQ(ring_wakeup_flags("force"), uint64_t{BPF_RB_FORCE_WAKEUP});
  EXPECT_EQ(ring_wakeup_flags("64"), std::nullopt);
  EXPECT_EQ(perf_wakeup_events("64"), 64u);
  EXPECT_EQ(perf_wakeup_events("none"), std::nullopt);
}

TEST(SubmitSettings, AConsumerOfItsOwnNeedsACpu) {
  SubmitSettings settings = stream_settings();
  EXPECT_EQ(cpus_needed(settings), 2u);
  settings.stream.consumer = ConsumerPlace::kOther;
  EXPECT_EQ(cpus_needed(settings), 3u);
  settings.is_stream = false;
  EXPECT_EQ(cpus_needed(settings), 2u);
}

TEST(SubmitSettings, AConsumersPlaceIsReadOrTheNearestNameIsOffered) {
  EXPECT_EQ(*parse_consumer_place("none"), ConsumerPlace::kNone);
  EXPECT_EQ(parse_consumer_place("othe").error().hint, "did you mean other?");
}

}  // namespace
}  // namespace bpftax::bench
