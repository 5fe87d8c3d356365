#include "bench/guide/evaluate.h"

#include <gmock/gmock.h>

#include <cmath>
#include <map>
#include <set>

#include "bench/guide/testdata.h"
#include "bench/maps/maps_family.h"
#include "bench/submit/submit_family.h"
#include "bench/tracing/hooks_family.h"

namespace bpftax::bench {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr Statement kArrayBelowHash = {.id = "t",
                                       .topic = "maps",
                                       .claim = "c",
                                       .why = "w",
                                       .left = {"array", "lookup", "program", ""},
                                       .relation = Relation::kAtMost,
                                       .factor = 1,
                                       .right = {"hash", "lookup", "program", ""}};

Document with_rows(std::vector<Row> rows) {
  Document document;
  document.rows = std::move(rows);
  return document;
}

Row lookup(const char* type, double ns, Json params = Json::object()) {
  return measured_row("maps", type, "lookup", "program", ns, std::move(params));
}

TEST(Compare, NeedsIntervalsThatDoNotOverlap) {
  const Value low{10, 9, 11}, high{20, 19, 21}, wide{15, 5, 25};
  EXPECT_EQ(compare(low, Relation::kAtMost, 1, high), Finding::kConfirmed);
  EXPECT_EQ(compare(high, Relation::kAtMost, 1, low), Finding::kContradicted);
  EXPECT_EQ(compare(low, Relation::kAtMost, 1, wide), Finding::kUndecided);
  EXPECT_EQ(compare(low, Relation::kAtMost, 1, {20, std::nullopt, std::nullopt}), Finding::kUndecided);
}

TEST(Compare, TheFactorMovesTheBorder) {
  const Value one{10, 9.9, 10.1}, two{20, 19.9, 20.1};
  EXPECT_EQ(compare(two, Relation::kAtLeast, 1.5, one), Finding::kConfirmed);
  EXPECT_EQ(compare(two, Relation::kAtLeast, 3, one), Finding::kContradicted);
  EXPECT_EQ(compare(two, Relation::kAtLeast, 2, one), Finding::kUndecided);
}

TEST(Compare, ValuesBelowTheFloorAreComparedAsTheyAre) {
  EXPECT_EQ(compare({-0.2, -0.4, 0.1}, Relation::kAtMost, 1, {12, 11, 13}), Finding::kConfirmed);
}

TEST(Judge, SaysWhatTheIntervalsSay) {
  const auto finding = [](double array, double hash) {
    return judge(kArrayBelowHash, with_rows({lookup("array", array), lookup("hash", hash)})).finding;
  };
  EXPECT_EQ(finding(2, 14), Finding::kConfirmed);
  EXPECT_EQ(finding(14, 2), Finding::kContradicted);
  EXPECT_EQ(finding(10, 10.1), Finding::kUndecided);
}

TEST(Judge, SetsOnlyRowsBesideEachOtherThatDifferInThisAlone) {
  Row loaded = lookup("hash", 30, {{"entries", 1024}});
  loaded.condition = "cpu:80";
  const auto judged = judge(kArrayBelowHash, with_rows({lookup("array", 2, {{"entries", 1024}}), loaded,
                                                        lookup("hash", 20, {{"entries", 65536}})}));
  EXPECT_EQ(judged.finding, Finding::kNotMeasured);
  EXPECT_THAT(judged.compared, IsEmpty());
  ASSERT_THAT(judged.missing, SizeIs(1));
  EXPECT_THAT(judged.missing[0].command, HasSubstr("bpftax bench maps"));
}

TEST(Judge, AParameterThatOneSideLacksIsADifference) {
  const auto judged =
      judge(kArrayBelowHash, with_rows({lookup("array", 90, {{"threads", 2}}), lookup("hash", 14)}));
  EXPECT_EQ(judged.finding, Finding::kNotMeasured);
  Statement ignoring = kArrayBelowHash;
  ignoring.ignore = "threads";
  EXPECT_EQ(judge(ignoring, with_rows({lookup("array", 90, {{"threads", 2}}), lookup("hash", 14)})).finding,
            Finding::kContradicted);
}

TEST(Judge, OneContradictionIsPointedOutAmongMany) {
  std::vector<Row> rows;
  for (const int entries : {16, 256, 4096}) {
    rows.push_back(lookup("array", entries == 4096 ? 50 : 2, {{"entries", entries}}));
    rows.push_back(lookup("hash", 14, {{"entries", entries}}));
  }
  const auto judged = judge(kArrayBelowHash, with_rows(rows));
  EXPECT_EQ(judged.finding, Finding::kContradicted);
  EXPECT_THAT(judged.detail, HasSubstr("array lookup 50.0 ns"));
  EXPECT_THAT(judged.detail, HasSubstr("of 3 comparisons 2 confirm, 1 contradict"));
}

TEST(Judge, AnUnavailableSideHasAReasonAndNoCommand) {
  Row absent = lookup("hash", 1);
  absent.status = Status::kUnavailable;
  absent.reason = "no such type";
  absent.ns.reset();
  const auto judged = judge(kArrayBelowHash, with_rows({lookup("array", 2), absent}));
  EXPECT_EQ(judged.finding, Finding::kNotMeasured);
  ASSERT_THAT(judged.missing, SizeIs(1));
  EXPECT_EQ(judged.missing[0].reason, "unavailable: no such type");
  EXPECT_EQ(judged.missing[0].command, "");
}

TEST(Judge, InvalidRowsAndFloorsAreNoEvidence) {
  Row invalid = lookup("hash", 14), floor = lookup("hash", 14);
  invalid.status = Status::kInvalid;
  floor.is_floor = true;
  EXPECT_EQ(judge(kArrayBelowHash, with_rows({lookup("array", 2), invalid, floor})).finding,
            Finding::kNotMeasured);
}

TEST(Judge, TheExtremesOfASweepAreFound) {
  const Statement slower = {.id = "t",
                            .topic = "maps",
                            .claim = "c",
                            .why = "w",
                            .left = {"hash", "lookup", "program", "threads=max"},
                            .relation = Relation::kAtLeast,
                            .factor = 1.25,
                            .right = {"hash", "lookup", "program", "threads=min"}};
  std::vector<Row> rows;
  for (const int threads : {1, 2, 4}) rows.push_back(lookup("hash", 10.0 * threads, {{"threads", threads}}));
  const auto judged = judge(slower, with_rows(rows));
  EXPECT_EQ(judged.finding, Finding::kConfirmed);
  ASSERT_THAT(judged.compared, SizeIs(1));
  EXPECT_EQ(judged.compared[0].left, "hash lookup, threads=4");
  EXPECT_EQ(judged.compared[0].right, "hash lookup, threads=1");
  // One place is no sweep.
  const auto single = judge(slower, with_rows({rows[0]}));
  EXPECT_EQ(single.finding, Finding::kNotMeasured);
  ASSERT_FALSE(single.missing.empty());
  EXPECT_THAT(single.missing[0].command, HasSubstr("--threads"));
}

TEST(Judge, AMetricIsComparedInItsUnit) {
  const Statement memory = {.id = "t",
                            .topic = "maps",
                            .claim = "c",
                            .why = "w",
                            .left = {"percpu_hash", "lookup", "program", ""},
                            .relation = Relation::kAtLeast,
                            .factor = 1,
                            .right = {"hash", "lookup", "program", ""},
                            .metric = "memory"};
  Row small = lookup("hash", 10), large = lookup("percpu_hash", 10);
  small.metrics = {{"memory", "bytes", {1024, 1024, 1024}}};
  large.metrics = {{"memory", "bytes", {4096, 4096, 4096}}};
  const auto judged = judge(memory, with_rows({small, large}));
  EXPECT_EQ(judged.finding, Finding::kConfirmed);
  EXPECT_THAT(judged.detail, HasSubstr("4.00 KiB"));
}

TEST(Statements, AreWellFormed) {
  std::set<std::string_view> ids;
  for (const Statement& one : statements()) {
    EXPECT_TRUE(ids.insert(one.id).second) << one.id;
    EXPECT_TRUE(one.claim.ends_with('.') && one.why.ends_with('.')) << one.id;
    EXPECT_GT(one.factor, 0) << one.id;
    EXPECT_TRUE(one.topic == "maps" || one.topic == "hooks" || one.topic == "submit" || one.topic == "load")
        << one.id;
  }
}

TEST(Purposes, AreWellFormed) {
  std::set<std::string_view> ids;
  for (const Purpose& one : purposes()) {
    EXPECT_TRUE(ids.insert(one.id).second) << one.id;
    EXPECT_FALSE(one.mix.empty()) << one.id;
    EXPECT_GE(one.candidates.size(), 2u) << one.id;
    for (const PurposeCandidate& candidate : one.candidates)
      for (const MixPart& part : one.mix) EXPECT_FALSE(candidate.op.empty() && part.op.empty()) << one.id;
  }
}

// What stands in no purpose, and why.
const std::map<std::string, std::string> kServeNoPurpose = {
    {"maps truth", "no map: a known amount of work, to check the measurement"},
    {"hooks iter", "runs when user space asks it to: no event that another hook could see"},
    {"hooks struct_ops", "takes the place of one of the kernel's algorithms: no other hook can"},
    {"hooks flow_dissector", "serves the kernel's own parser, and is measured hot only"}};

TEST(Purposes, HoldEveryBenchmarkThatServesOne) {
  std::set<std::string> held, measured;
  for (const Purpose& one : purposes())
    for (const PurposeCandidate& candidate : one.candidates)
      held.insert(std::string(one.topic) + " " + std::string(candidate.subject));
  for (const Family& family : {maps_family(), hooks_family(), submit_family()})
    for (const Benchmark& benchmark : family.benchmarks())
      measured.insert(std::string(family.name) + " " + benchmark.name);
  for (const std::string& name : measured)
    EXPECT_NE(held.contains(name), kServeNoPurpose.contains(name))
        << name << (held.contains(name) ? " is an exception and stands in a purpose" : " is in no purpose");
  for (const std::string& name : held) EXPECT_TRUE(measured.contains(name)) << "nothing measures " << name;
  for (const auto& [name, reason] : kServeNoPurpose) EXPECT_TRUE(measured.contains(name)) << name << reason;
}

// ---- recommendations

constexpr MixPart kMix[] = {{10, "update", "program", ""}, {1, "lookup", "user", ""}};
constexpr PurposeCandidate kTwo[] = {{"hash", ""}, {"percpu_hash", "a value for each CPU"}};
constexpr Purpose kCounters = {"counters", "maps", "Counters", "because.", kMix, kTwo};

Document counters(double hash_update, double percpu_update) {
  return with_rows({measured_row("maps", "hash", "update", "program", hash_update),
                    measured_row("maps", "hash", "lookup", "user", 300),
                    measured_row("maps", "percpu_hash", "update", "program", percpu_update),
                    measured_row("maps", "percpu_hash", "lookup", "user", 500)});
}

TEST(Recommend, AddsUpTheMix) {
  const auto out = recommend(kCounters, counters(60, 30));
  ASSERT_THAT(out.candidates, SizeIs(2));
  EXPECT_EQ(out.candidates[0].name, "percpu_hash");
  ASSERT_TRUE(out.candidates[0].cost);
  EXPECT_DOUBLE_EQ(out.candidates[0].cost->mean, 800);
  // Half-widths of 2 %; the two sides are two tasks: sqrt((10*0.6)^2 + 10^2).
  EXPECT_NEAR(*out.candidates[0].cost->high, 800 + std::sqrt(36.0 + 100), 1e-9);
  EXPECT_TRUE(out.candidates[0].best);
  EXPECT_FALSE(out.candidates[1].best);
  EXPECT_THAT(out.answer, HasSubstr("percpu_hash: 800 ns"));
  EXPECT_THAT(out.missing, IsEmpty());
}

TEST(Recommend, OperationsOfOneTaskAreOffTogether) {
  static constexpr MixPart kSession[] = {
      {1, "insert", "program", ""}, {2, "lookup", "program", ""}, {1, "lookup", "user", ""}};
  const Purpose purpose = {"p", "maps", "State", "because.", kSession, kTwo};
  const auto half_width = [&](const Json& of_insert, const Json& of_lookup) {
    const auto out =
        recommend(purpose, with_rows({measured_row("maps", "hash", "insert", "program", 100, of_insert),
                                      measured_row("maps", "hash", "lookup", "program", 50, of_lookup),
                                      measured_row("maps", "hash", "lookup", "user", 300)}));
    EXPECT_TRUE(out.candidates[0].cost) << out.answer;
    return out.candidates[0].cost ? *out.candidates[0].cost->high - out.candidates[0].cost->mean : 0;
  };
  // Half-widths of 2 %: 2, 1 and 6.
  EXPECT_NEAR(half_width({{"threads", 1}}, {{"threads", 1}}), std::hypot(2 + 2 * 1, 6), 1e-9);
  // What one of the rows lacks belongs to the operation, not to the task.
  EXPECT_NEAR(half_width({{"threads", 1}}, {{"threads", 1}, {"batch", 8}}), std::hypot(2 + 2 * 1, 6), 1e-9);
  EXPECT_NEAR(half_width({{"threads", 2}}, {{"threads", 1}}), std::sqrt(4.0 + 4 + 36), 1e-9);
}

TEST(Recommend, ACandidateMayNeedAnOperationSeveralTimes) {
  static constexpr MixPart kLookup[] = {{1, "lookup", "program", ""}};
  static constexpr PurposeCandidate kCandidates[] = {{"lpm_trie", ""}, {"hash", "asked 8 times", {}, {}, 8}};
  const Purpose purpose = {"p", "maps", "Prefixes", "because.", kLookup, kCandidates};
  const auto out = recommend(purpose, with_rows({lookup("lpm_trie", 90), lookup("hash", 14)}));
  EXPECT_EQ(out.candidates[0].name, "lpm_trie");
  EXPECT_DOUBLE_EQ(out.candidates[1].cost->mean, 112);
  EXPECT_THAT(out.candidates[1].made_of, HasSubstr("8 x lookup"));
}

Row stream(const char* path, int producers, const char* consumer, double ns) {
  return measured_row("submit", path, "stream_reserve", "program", ns,
                      {{"producers", producers}, {"consumer", consumer}});
}

TEST(Recommend, WhatMustBeVariedIsNotServedByOne) {
  static constexpr MixPart kMany[] = {{1, "stream_reserve", "program", "producers=max,consumer=any"}};
  static constexpr PurposeCandidate kPaths[] = {{"ringbuf", ""}, {"perf_event_array", ""}};
  const Purpose purpose = {"many", "submit", "Many", "because.", kMany, kPaths, "", "", "producers"};
  std::vector<Row> rows = {stream("ringbuf", 1, "other", 50), stream("perf_event_array", 1, "other", 90),
                           stream("ringbuf", 1, "same", 60)};
  const auto one = recommend(purpose, with_rows(rows));
  EXPECT_THAT(one.answer, HasSubstr("Nothing"));
  ASSERT_THAT(one.missing, SizeIs(2));
  EXPECT_THAT(one.missing[0].command, HasSubstr("--producers 1,2"));
  EXPECT_EQ(one.missing[0].what, "ringbuf stream_reserve in the program, producers=max");
  // Producers take all CPUs: the consumer is not where it usually is.
  rows.push_back(stream("ringbuf", 2, "same", 200));
  rows.push_back(stream("perf_event_array", 2, "same", 95));
  const auto two = recommend(purpose, with_rows(rows));
  EXPECT_THAT(two.answer, HasSubstr("perf_event_array: 95.0 ns"));
  EXPECT_THAT(two.where, HasSubstr("producers=2"));
  // Where it is measured, the usual place is taken.
  rows.push_back(stream("ringbuf", 2, "other", 80));
  EXPECT_DOUBLE_EQ(recommend(purpose, with_rows(rows)).candidates[0].cost->mean, 80);
}

TEST(Recommend, WhatCannotBeToldApartIsNamedTogether) {
  const auto out = recommend(kCounters, counters(50, 30.1));
  EXPECT_TRUE(out.candidates[0].best && out.candidates[1].best);
  EXPECT_THAT(out.answer, HasSubstr("their intervals overlap"));
}

TEST(Recommend, WhatWasNotMeasuredIsNotRecommended) {
  Document document = counters(60, 30);
  document.rows.pop_back();
  const auto out = recommend(kCounters, document);
  EXPECT_EQ(out.candidates.back().name, "percpu_hash");
  EXPECT_FALSE(out.candidates.back().cost);
  EXPECT_FALSE(out.candidates.back().best);
  EXPECT_THAT(out.answer, HasSubstr("Only hash was measured"));
  ASSERT_THAT(out.missing, SizeIs(1));
  EXPECT_EQ(out.missing[0].what, "percpu_hash lookup from user space");
  EXPECT_THAT(recommend(kCounters, with_rows({})).answer, HasSubstr("Nothing"));
}

TEST(Recommend, AllCandidatesAreComparedWithAsManyThreads) {
  static constexpr MixPart kThreaded[] = {{1, "update", "program", "threads=max"}};
  const Purpose purpose = {"p", "maps", "Counters", "because.", kThreaded, kTwo};
  const auto row = [](const char* type, int threads, double ns) {
    return measured_row("maps", type, "update", "program", ns, {{"threads", threads}});
  };
  std::vector<Row> rows = {row("hash", 1, 60), row("hash", 2, 300), row("percpu_hash", 1, 70)};
  const auto one = recommend(purpose, with_rows(rows));
  EXPECT_EQ(one.candidates[0].name, "hash");
  EXPECT_THAT(one.where, HasSubstr("threads=1"));
  rows.push_back(row("percpu_hash", 2, 71));
  const auto two = recommend(purpose, with_rows(rows));
  EXPECT_EQ(two.candidates[0].name, "percpu_hash");
  EXPECT_THAT(two.where, HasSubstr("threads=2"));
}

TEST(Recommend, WhereIsNotSaidByTasksThatCouldNotBeDone) {
  static constexpr MixPart kRecord[] = {{1, "", "program", ""}};
  static constexpr PurposeCandidate kPaths[] = {{"ringbuf", "", {}, "reserve"},
                                                {"perf_event_array", "", {}, "output"}};
  const Purpose purpose = {"record", "submit", "Records", "because.", kRecord, kPaths};
  std::vector<Row> rows = {measured_row("submit", "ringbuf", "reserve", "program", 50),
                           measured_row("submit", "perf_event_array", "output", "program", 90)};
  for (const char* consumer : {"other", "same"}) {
    rows.push_back(stream("ringbuf", 1, consumer, 60));
    rows.push_back({.benchmark = "submit",
                    .subject = "user_ringbuf",
                    .params = {{"consumer", consumer}},
                    .status = Status::kUnavailable});
  }
  EXPECT_EQ(recommend(purpose, with_rows(rows)).where, "idle");
}

TEST(Recommend, AnotherAnswerUnderLoadIsSaid) {
  Document document = counters(60, 30);
  for (const Row& row : counters(30, 60).rows) {
    document.rows.push_back(row);
    document.rows.back().condition = "cpu:80";
  }
  EXPECT_THAT(recommend(kCounters, document).answer, HasSubstr("Under cpu:80 it is hash."));
}

TEST(Recommend, WhatLosesRecordsIsNoAnswer) {
  const auto row = [](const char* path, double ns, double lost) {
    Row out = measured_row("submit", path, "output", "program", ns);
    out.metrics = {{"lost", "share", {lost, lost * 0.9, lost * 1.1}}};
    return out;
  };
  static constexpr MixPart kRecord[] = {{1, "output", "program", ""}};
  static constexpr PurposeCandidate kPaths[] = {{"ringbuf", ""}, {"perf_event_array", ""}};
  const Purpose stream = {"stream", "submit", "Records", "because.", kRecord, kPaths, "", "lost"};
  const auto out = recommend(stream, with_rows({row("ringbuf", 100, 0), row("perf_event_array", 50, 0.2)}));
  EXPECT_EQ(out.candidates[0].name, "perf_event_array");
  EXPECT_FALSE(out.candidates[0].best);
  EXPECT_TRUE(out.candidates[1].best);
  EXPECT_THAT(out.answer, HasSubstr("ringbuf"));
}

}  // namespace
}  // namespace bpftax::bench
