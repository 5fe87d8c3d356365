// Stopping processes and everything they forked, with a real agent.
#include <gtest/gtest.h>

#include <csignal>

#include "agent/agent_under_test.h"
#include "util/files.h"

namespace bpftax {
namespace {

class AgentStop : public testing::Test {
 protected:
  AgentUnderTest agent_;
};

TEST_F(AgentStop, AsksWithSigintFirst) {
  ProcessSpec spec = helper({"polite", agent_.work("pid"), "summary"});
  spec.stdout_path = agent_.work("out");
  spec.stop = {20'000, 20'000};
  const ProcessHandle process = agent_.start(spec);
  process_of(agent_.work("pid"));
  const StopReport report = agent_.stop(process);
  EXPECT_EQ(report.ended_by, "SIGINT");
  EXPECT_TRUE(report.status.ok());
  EXPECT_FALSE(report.already_gone);
  EXPECT_TRUE(report.stragglers.empty());
  EXPECT_EQ(report.status.output_bytes, 8) << "what it wrote on its way out counts";
  EXPECT_EQ(read_file(spec.stdout_path).value(), "summary\n");
}

TEST_F(AgentStop, InsistsWithSigtermThenSigkill) {
  ProcessSpec spec;
  spec.name = "ignores SIGINT";
  spec.shell = "trap '' INT; echo $$ > " + agent_.work("pid") + "; while :; do sleep 0.01; done";
  spec.stop = {200, 20'000};
  const ProcessHandle ignores_int = agent_.start(spec);
  process_of(agent_.work("pid"));
  EXPECT_EQ(agent_.stop(ignores_int).ended_by, "SIGTERM");

  const ProcessHandle stubborn = agent_.start(helper({"stubborn", agent_.work("pid2")}));
  const ProcessIdentity identity = process_of(agent_.work("pid2"));
  const StopReport report = agent_.stop(stubborn);
  EXPECT_EQ(report.ended_by, "SIGKILL");
  EXPECT_TRUE(report.status.signaled);
  EXPECT_EQ(report.status.code, SIGKILL);
  EXPECT_GE(report.took_ms, 600) << "both graces were given";
  EXPECT_FALSE(is_alive(identity));
}

TEST_F(AgentStop, SkipsAStepWhoseGraceIsZero) {
  ProcessSpec spec = helper({"polite", agent_.work("pid"), "x"});
  spec.stop = {0, 0};
  const ProcessHandle process = agent_.start(spec);
  process_of(agent_.work("pid"));
  EXPECT_EQ(agent_.stop(process).ended_by, "SIGKILL");
}

TEST_F(AgentStop, IsIdempotentAndKnowsWhatHadEndedBefore) {
  ProcessSpec spec;
  spec.shell = "exit 3";
  const ProcessHandle gone = agent_.start(spec);
  agent_.wait(gone);
  const StopReport report = agent_.stop(gone);
  EXPECT_TRUE(report.already_gone);
  EXPECT_EQ(report.ended_by, "");
  EXPECT_EQ(report.status.code, 3);

  const ProcessHandle process = agent_.start(helper({"polite", agent_.work("pid"), "x"}));
  process_of(agent_.work("pid"));
  const int64_t first = agent_.send("stop", {{"id", process.id}});
  const int64_t second = agent_.send("stop", {{"id", process.id}});
  EXPECT_EQ(agent_.receive(first).result["ended_by"], "SIGINT");
  EXPECT_EQ(agent_.receive(second).result["ended_by"], "SIGINT");
  const StopReport third = agent_.stop(process);
  EXPECT_TRUE(third.already_gone);
  EXPECT_EQ(third.ended_by, "SIGINT") << "as the first one was answered";
  EXPECT_NE(agent_.call_expecting_error("stop", {{"id", 4711}}).what, "");
}

TEST_F(AgentStop, EndsAShellWrapperWithItsChildren) {
  ProcessSpec spec;
  spec.stop = {300, 300};
  spec.shell = helper_path() + " stubborn " + agent_.work("a") + " & " + helper_path() + " stubborn " +
               agent_.work("b") + "; echo never";
  const ProcessHandle process = agent_.start(spec);
  const ProcessIdentity a = process_of(agent_.work("a"));
  const ProcessIdentity b = process_of(agent_.work("b"));
  agent_.stop(process);
  EXPECT_FALSE(is_alive(a));
  EXPECT_FALSE(is_alive(b));
}

TEST_F(AgentStop, EndsAFamilyAndReportsNobodyWhoWentOnTheFirstSignal) {
  const ProcessHandle process =
      agent_.start(helper({"family", agent_.work("a"), agent_.work("b"), agent_.work("c")}));
  const std::vector<ProcessIdentity> children = {process_of(agent_.work("a")), process_of(agent_.work("b")),
                                                 process_of(agent_.work("c"))};
  const StopReport report = agent_.stop(process);
  EXPECT_EQ(report.ended_by, "SIGINT");
  EXPECT_TRUE(report.stragglers.empty());
  for (const ProcessIdentity& child : children) EXPECT_FALSE(is_alive(child));
}

TEST_F(AgentStop, EndsADaemonThatDetachedItself) {
  const ProcessHandle process = agent_.start(helper({"daemon", agent_.work("pid")}));
  const ProcessIdentity daemon = process_of(agent_.work("pid"));
  EXPECT_TRUE(agent_.wait(process).ok()) << "the process that was started has ended";
  EXPECT_TRUE(is_alive(daemon));
  const StopReport report = agent_.stop(process);
  EXPECT_TRUE(report.already_gone);
  EXPECT_EQ(report.stragglers, std::vector<int>{daemon.pid});
  EXPECT_FALSE(is_alive(daemon));
}

TEST_F(AgentStop, EndsAnOrphanWithAnotherSessionAndNoEnvironmentIfItWasSeenBefore) {
  const ProcessHandle process = agent_.start(helper({"orphan", agent_.work("pid")}));
  const ProcessIdentity orphan = process_of(agent_.work("pid"));
  agent_.wait(process);
  ASSERT_TRUE(is_alive(orphan));
  const StopReport report = agent_.stop(process);
  EXPECT_EQ(report.stragglers, std::vector<int>{orphan.pid});
  EXPECT_FALSE(is_alive(orphan));
}

TEST_F(AgentStop, EndsAStoppedProcess) {
  ProcessSpec spec = helper({"polite", agent_.work("pid"), "x"});
  spec.stop = {20'000, 20'000};
  const ProcessHandle process = agent_.start(spec);
  ASSERT_TRUE(send_signal(process_of(agent_.work("pid")), SIGSTOP).has_value());
  EXPECT_EQ(agent_.stop(process).ended_by, "SIGINT");
}

TEST_F(AgentStop, SendsSigintOnceAlsoThroughSudo) {
  if (!path_exists("/usr/bin/sudo")) GTEST_SKIP() << "sudo is not installed";
  for (const bool wrapped : {false, true}) {
    const std::string pid_file = agent_.work(wrapped ? "wrapped" : "plain");
    ProcessSpec spec = helper({"count", std::to_string(SIGINT), pid_file});
    if (wrapped) spec.argv.insert(spec.argv.begin(), {"sudo", "-n"});
    spec.stdout_path = agent_.work("out");
    spec.stop = {20'000, 20'000};
    const ProcessHandle process = agent_.start(spec);
    const ProcessIdentity identity = process_of(pid_file);
    const StopReport report = agent_.stop(process);
    EXPECT_EQ(read_file(spec.stdout_path).value(), "1\n") << (wrapped ? "with sudo" : "without");
    EXPECT_TRUE(report.status.ok());
    EXPECT_FALSE(is_alive(identity));
  }
}

}  // namespace
}  // namespace bpftax
