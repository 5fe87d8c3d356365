// A run that is interrupted, or loses its agent, at any moment and is then resumed: every planned window is
// there exactly once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <functional>
#include <map>
#include <set>
#include <tuple>

#include "host/interrupt.h"
#include "run/journal.h"
#include "run/state.h"
#include "run/testing_campaign.h"

namespace bpftax {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

constexpr int kBlocks = 2;

void make_small(Campaign& campaign) {
  campaign.plan.stopping.looks = {kBlocks};
  campaign.plan.sample_interval_ms = 1000;
}

// What a complete run must have, whatever happened to it.
void expect_complete(const Campaign& campaign, const RunOutcome& outcome, const RunResult& reference) {
  ASSERT_FALSE(outcome.error) << to_string(*outcome.error);
  const RunResult& result = outcome.result;
  EXPECT_TRUE(result.complete);
  EXPECT_EQ(result.blocks_done, kBlocks);
  std::map<std::tuple<int, std::string, std::string>, int> timed;
  std::map<int, int> per_block;
  int warm_up = 0, attribution = 0;
  for (const ResultWindow& window : result.windows) {
    if (window.purpose == "timed") {
      EXPECT_EQ((++timed[{window.block, window.arm, window.workload}]), 1);
    }
    if (window.purpose == "timed" && window.valid) ++per_block[window.block];
    warm_up += window.purpose == "warmup" ? 1 : 0;
    attribution += window.purpose == "attribution" ? 1 : 0;
  }
  EXPECT_EQ(warm_up, 3);
  EXPECT_EQ(attribution, 1);
  ASSERT_EQ(per_block.size(), static_cast<size_t>(kBlocks));
  for (const auto& [block, windows] : per_block) EXPECT_EQ(windows, 3) << "block " << block;
  ASSERT_EQ(result.comparisons.size(), reference.comparisons.size());
  for (size_t i = 0; i < reference.comparisons.size(); ++i) {
    EXPECT_EQ(result.comparisons[i].metric, reference.comparisons[i].metric);
    EXPECT_EQ(result.comparisons[i].blocks, reference.comparisons[i].blocks);
  }
  ASSERT_EQ(result.subjects.size(), 1u);
  EXPECT_EQ(result.subjects[0].status, "measured");
  ASSERT_EQ(result.subjects[0].programs.size(), 1u);
  EXPECT_TRUE(result.subjects[0].programs[0].ns_per_run.has_value());
  EXPECT_THAT(campaign.host->running(), IsEmpty());
}

// Breaks a run at each call of the host in turn, resumes it, and checks what came out.
void break_at_every_call(ErrorKind expected, const std::function<void(FakeHost&, int)>& fault) {
  Campaign untouched;
  make_small(untouched);
  const RunOutcome reference = untouched.run();
  const int calls = untouched.host->call_count();
  ASSERT_GT(calls, 100);
  int broken = 0;
  for (int call = 1; call <= calls; ++call) {
    SCOPED_TRACE(testing::Message() << "at call " << call << " of " << calls);
    Campaign campaign;
    make_small(campaign);
    fault(campaign.new_host(), call);
    const RunOutcome first = campaign.run();
    EXPECT_THAT(campaign.host->running(), IsEmpty()) << "nothing of ours runs on, whatever happened";
    EXPECT_FALSE(campaign.host->stats_on());
    if (!first.error) {  // in a call that only ends or undoes things
      expect_complete(campaign, first, reference.result);
      continue;
    }
    ++broken;
    ASSERT_EQ(first.error->kind, expected) << to_string(*first.error);
    EXPECT_TRUE(first.resumable);
    EXPECT_FALSE(first.result.complete);
    campaign.new_host();
    expect_complete(campaign, campaign.run(true), reference.result);
    if (testing::Test::HasFailure()) return;
  }
  EXPECT_GT(broken, calls / 2);
}

TEST(Resume, CompletesARunThatTheUserInterruptedAtAnyCall) {
  break_at_every_call(ErrorKind::kInterrupted,
                      [](FakeHost& host, int call) { host.interrupt_at_call(call); });
}

TEST(Resume, CompletesARunThatLostItsAgentAtAnyCall) {
  break_at_every_call(ErrorKind::kLost, [](FakeHost& host, int call) { host.lose_at_call(call); });
}

TEST(RunState, DoesNotCountAPauseAsTimeOfTheBlock) {
  constexpr int64_t kS = 1'000'000'000;
  RunState state;
  const auto apply = [&](int64_t at_s, RecordBody body) {
    ASSERT_TRUE(state.apply({1'000 * kS + at_s * kS, std::move(body)}));
  };
  const auto window = [](const char* arm) {
    WindowRecord record;
    record.window.block = 1;
    record.window.arm = arm;
    record.window.workload = "tcp_rr";
    record.window.valid = true;
    return record;
  };
  apply(0, SessionRecord{1, "boot", "1"});
  apply(10, BlockEndRecord{.block = 0, .valid = true});
  apply(13, window("A1"));
  apply(400, SessionRecord{2, "boot", "1"});
  apply(405, window("A2"));
  apply(406, BlockEndRecord{.block = 1, .valid = true});
  const BlockState& block = *state.block_state(1);
  EXPECT_EQ(block.ended_active_ns - block.began_active_ns, 9 * kS)
      << "3 s to the first window, 6 s after the pause";
}

class InterruptedInBlock : public testing::Test {
 protected:
  InterruptedInBlock() {
    make_small(campaign_);
    make_small(reference_campaign_);
    reference_ = reference_campaign_.run().result;
    // Clients 1 to 3 are the warm-up's; the user interrupts as the last window of block 1 begins.
    campaign_.script.client = [](int number, const std::string&, FakeProcess&) {
      if (number == 6) request_interrupt(SIGINT);
    };
    campaign_.new_host();
    const RunOutcome first = campaign_.run();
    EXPECT_TRUE(first.error && first.error->kind == ErrorKind::kInterrupted);
    campaign_.script.client = nullptr;
    campaign_.new_host();
  }
  std::set<int> valid_blocks(const RunResult& result) {
    std::set<int> blocks;
    for (const ResultWindow& window : result.windows) {
      if (window.purpose == "timed" && window.valid) blocks.insert(window.block);
    }
    return blocks;
  }

  Campaign campaign_, reference_campaign_;
  RunResult reference_;
};

TEST_F(InterruptedInBlock, IsContinuedInThatBlockSoonAfter) {
  campaign_.clock.advance_ns(540LL * 1'000'000'000);
  const RunOutcome outcome = campaign_.run(true);
  expect_complete(campaign_, outcome, reference_);
  EXPECT_EQ(valid_blocks(outcome.result), (std::set<int>{1, 2}));
}

TEST_F(InterruptedInBlock, LosesThatBlockAfterALongPause) {
  campaign_.clock.advance_ns(601LL * 1'000'000'000);
  const RunOutcome outcome = campaign_.run(true);
  expect_complete(campaign_, outcome, reference_);
  EXPECT_EQ(valid_blocks(outcome.result), (std::set<int>{2, 3}));
  EXPECT_THAT(outcome.result.drops, IsEmpty()) << "an interruption is no arm's fault";
}

TEST_F(InterruptedInBlock, LosesThatBlockWhenTheMachineWasRestarted) {
  const std::string path = campaign_.dir() + "/" + kJournalFile;
  std::string text = campaign_.journal_text();
  const std::string boot_id = "00000000-0000-4000-8000-000000000000";
  const size_t at = text.find(boot_id);
  ASSERT_NE(at, std::string::npos);
  text.replace(at, boot_id.size(), "11111111-1111-4111-8111-111111111111");
  ASSERT_TRUE(write_file_atomically(path, text));
  const RunOutcome outcome = campaign_.run(true);
  expect_complete(campaign_, outcome, reference_);
  EXPECT_EQ(valid_blocks(outcome.result), (std::set<int>{2, 3}));
}

TEST_F(InterruptedInBlock, LosesOnlyTheLastRecordOfACutJournal) {
  const std::string path = campaign_.dir() + "/" + kJournalFile;
  const std::string text = campaign_.journal_text();
  ASSERT_TRUE(write_file_atomically(path, text.substr(0, text.size() - 20)));
  expect_complete(campaign_, campaign_.run(true), reference_);
}

TEST(Resume, OfACompleteRunMeasuresNothingAgain) {
  Campaign campaign;
  make_small(campaign);
  const RunOutcome first = campaign.run();
  campaign.new_host();
  const RunOutcome again = campaign.run(true);
  ASSERT_FALSE(again.error);
  EXPECT_THAT(campaign.host->started(), IsEmpty());
  EXPECT_EQ(again.result.windows.size(), first.result.windows.size());
}

TEST(Resume, RemembersThatEverySubjectFailed) {
  Campaign campaign;
  make_small(campaign);
  campaign.script.tool = [](int, const std::string&, FakeProcess& tool) { tool.runs_for_ns = 1000; };
  ASSERT_TRUE(campaign.run().error);
  campaign.new_host();
  const RunOutcome again = campaign.run(true);
  ASSERT_TRUE(again.error);
  EXPECT_EQ(again.error->kind, ErrorKind::kSubject);
  EXPECT_THAT(campaign.host->started(), IsEmpty());
}

TEST(Resume, KeepsTheBudgetOverSessions) {
  Campaign campaign;
  campaign.plan.stopping.looks = {6, 12, 18, 24};
  campaign.plan.stopping.budget_s = 150;
  campaign.script.noise = 0.2;
  campaign.new_host().interrupt_at_ns(campaign.clock.monotonic_ns() + 80LL * 1'000'000'000);
  ASSERT_TRUE(campaign.run().error);
  campaign.clock.advance_ns(300LL * 1'000'000'000);
  campaign.new_host();
  const int64_t began = campaign.clock.monotonic_ns();
  const RunOutcome outcome = campaign.run(true);
  ASSERT_FALSE(outcome.error) << to_string(*outcome.error);
  EXPECT_LE(static_cast<double>(campaign.clock.monotonic_ns() - began) * 1e-9, 71);
  EXPECT_THAT(outcome.result.stop_reason, HasSubstr("budget"));
}

}  // namespace
}  // namespace bpftax
