#include "run/journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include "run/state.h"

namespace bpftax {
namespace {

using testing::HasSubstr;

std::vector<JournalRecord> one_of_each() {
  ProgramRecord program{12, "count", "tracepoint", "tracepoint:net:netif_receive_skb", 120, std::nullopt, 7,
                        9,  1};
  ResultMap map{13, "counts", "hash", 1024, 4096};
  ResultWindow window;
  window.block = 3;
  window.arm = "t1";
  window.subject = "t1";
  window.workload = "tcp_rr";
  window.start_realtime_ns = 1'790'000'000'123'456'789;
  window.duration_s = 2;
  window.valid = true;
  window.metrics = {{"latency_mean_us", 12.345678901234567}};
  window.conditions = {{"idle_percent", 40.5}};
  WindowRecord timed{window, 81'000.5, "transaction", 1, 2'000'000'001, {"/raw/a", "/raw/b"}, {"a remark"}};
  WindowRecord attributed = timed;
  attributed.window.purpose = "attribution";
  return {
      {1, RunRecord{"run-1", "abc", "0.1.0"}},
      {2, SessionRecord{1, "boot", "0.1.0"}},
      {3, ArmStartRecord{3, "t1", 312.5, true, {program}, {map}}},
      {4, timed},
      {5, ArmEndRecord{3, "t1", "SIGINT", "exit code 0", 12, 4711, true, 42, {"map 13 counts (hash)"}}},
      {6, FailureRecord{3, "t1", "window", "it ended", "Segmentation fault"}},
      {7, BlockEndRecord{3, false, true, "a \"reason\"\n", "t1"}},
      {8, AttributionRecord{attributed, 1.6, {program}, {map}}},
      {9, StatsCostRecord{20.5, 41}},
      {9, EntryCostRecord{"tp_btf", EntryCost{"tp_btf", 58, 4, 45.5}, ""}},
      {9, EntryCostRecord{"kprobe", std::nullopt, "the kernel has no kprobe events"}},
      {10, MeasuredRecord{"the planned 24 blocks are done"}},
  };
}

std::string text_of(const std::vector<JournalRecord>& records) {
  std::string text;
  for (const JournalRecord& record : records) text += dump_line(to_json(record)) + "\n";
  return text;
}

class JournalFile : public testing::Test {
 protected:
  JournalFile() {
    std::string pattern = "/tmp/bpftax_journal_test.XXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr) abort();
    dir_ = pattern;
    path_ = dir_ + "/journal.jsonl";
  }
  ~JournalFile() override {
    const auto removed = remove_tree(dir_);
    (void)removed;
  }
  std::string dir_, path_;
};

TEST(JournalJson, SurvivesTheRoundTripForEachKindOfRecord) {
  const std::string text = text_of(one_of_each());
  const auto read = parse_journal(text, "test");
  ASSERT_TRUE(read) << to_string(read.error());
  EXPECT_EQ(read->records.size(), one_of_each().size());
  EXPECT_FALSE(read->cut);
  EXPECT_EQ(text_of(read->records), text);
}

TEST(JournalJson, DropsALastLineThatWasCutAnywhere) {
  const std::string text = text_of(one_of_each());
  size_t complete = 0, line_end = 0;
  for (size_t size = 0; size <= text.size(); ++size) {
    if (size > 0 && text[size - 1] == '\n') {
      ++complete;
      line_end = size;
    }
    const auto read = parse_journal(text.substr(0, size), "test");
    ASSERT_TRUE(read) << size;
    EXPECT_EQ(read->records.size(), complete);
    EXPECT_EQ(read->good_bytes, line_end);
    EXPECT_EQ(read->cut, size != line_end);
  }
}

TEST(JournalJson, RefusesABrokenLineInTheMiddleWithItsNumber) {
  std::string text = text_of(one_of_each());
  text.insert(text.find("session"), "\"");
  const auto read = parse_journal(text, "journal.jsonl");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind, ErrorKind::kUsage);
  EXPECT_EQ(read.error().where, "journal.jsonl:2");
}

TEST(JournalJson, RefusesUnknownRecordsAndWrongTypes) {
  for (const char* line :
       {R"({"type":"surprise","at_ns":1})", R"({"type":"window","at_ns":1})", R"([1])",
        R"({"type":"measured","at_ns":"1"})", R"({"type":"arm_end","at_ns":1,"left_behind":[1]})"}) {
    EXPECT_FALSE(parse_journal(std::string(line) + "\n" + text_of(one_of_each()), "test")) << line;
  }
}

TEST(JournalRecords, OfFilesClocksAndHooksAreReadAsTheyWereWritten) {
  const std::vector<RecordBody> bodies = {
      FilesRecord{{{"host-server", {"a/b", "c"}}, {"host-client", {}}}},
      ClockOffsetsRecord{3, "A1", {{"host-server", -5'000'000'000, 120'000}}},
      HookRecord{"case_init", "load", "host-server", 2, "t1", "tcp_rr", false, true, "exit code 1", 17}};
  for (const RecordBody& body : bodies) {
    const Json json = to_json(JournalRecord{42, body});
    const auto read = journal_record_from_json(json);
    ASSERT_TRUE(read) << to_string(read.error());
    EXPECT_EQ(to_json(*read), json);
  }
  for (const char* text : {R"({"type":"files","at_ns":1})", R"({"type":"files","at_ns":1,"files":{"h":[1]}})",
                           R"({"type":"clock_offsets","at_ns":1,"offsets":[{"offset_ns":"x"}]})",
                           R"({"type":"hook","at_ns":1,"ok":"yes"})"}) {
    EXPECT_FALSE(journal_record_from_json(Json::parse(text))) << text;
  }
}

TEST(RunState, TakesASubjectOutWhoseToolCouldNotBePrepared) {
  RunState state;
  ASSERT_TRUE(state.apply({1, FailureRecord{0, "t1", "init", "hook x failed: no module", ""}}));
  EXPECT_TRUE(state.subject("t1").removed);
  EXPECT_FALSE(state.open_block()) << "no block has begun";
  ASSERT_TRUE(state.apply({2, FailureRecord{0, "A1", "start", "hook y failed", ""}}));
  EXPECT_FALSE(state.subject("A1").removed) << "nothing could be compared without a baseline";
  EXPECT_EQ(state.block_state(0)->failed_arms.count("A1"), 1u);
}

TEST_F(JournalFile, IsWrittenAndReadAgain) {
  auto journal = Journal::create(path_);
  ASSERT_TRUE(journal);
  for (const JournalRecord& record : one_of_each()) ASSERT_TRUE(journal->append(record));
  EXPECT_FALSE(Journal::create(path_)) << "a journal is never overwritten";
  const auto reopened = Journal::reopen(path_, "abc");
  ASSERT_TRUE(reopened);
  EXPECT_EQ(text_of(reopened->second), text_of(one_of_each()));
}

TEST_F(JournalFile, GoesOnBehindTheLastWholeLine) {
  const std::string text = text_of(one_of_each());
  ASSERT_TRUE(write_file_atomically(path_, text + R"({"type":"measu)"));
  auto reopened = Journal::reopen(path_, "abc");
  ASSERT_TRUE(reopened);
  ASSERT_TRUE(reopened->first.append({11, MeasuredRecord{"again"}}));
  const auto all = Journal::reopen(path_, "abc");
  ASSERT_TRUE(all);
  EXPECT_EQ(all->second.size(), one_of_each().size() + 1);
}

TEST_F(JournalFile, IsRefusedForAnotherPlan) {
  ASSERT_TRUE(write_file_atomically(path_, text_of(one_of_each())));
  const auto reopened = Journal::reopen(path_, "another");
  ASSERT_FALSE(reopened);
  EXPECT_EQ(reopened.error().kind, ErrorKind::kUsage);
  EXPECT_THAT(reopened.error().why, HasSubstr("another plan"));
}

TEST(RunState, RefusesAWindowThatStandsInTheJournalTwice) {
  RunState state;
  const JournalRecord window = one_of_each()[3];
  ASSERT_TRUE(state.apply(window));
  EXPECT_FALSE(state.apply(window));
}

TEST(RunState, CountsTheTimeOfSessionsWithoutThePausesBetweenThem) {
  constexpr int64_t kS = 1'000'000'000;
  RunState state;
  ASSERT_TRUE(state.apply({100 * kS, SessionRecord{1, "b", ""}}));
  ASSERT_TRUE(state.apply({130 * kS, StatsCostRecord{}}));
  ASSERT_TRUE(state.apply({900 * kS, SessionRecord{2, "b", ""}}));
  ASSERT_TRUE(state.apply({915 * kS, StatsCostRecord{}}));
  EXPECT_EQ(state.active_ns(), 45 * kS);
  EXPECT_EQ(state.sessions(), 2);
}

TEST(RunState, ForgetsAFailureAfterAGoodBlock) {
  RunState state;
  ASSERT_TRUE(state.apply({1, FailureRecord{1, "t1", "window", "died", ""}}));
  ASSERT_TRUE(state.apply({2, BlockEndRecord{1, false, false, "died", "t1"}}));
  EXPECT_EQ(state.dropped_in_row(), 1);
  WindowRecord window;
  window.window.block = 2;
  window.window.arm = window.window.subject = "t1";
  window.window.valid = true;
  ASSERT_TRUE(state.apply({3, window}));
  ASSERT_TRUE(state.apply({4, BlockEndRecord{2, true, false, "", ""}}));
  ASSERT_TRUE(state.apply({5, FailureRecord{3, "t1", "window", "died", ""}}));
  EXPECT_FALSE(state.subject("t1").removed);
  EXPECT_EQ(state.dropped_in_row(), 0);
  ASSERT_TRUE(state.apply({6, FailureRecord{4, "t1", "start", "died", ""}}));
  EXPECT_TRUE(state.subject("t1").removed);
}

}  // namespace
}  // namespace bpftax
