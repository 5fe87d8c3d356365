#include "result/model.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "util/json.h"

namespace bpftax {
namespace {

// Every field has a value that no other has, so that a mix-up shows.
RunResult full_result() {
  RunResult r;
  r.run_id = "20261120-190312-3f9a";
  r.started_realtime_ns = 1'790'000'000'123'456'789;
  r.finished_realtime_ns = 1'790'000'300'000'000'001;
  r.seed = 18'446'744'073'709'551'615u;
  r.tool_version = "0.1.0";
  r.command_line = "bpftax measure --quick -- true";
  r.environment = "lab";
  r.server_facts = {{"kernel", "6.18.0"}, {"cpus", 2}};
  r.client_facts = {{"kernel", "6.18.0"}};
  r.placement = {{"tcp_rr", {{"policy", "same-cpu"}, {"server", {1}}}}};
  r.window_s = 2.5;
  r.blocks_planned_min = 6;
  r.blocks_planned_max = 24;
  r.blocks_done = 12;
  r.stop_reason = "every verdict is decided";
  r.complete = true;

  r.environments = {{.name = "vm",
                     .server_facts = {{"kernel", "5.10"}},
                     .client_facts = {{"kernel", "5.11"}},
                     .tool_facts = {{"kernel", "5.12"}},
                     .placement = {{"udp_rr", 1}},
                     .parts = {{.id = "vm-02",
                                .status = "failed",
                                .reason = "no space",
                                .blocks_planned_min = 7,
                                .blocks_planned_max = 25,
                                .blocks_done = 3,
                                .stop_reason = "it ended"}},
                     .workloads = {{"udp_rr", {{"generator", "netperf"}, {"window_s", 3.5}}}}}};

  ResultSubject s;
  s.id = "t1";
  s.name = "packet trace";
  s.command = "trace -v";
  s.environment = "vm";
  s.part = "vm-02";
  s.test_case = ResultCase{45, "eth_drop", "tcp", "rx", "9d5e19"};
  s.design = {"details", "registry", "its entry says so"};
  s.kind = "tool";
  s.status = "measured";
  s.reason = "";
  s.ready_ms = 412.5;
  s.left_behind = {"map 7 (events)"};
  s.programs = {
      {.id = 9,
       .name = "on_rx",
       .type = "tracing",
       .attach = "tp_btf:netif_receive_skb",
       .runs_per_s = 412000.5,
       .ns_per_run = 221.25,
       .cpu_percent = 9.1,
       .entry_ns = 12.5,
       .entry_error_ns = 3.25,
       .recursion_misses = 3,
       .verified_insns = 812,
       .jited_bytes = 4096,
       .workloads = {{.workload = "tcp_rr", .runs_per_s = 1.5, .ns_per_run = 2.5, .runs_per_unit = 4.0}}}};
  s.maps = {{.id = 7, .name = "events", .type = "ringbuf", .max_entries = 262144, .bytes = 270336}};
  s.bpf_cpu_percent = 9.25;
  s.map_bytes = 270337;
  s.stats_cost_ns = 19.5;
  s.process_cpu_percent = {1.5, 4.5};
  s.process_rss_kb = {10240.5, 12288};
  s.process_vsz_kb = {99999, 100000};
  s.output_bytes_per_s = 3'400'000.75;
  s.klass = "diagnosis";
  s.class_reason = "because";
  s.advice = {{"aggregate-in-kernel", "seen", "do"}};
  s.last_words = "bye\n";
  r.subjects = {s};

  ResultComparison c;
  c.subject = "t1";
  c.environment = "host";
  c.part = "host-03";
  c.case_id = 46;
  c.workload = "tcp_rr";
  c.metric = "latency_mean_us";
  c.unit = "us";
  c.better = "lower";
  c.primary = true;
  c.blocks = 11;
  c.baseline_mean = 12.6;
  c.subject_mean = 14.9;
  c.overhead_percent = 18.25;
  c.ci_low = 12.125;
  c.ci_high = 24.375;
  c.confidence = 0.9818;
  c.p_value = 0.0001;
  c.p_adjusted = 0.0004;
  c.mde_percent = 4.75;
  c.noise_floor_percent = -0.375;
  c.noise_low = -1.5;
  c.noise_high = 0.75;
  c.difference = 0.5;
  c.difference_low = 0.25;
  c.difference_high = 0.75;
  c.difference_mde = 0.375;
  c.difference_noise = -0.0625;
  c.difference_noise_low = -0.125;
  c.difference_noise_high = 0.03125;
  c.margin_percent = 5;
  c.verdict = Verdict::kExceeds;
  c.verdict_text = "the lower bound is above the margin";
  c.blocks_needed = 18;
  c.baseline_samples = {12.5, 12.75};
  c.subject_samples = {14.5, 15.25};
  c.excluded = {3, 7};
  c.warnings = {"idle time moved"};
  c.margin_floor = 1;
  c.measured_added_us = 2.25;
  c.measured_added_low = 1.875;
  c.measured_added_high = 2.625;
  c.attributed_added_us = 2.125;
  c.attributed_added_low = 2.0625;
  c.attributed_added_high = 2.1875;
  c.attributed_entry_us = 0.03125;
  r.comparisons = {c};

  r.warnings = {{"noise", "text", "advice"}};
  r.windows = {{.block = 4,
                .arm = "A2",
                .subject = "",
                .workload = "tcp_rr",
                .purpose = "timed",
                .start_realtime_ns = 1'790'000'000'123'456'790,
                .duration_s = 2.0,
                .valid = false,
                .reason = "a stream was lost",
                .metrics = {{"latency_mean_us", 12.5}},
                .conditions = {{"idle_percent", 31.5}}}};
  r.drops = {{"A1", 1}, {"t1", 2}};
  return r;
}

Json document(const RunResult& result) {
  return *parse_json(result_document(result), "test");
}

std::string error_of(const Json& json) {
  const auto result = run_result_from_json(json);
  return result ? "" : to_string(result.error());
}

TEST(ResultModel, ItsTextIsThatOfItsTree) {
  for (const RunResult& result : {full_result(), RunResult()})
    EXPECT_EQ(result_document(result),
              to_json(result).dump(2, ' ', false, OrderedJson::error_handler_t::replace) + "\n");
}

TEST(ResultModel, ReadsBackWhatItWrote) {
  const RunResult before = full_result();
  const auto after = run_result_from_json(document(before));
  ASSERT_TRUE(after) << to_string(after.error());
  EXPECT_EQ(result_document(*after), result_document(before));
  EXPECT_EQ(after->seed, before.seed);
  EXPECT_EQ(after->started_realtime_ns, before.started_realtime_ns);
  EXPECT_EQ(after->subjects[0].programs[0].workloads[0].runs_per_unit, 4.0);
  EXPECT_EQ(after->comparisons[0].verdict, Verdict::kExceeds);
  EXPECT_EQ(after->windows[0].conditions.at("idle_percent"), 31.5);
  EXPECT_EQ(after->drops.at("t1"), 2);
}

TEST(ResultModel, HasTheMembersThatAreAPromise) {
  const Json json = document(full_result());
  EXPECT_EQ(json["schema"], "bpftax.result/1");
  EXPECT_EQ(json["started"], "2026-09-21T14:13:20Z");
  EXPECT_EQ(json["environment"]["server"]["kernel"], "6.18.0");
  const Json& subject = json["subjects"][0];
  EXPECT_EQ(subject["class"], "diagnosis");
  EXPECT_EQ(subject["bpf"]["programs"][0]["attach"], "tp_btf:netif_receive_skb");
  EXPECT_EQ(subject["bpf"]["maps"][0]["bytes"], 270336);
  EXPECT_EQ(subject["process"]["rss_kb"]["peak"], 12288);
  const Json& comparison = json["comparisons"][0];
  for (const char* member : {"subject",
                             "workload",
                             "metric",
                             "unit",
                             "better",
                             "primary",
                             "blocks",
                             "baseline_mean",
                             "subject_mean",
                             "overhead_percent",
                             "ci_low",
                             "ci_high",
                             "confidence",
                             "p_value",
                             "p_adjusted",
                             "mde_percent",
                             "noise_floor_percent",
                             "margin_percent",
                             "verdict",
                             "samples",
                             "excluded",
                             "warnings"})
    EXPECT_TRUE(comparison.contains(member)) << member;
  EXPECT_EQ(comparison["samples"]["subject"], Json({14.5, 15.25}));
}

TEST(ResultModel, UnknownIsNullAndNeverZero) {
  RunResult result = full_result();
  result.subjects[0].bpf_cpu_percent.reset();
  result.subjects[0].programs[0].ns_per_run = std::numeric_limits<double>::quiet_NaN();
  result.subjects[0].maps[0].bytes.reset();
  result.subjects[0].process_cpu_percent.peak.reset();
  result.comparisons[0].overhead_percent.reset();
  result.comparisons[0].blocks_needed.reset();
  result.finished_realtime_ns = 0;
  const Json json = document(result);
  EXPECT_TRUE(json["subjects"][0]["bpf"]["cpu_percent"].is_null());
  EXPECT_TRUE(json["subjects"][0]["bpf"]["programs"][0]["ns_per_run"].is_null());
  EXPECT_TRUE(json["subjects"][0]["bpf"]["maps"][0]["bytes"].is_null());
  EXPECT_TRUE(json["subjects"][0]["process"]["cpu_percent"]["peak"].is_null());
  EXPECT_TRUE(json["comparisons"][0]["overhead_percent"].is_null());
  EXPECT_TRUE(json["finished"].is_null());
  const auto after = run_result_from_json(json);
  ASSERT_TRUE(after) << to_string(after.error());
  EXPECT_FALSE(after->subjects[0].bpf_cpu_percent);
  EXPECT_FALSE(after->subjects[0].programs[0].ns_per_run);
  EXPECT_FALSE(after->comparisons[0].overhead_percent);
  EXPECT_FALSE(after->comparisons[0].blocks_needed);
}

TEST(ResultModel, AMissingSampleKeepsItsPlace) {
  RunResult result = full_result();
  result.comparisons[0].subject_samples = {1.0, std::nan(""), 3.0};
  const auto after = run_result_from_json(document(result));
  ASSERT_TRUE(after);
  ASSERT_EQ(after->comparisons[0].subject_samples.size(), 3u);
  EXPECT_TRUE(std::isnan(after->comparisons[0].subject_samples[1]));
  EXPECT_EQ(after->comparisons[0].subject_samples[2], 3.0);
}

TEST(ResultModel, MembersOfANewerVersionAreIgnored) {
  Json json = document(full_result());
  json["flavour"] = "new";
  json["subjects"][0]["bpf"]["programs"][0]["colour"] = {{"a", 1}};
  EXPECT_EQ(error_of(json), "");
}

TEST(ResultModel, MembersThatWereAddedAfterTheSchemaMayBeAbsent) {
  Json json = document(full_result());
  for (const char* added : {"started_realtime_ns", "finished_realtime_ns", "tool_version", "command_line",
                            "complete", "stop_reason", "window_s", "blocks", "drops", "windows"})
    json.erase(added);
  for (const char* added : {"class_reason", "advice", "last_words"}) json["subjects"][0].erase(added);
  for (const char* added : {"verdict_text", "blocks_needed", "noise_low", "noise_high", "measured_added_us"})
    json["comparisons"][0].erase(added);
  json["subjects"][0]["bpf"]["programs"][0].erase("workloads");
  const auto result = run_result_from_json(json);
  ASSERT_TRUE(result) << to_string(result.error());
  EXPECT_EQ(result->started_realtime_ns, 1'790'000'000'000'000'000);
}

TEST(ResultModel, AnErrorNamesThePlaceInTheDocument) {
  struct Case {
    const char* pointer;
    Json value;
    const char* expected;
  };
  const std::vector<Case> cases = {
      {"/schema", "bpftax.result/9", "schema: 'bpftax.result/9' is not bpftax.result/1"},
      {"/seed", -1, "seed: expected an integer that is not negative"},
      {"/started_realtime_ns", 1.5, "started_realtime_ns: expected an integer, got number"},
      {"/subjects/0/bpf/programs/0/runs_per_s", "many",
       "subjects[0].bpf.programs[0].runs_per_s: expected a number, got string"},
      {"/subjects/0/bpf/maps", Json::object(), "subjects[0].bpf.maps: expected an array, got object"},
      {"/subjects/0/bpf/maps/0", 5, "subjects[0].bpf.maps[0]: expected an object, got number"},
      {"/subjects/0/process/cpu_percent", 1,
       "subjects[0].process.cpu_percent: expected an object, got number"},
      {"/subjects/0/class", "fine", "subjects[0].class: 'fine' is none of continuous"},
      {"/comparisons/0/verdict", "MAYBE", "comparisons[0].verdict: 'MAYBE' is no verdict"},
      {"/comparisons/0/margin_percent", nullptr, "comparisons[0].margin_percent: is missing"},
      {"/comparisons/0/samples/subject/1", "x",
       "comparisons[0].samples.subject[1]: expected a number, got string"},
      {"/comparisons/0/excluded/0", 4294967296, "comparisons[0].excluded[0]: the integer is not within"},
      {"/windows/0/metrics/latency_mean_us", true,
       "windows[0].metrics.latency_mean_us: expected a number, got boolean"},
      {"/drops/A1", "1", "drops.A1: expected an integer, got string"},
  };
  for (const Case& c : cases) {
    Json json = document(full_result());
    json[Json::json_pointer(c.pointer)] = c.value;
    EXPECT_NE(error_of(json).find(c.expected), std::string::npos) << c.pointer << ": " << error_of(json);
  }
  EXPECT_NE(error_of(Json::array()).find("expected an object"), std::string::npos);
}

TEST(ResultModel, ATimeIsReadOnlyInItsOwnForm) {
  Json json = document(full_result());
  json.erase("started_realtime_ns");
  for (const char* bad :
       {"yesterday", "2026-02-30T00:00:00Z", "2026-11-20T25:00:00Z", "2026-11-20 18:53:07Z", ""}) {
    json["started"] = bad;
    EXPECT_NE(error_of(json).find("started"), std::string::npos) << bad;
  }
  json["started"] = nullptr;
  EXPECT_EQ(error_of(json), "");
}

TEST(ResultModel, TextThatIsNotUtf8IsWrittenReplaced) {
  RunResult result = full_result();
  result.subjects[0].last_words = "caf\xe9";
  EXPECT_EQ(document(result)["subjects"][0]["last_words"], "caf\xef\xbf\xbd");
}

TEST(ResultWindowModel, ReadsBackWhatItWrote) {
  const ResultWindow window = full_result().windows[0];
  const Json json = *parse_json(to_json(window).dump(), "test");
  const auto after = result_window_from_json(json);
  ASSERT_TRUE(after) << to_string(after.error());
  EXPECT_EQ(to_json(*after), to_json(window));
  Json bad = json;
  bad["purpose"] = "fun";
  EXPECT_FALSE(result_window_from_json(bad));
}

TEST(ResultWindowModel, AMetricThatIsUnknownIsLeftOut) {
  Json json = *parse_json(to_json(full_result().windows[0]).dump(), "test");
  json["metrics"]["loss_percent"] = nullptr;
  const auto window = result_window_from_json(json);
  ASSERT_TRUE(window);
  EXPECT_EQ(window->metrics.count("loss_percent"), 0u);
}

TEST(VerdictNames, GoBothWays) {
  for (const Verdict verdict : {Verdict::kPass, Verdict::kOverhead, Verdict::kExceeds, Verdict::kInconclusive,
                                Verdict::kSaturated, Verdict::kInvalid})
    EXPECT_EQ(verdict_from_string(to_string(verdict)), verdict);
  EXPECT_FALSE(verdict_from_string("pass"));
}

}  // namespace
}  // namespace bpftax
