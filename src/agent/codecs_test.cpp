#include "agent/codecs.h"

#include <gtest/gtest.h>

#include "util/json.h"

namespace bpftax {
namespace {

// What arrives after a trip over the wire.
Json over_the_wire(const Json& json) {
  return Json::parse(dump_line(json));
}

ProcessSpec full_spec() {
  ProcessSpec spec;
  spec.name = "tool x";
  spec.argv = {"prog", "-a", "\xff\xfe not utf-8", ""};
  spec.cwd = "/tmp";
  spec.env = {{"A", "1"}, {"B", "two words"}};
  spec.cpus = {0, 3};
  spec.netns = "bpftax-x";
  spec.stdout_path = "/tmp/out";
  spec.stderr_path = "/tmp/\x80";
  spec.output_cap_bytes = int64_t{1} << 40;
  spec.stop = {100, 200};
  return spec;
}

TEST(Base64, RoundTripsEveryLengthAndByte) {
  std::string bytes;
  for (int i = 0; i < 260; ++i) {
    const auto back = base64_decode(base64_encode(bytes));
    ASSERT_TRUE(back.has_value()) << i;
    EXPECT_EQ(*back, bytes);
    bytes += static_cast<char>(i * 7);
  }
  EXPECT_EQ(base64_encode("foob"), "Zm9vYg==");
}

TEST(Base64, RefusesWhatIsNotExactlyBase64) {
  for (const char* text :
       {"A", "AA", "AAA", "AA=A", "====", "A===", "AA==AAAA", "AAA\n", "AB==", "AAB=", "A-_A"}) {
    EXPECT_FALSE(base64_decode(text).has_value()) << text;
  }
}

TEST(Text, SurvivesInvalidUtf8AndRefusesNul) {
  for (const std::string text :
       {"plain", "Zürich €", "\xff", "a\xc3", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xc0\xaf"}) {
    const auto back = text_from_json(over_the_wire(text_to_json(text)), "x");
    ASSERT_TRUE(back.has_value()) << text;
    EXPECT_EQ(*back, text);
  }
  EXPECT_TRUE(text_to_json("Zürich €").is_string());
  EXPECT_TRUE(text_to_json("\xed\xa0\x80").is_object()) << "a surrogate is not UTF-8";
  EXPECT_FALSE(text_from_json(Json(std::string("a\0b", 3)), "x").has_value());
  EXPECT_FALSE(text_from_json(Json{{"base64", "AA=="}}, "x").has_value()) << "an encoded NUL";
  EXPECT_FALSE(text_from_json(Json{{"base64", "QQ=="}, {"more", 1}}, "x").has_value());
}

TEST(ProcessSpecCodec, RoundTripsEveryField) {
  const ProcessSpec spec = full_spec();
  const auto back = process_spec_from_json(over_the_wire(to_json(spec)));
  ASSERT_TRUE(back.has_value()) << to_string(back.error());
  EXPECT_EQ(back->name, spec.name);
  EXPECT_EQ(back->argv, spec.argv);
  EXPECT_EQ(back->cwd, spec.cwd);
  EXPECT_EQ(back->env, spec.env);
  EXPECT_EQ(back->cpus, spec.cpus);
  EXPECT_EQ(back->netns, spec.netns);
  EXPECT_EQ(back->stdout_path, spec.stdout_path);
  EXPECT_EQ(back->stderr_path, spec.stderr_path);
  EXPECT_EQ(back->output_cap_bytes, spec.output_cap_bytes);
  EXPECT_EQ(back->stop.int_grace_ms, 100);
  EXPECT_EQ(back->stop.term_grace_ms, 200);
}

TEST(ProcessSpecCodec, TakesDefaultsForEverythingButTheCommand) {
  const auto spec = process_spec_from_json(Json{{"shell", "true"}});
  ASSERT_TRUE(spec.has_value());
  EXPECT_EQ(spec->output_cap_bytes, ProcessSpec{}.output_cap_bytes);
  EXPECT_EQ(spec->stop.int_grace_ms, StopPolicy{}.int_grace_ms);
}

TEST(ProcessSpecCodec, RefusesWhatCannotBeStarted) {
  const std::vector<Json> wrong = {
      Json::object(),
      Json::array(),
      {{"argv", {"a"}}, {"shell", "b"}},
      {{"argv", Json::array()}},
      {{"argv", {""}}},
      {{"argv", {1}}},
      {{"argv", "a"}},
      {{"shell", 1}},
      {{"shell", "x"}, {"env", {{"A"}}}},
      {{"shell", "x"}, {"env", {{"A=B", "c"}}}},
      {{"shell", "x"}, {"env", {{"", "c"}}}},
      {{"shell", "x"}, {"env", {{"A", 5}}}},
      {{"shell", "x"}, {"cpus", {-1}}},
      {{"shell", "x"}, {"cpus", {65536}}},
      {{"shell", "x"}, {"cpus", {0.5}}},
      {{"shell", "x"}, {"cpus", 1}},
      {{"shell", "x"}, {"output_cap_bytes", -1}},
      {{"shell", "x"}, {"output_cap_bytes", "many"}},
      {{"shell", "x"}, {"stop", {{"int_grace_ms", -1}}}},
      {{"shell", "x"}, {"stop", {{"term_grace_ms", 1e18}}}},
      {{"shell", "x"}, {"stop", 5}},
  };
  for (const Json& json : wrong) EXPECT_FALSE(process_spec_from_json(json).has_value()) << json.dump();
}

TEST(ExitStatusCodec, RoundTripsAndMissesNothingSilently) {
  ExitStatus status;
  status.signaled = true;
  status.code = 9;
  status.ended_ns = 5'000'000'000'000;
  status.user_us = 1;
  status.system_us = 2;
  status.max_rss_kb = 3;
  status.output_bytes = 4;
  status.output_cut = true;
  const Json json = over_the_wire(to_json(status));
  const auto back = exit_status_from_json(json);
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(to_json(*back), json);
  for (const auto& [key, value] : json.items()) {
    Json without = json;
    without.erase(key);
    EXPECT_FALSE(exit_status_from_json(without).has_value()) << key;
  }
}

TEST(OtherCodecs, RoundTrip) {
  const ProcessHandle handle{7, 123, 456};
  EXPECT_EQ(to_json(process_handle_from_json(over_the_wire(to_json(handle))).value()), to_json(handle));
  StopReport report;
  report.ended_by = "SIGTERM";
  report.took_ms = 12;
  report.stragglers = {4, 5};
  EXPECT_EQ(to_json(stop_report_from_json(over_the_wire(to_json(report))).value()), to_json(report));
  const ClockReading clock{1, 2, "boot"};
  EXPECT_EQ(to_json(clock_reading_from_json(over_the_wire(to_json(clock))).value()), to_json(clock));
  const FileInfo info{"a\xff", true, false, 3, true};
  EXPECT_EQ(file_info_from_json(over_the_wire(to_json(info))).value().name, info.name);
  EXPECT_TRUE(file_info_from_json(over_the_wire(to_json(info))).value().is_special);
  const FileSum sum{"/a/b", 7, std::string(64, 'a')};
  EXPECT_EQ(to_json(file_sum_from_json(over_the_wire(to_json(sum))).value()), to_json(sum));
  const FileSum none{"/a/b", {}, {}};
  EXPECT_FALSE(file_sum_from_json(over_the_wire(to_json(none))).value().size);
  const FileChunk chunk{std::string("\0\xff", 2), 7};
  EXPECT_EQ(to_json(file_chunk_from_json(over_the_wire(to_json(chunk))).value()), to_json(chunk));
  const Host::Finished finished{{}, std::string("\0\x01", 2), "err"};
  EXPECT_EQ(finished_from_json(over_the_wire(to_json(finished))).value().out, finished.out);
  const Host::StatsCost cost{1.5, 20.25};
  EXPECT_EQ(stats_cost_from_json(over_the_wire(to_json(cost))).value().on_ns, 20.25);
  const BpfStatsUse use{true, "kept on by process 7 (top)"};
  EXPECT_TRUE(stats_use_from_json(over_the_wire(to_json(use))).value().active);
  EXPECT_EQ(stats_use_from_json(over_the_wire(to_json(use))).value().by, use.by);
  const std::vector<BpfPin> pins = {{"/sys/fs/bpf/a\xff", "map", 4'000'000'000}, {"/sys/fs/bpf/b", "", 0}};
  const auto same_pins = pins_from_json(over_the_wire(to_json(pins))).value();
  ASSERT_EQ(same_pins.size(), 2U);
  EXPECT_EQ(same_pins[0].path, pins[0].path);
  EXPECT_EQ(same_pins[0].kind, "map");
  EXPECT_EQ(same_pins[0].id, 4'000'000'000);
  EXPECT_FALSE(pins_from_json(Json::object()));
  const EntryCost entry{"tp_btf", 58.5, 4.25, 45};
  const auto read = entry_cost_from_json(over_the_wire(to_json(entry)));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->hook, "tp_btf");
  EXPECT_EQ(read->ns(), 13.5);
  EXPECT_EQ(read->error_ns, 4.25);
  const Hello hello{1, "0.1", 5, 4, 0, "x86_64", "boot", "run"};
  EXPECT_EQ(to_json(hello_from_json(over_the_wire(to_json(hello))).value()), to_json(hello));
}

TEST(HelloCodec, TellsAnotherVersionEvenWhenTheRestLooksDifferent) {
  const auto hello = hello_from_json(Json{{"protocol", 2}, {"name", "something new"}});
  ASSERT_TRUE(hello.has_value());
  EXPECT_EQ(hello->protocol, 2);
}

TEST(ErrorCodec, KeepsEveryKindAndField) {
  for (const ErrorKind kind :
       {ErrorKind::kUsage, ErrorKind::kEnvironment, ErrorKind::kSubject, ErrorKind::kWorkload,
        ErrorKind::kLost, ErrorKind::kInterrupted, ErrorKind::kInternal}) {
    const Error error{kind, "what", "where \xff", "why", "hint", 13};
    const auto back = error_from_json(over_the_wire(to_json(error)));
    ASSERT_TRUE(back.has_value());
    EXPECT_EQ(back->kind, kind);
    EXPECT_EQ(back->where, error.where);
    EXPECT_EQ(back->hint, "hint");
    EXPECT_EQ(back->errno_value, 13);
  }
}

}  // namespace
}  // namespace bpftax
