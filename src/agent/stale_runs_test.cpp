#include "agent/stale_runs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "agent/temporary_folder.h"
#include "util/files.h"
#include "util/json.h"

namespace bpftax {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

// A process that stands for an agent: ends at SIGTERM, or, stubborn, only at SIGKILL.
class StandIn {
 public:
  explicit StandIn(bool stubborn = false) {
    pid_ = ::fork();
    if (pid_ == 0) {
      if (stubborn) ::signal(SIGTERM, SIG_IGN);
      while (true) ::pause();
    }
    identity_ = identify(pid_).value();
    // A zombie is dead, but an agent's parent reaps it.
    reaper_ = std::thread([pid = pid_] { ::waitpid(pid, nullptr, 0); });
  }
  ~StandIn() {
    ::kill(pid_, SIGKILL);
    reaper_.join();
  }
  StandIn(const StandIn&) = delete;
  StandIn& operator=(const StandIn&) = delete;
  const ProcessIdentity& identity() const { return identity_; }
  bool alive() const { return is_alive(identity_); }

 private:
  pid_t pid_ = -1;
  ProcessIdentity identity_;
  std::thread reaper_;
};

class StaleRunsTest : public testing::Test {
 protected:
  void record(const std::string& run_id, const ProcessIdentity& agent) {
    const auto ledger = Ledger::open(state_, run_id);
    ASSERT_TRUE(ledger);
    ASSERT_TRUE(ledger->record_agent(agent));
    ASSERT_TRUE(make_directories(folder_ / ("tree/" + run_id)));
    ASSERT_TRUE(ledger->record_tree({folder_ / "tree", folder_ / ("tree/" + run_id)}));
  }
  bool tree_exists(const std::string& run_id) const { return path_exists(folder_ / ("tree/" + run_id)); }

  TemporaryFolder folder_;
  std::string state_ = folder_ / "state";
  ProcessIdentity dead_{.pid = 1, .start_ticks = INT64_MAX};
};

TEST_F(StaleRunsTest, only_what_the_dead_have_left_is_undone) {
  const StandIn living;
  record("old", dead_);
  record("new", living.identity());
  EXPECT_THAT(*dead_runs(state_), ElementsAre("old"));
  const auto report = undo_dead_runs(state_);
  ASSERT_TRUE(report);
  EXPECT_THAT(report->live, ElementsAre("new"));
  EXPECT_THAT(report->removed, Contains("the record of the run old"));
  EXPECT_FALSE(tree_exists("old"));
  EXPECT_TRUE(tree_exists("new"));
  EXPECT_THAT(*dead_runs(state_), IsEmpty());
  EXPECT_EQ(to_json(*report)["live"][0], "new");
}

TEST_F(StaleRunsTest, an_agent_that_is_just_starting_is_not_dead) {
  ASSERT_TRUE(Ledger::open(state_, "young"));
  EXPECT_THAT(*dead_runs(state_), IsEmpty());
  EXPECT_THAT(undo_dead_runs(state_)->live, ElementsAre("young"));
}

TEST_F(StaleRunsTest, no_folder_means_nothing_to_do) {
  EXPECT_THAT(*dead_runs(state_), IsEmpty());
  EXPECT_THAT(undo_dead_runs(state_)->removed, IsEmpty());
  EXPECT_THAT(end_runs(state_, "x", 100)->removed, IsEmpty());
}

TEST_F(StaleRunsTest, ending_ends_runs_by_the_beginning_of_their_id_and_no_others) {
  const StandIn mine, theirs;
  record("camp.server.01", mine.identity());
  record("camp.server.00", dead_);
  record("camp.client.01", theirs.identity());
  const auto report = end_runs(state_, "camp.server.", 5'000);
  ASSERT_TRUE(report);
  EXPECT_THAT(report->problems, IsEmpty());
  EXPECT_FALSE(mine.alive());
  EXPECT_TRUE(theirs.alive());
  EXPECT_FALSE(tree_exists("camp.server.01")) << "an agent that did not clean up is cleaned up after";
  EXPECT_FALSE(tree_exists("camp.server.00"));
  EXPECT_TRUE(tree_exists("camp.client.01"));
}

TEST_F(StaleRunsTest, an_agent_that_does_not_end_is_killed) {
  const StandIn stubborn(true);
  record("camp.server.01", stubborn.identity());
  const auto report = end_runs(state_, "camp.", 50);
  ASSERT_TRUE(report);
  EXPECT_THAT(report->problems, IsEmpty());
  EXPECT_FALSE(stubborn.alive());
  EXPECT_FALSE(tree_exists("camp.server.01"));
}

TEST_F(StaleRunsTest, ending_everything_must_be_asked_for_by_name) {
  const StandIn living;
  record("new", living.identity());
  EXPECT_FALSE(end_runs(state_, "", 100));
  EXPECT_TRUE(living.alive());
}

}  // namespace
}  // namespace bpftax
