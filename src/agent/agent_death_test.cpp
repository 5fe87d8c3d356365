// Every way for controller and agent to die: nothing may be left. Processes are looked for by pid and by the
// run id in their environment.
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>

#include "agent/agent_under_test.h"
#include "agent/ledger.h"
#include "sample/process_tree.h"
#include "util/files.h"
#include "util/rng.h"

namespace bpftax {
namespace {

class AgentDeath : public testing::Test {
 protected:
  // Orphans of a killed keeper come to us instead of going to init, so that they are seen even with an empty
  // environment.
  void SetUp() override { ASSERT_EQ(::prctl(PR_SET_CHILD_SUBREAPER, 1), 0); }

  // One of each awkward kind.
  static std::vector<ProcessIdentity> start_zoo(AgentUnderTest& agent) {
    agent.start(helper({"stubborn", agent.work("stubborn")}));
    agent.start(helper({"family", agent.work("child1"), agent.work("child2")}));
    agent.start(helper({"daemon", agent.work("daemon")}));
    const ProcessHandle orphan = agent.start(helper({"orphan", agent.work("orphan")}));
    std::vector<ProcessIdentity> zoo;
    for (const char* name : {"stubborn", "child1", "child2", "daemon", "orphan"})
      zoo.push_back(process_of(agent.work(name)));
    agent.wait(orphan);
    return zoo;
  }
  static void own_things(AgentUnderTest& agent) {
    agent.call("own", {{"kind", "netns"}, {"what", "bpftax-" + agent.run_id()}});
    ProcessSpec spec;
    spec.argv = {"ip", "netns", "add", "bpftax-" + agent.run_id()};
    agent.call("run", {{"spec", to_json(spec)}, {"timeout_ms", 20'000}});
    agent.call("own", {{"kind", "tree"}, {"what", agent.work("mine")}});
    agent.call("make_directories", {{"path", agent.work("mine/deep")}});
  }
  static void expect_nothing_left(const AgentUnderTest& agent, const std::vector<ProcessIdentity>& zoo) {
    for (const ProcessIdentity& process : zoo) {
      EXPECT_NE(process.pid, 0);
      EXPECT_TRUE(eventually([&] { return !is_alive(process); })) << process.pid;
    }
    EXPECT_TRUE(eventually([&] { return processes_of_run(agent.run_id()).empty(); }));
    EXPECT_FALSE(path_exists("/run/netns/bpftax-" + agent.run_id()));
    EXPECT_FALSE(path_exists(agent.work("mine")));
    EXPECT_FALSE(path_exists(agent.state_directory())) << "the ledger is gone";
  }
};

TEST_F(AgentDeath, EndOfStdinStopsEverything) {
  AgentUnderTest agent;
  const auto zoo = start_zoo(agent);
  own_things(agent);
  agent.close_stdin();
  EXPECT_EQ(agent.wait_for_keeper(), 0);
  expect_nothing_left(agent, zoo);
}

TEST_F(AgentDeath, ABrokenStdoutStopsEverything) {
  AgentUnderTest agent;
  const auto zoo = start_zoo(agent);
  own_things(agent);
  agent.close_stdout();
  agent.send("clock", Json::object());
  EXPECT_EQ(agent.wait_for_keeper(), 0);
  expect_nothing_left(agent, zoo);
}

TEST_F(AgentDeath, ShutdownAnswersWhenEverythingHasBeenStopped) {
  AgentUnderTest agent;
  const auto zoo = start_zoo(agent);
  own_things(agent);
  const int64_t shutdown = agent.send("shutdown", Json::object());
  const int64_t late = agent.send("clock", Json::object());
  EXPECT_EQ(agent.receive(late).error.kind, ErrorKind::kLost) << "refused while it is going down";
  EXPECT_EQ(agent.receive(shutdown).kind, RpcMessage::Kind::kResult);
  expect_nothing_left(agent, zoo);
  EXPECT_EQ(agent.wait_for_keeper(), 0);
}

TEST_F(AgentDeath, ShutdownLetsPoliteProcessesEndInTheirOwnWay) {
  AgentUnderTest agent;
  ProcessSpec spec = helper({"polite", agent.work("pid"), "goodbye"});
  spec.stdout_path = agent.work("out");
  spec.stop = {20'000, 20'000};
  agent.start(spec);
  process_of(agent.work("pid"));
  agent.close_stdin();
  EXPECT_EQ(agent.wait_for_keeper(), 0);
  EXPECT_EQ(read_file(agent.work("out")).value(), "goodbye\n");
}

TEST_F(AgentDeath, SignalsToEitherProcessStopEverything) {
  for (const int number : {SIGTERM, SIGHUP}) {
    for (const bool keeper : {false, true}) {
      AgentUnderTest agent;
      const auto zoo = start_zoo(agent);
      ::kill(keeper ? agent.hello().keeper_pid : agent.hello().pid, number);
      EXPECT_EQ(agent.wait_for_keeper(), 0);
      expect_nothing_left(agent, zoo);
    }
  }
}

TEST_F(AgentDeath, SignalsOfATerminalAreIgnored) {
  AgentUnderTest agent;
  for (const int number : {SIGINT, SIGQUIT, SIGTSTP, SIGPIPE}) {
    ::kill(agent.hello().keeper_pid, number);
    ::kill(agent.hello().pid, number);
  }
  agent.call("clock");
  EXPECT_NE(read_process_stat("/proc", agent.hello().keeper_pid)->session, ::getsid(0));
  EXPECT_NE(read_process_stat("/proc", agent.hello().pid)->session, ::getsid(0));
}

TEST_F(AgentDeath, KillingTheWorkerLeavesNothing) {
  AgentUnderTest agent;
  const auto zoo = start_zoo(agent);
  own_things(agent);
  ::kill(agent.hello().pid, SIGKILL);
  EXPECT_EQ(agent.wait_for_keeper(), 3);
  expect_nothing_left(agent, zoo);
}

TEST_F(AgentDeath, KillingTheKeeperLeavesNothing) {
  AgentUnderTest agent;
  const auto zoo = start_zoo(agent);
  own_things(agent);
  const ProcessIdentity worker = identify(agent.hello().pid).value();
  ::kill(agent.hello().keeper_pid, SIGKILL);
  EXPECT_EQ(agent.wait_for_keeper(), -SIGKILL);
  EXPECT_TRUE(eventually([&] { return !is_alive(worker); }));
  expect_nothing_left(agent, zoo);
}

// Else the controller would take a tool for broken that only went down with the agent.
TEST_F(AgentDeath, WhatEndsWithTheAgentIsNotReportedAsEndedOfItself) {
  AgentUnderTest agent;
  ProcessSpec spec = helper({"polite", agent.work("pid"), "goodbye"});
  spec.stop = {20'000, 20'000};
  const ProcessHandle polite = agent.start(spec);
  process_of(agent.work("pid"));
  const int64_t waiting = agent.send("wait", {{"id", polite.id}, {"timeout_ms", 60'000}});
  agent.call("clock");  // so that the other request has arrived
  ::kill(agent.hello().keeper_pid, SIGKILL);
  const RpcMessage answer = agent.receive(waiting);
  EXPECT_EQ(answer.kind, RpcMessage::Kind::kFault) << answer.result.dump();
  EXPECT_EQ(answer.error.kind, ErrorKind::kLost);
}

TEST_F(AgentDeath, KillingBothIsUndoneFromTheLedger) {
  AgentUnderTest agent;
  const auto zoo = start_zoo(agent);
  own_things(agent);
  const std::string path = ledger_path(agent.state_directory(), agent.run_id());
  EXPECT_TRUE(agent_alive(read_ledger(path).value()));
  ::kill(agent.hello().keeper_pid, SIGSTOP);  // so that it cannot act between the two
  ::kill(agent.hello().pid, SIGKILL);
  ::kill(agent.hello().keeper_pid, SIGKILL);
  EXPECT_EQ(agent.wait_for_keeper(), -SIGKILL);
  EXPECT_TRUE(eventually([&] { return !agent_alive(read_ledger(path).value()); }));
  const auto report = undo_all(path);
  ASSERT_TRUE(report.has_value());
  EXPECT_TRUE(report->problems.empty());
  expect_nothing_left(agent, zoo);
}

TEST_F(AgentDeath, KillingTheControllerLeavesNothing) {
  // The controller is a process of its own here; a stubborn process reports where it is.
  const TemporaryFolder folder;
  const pid_t controller = ::fork();
  if (controller == 0) {
    AgentUnderTest agent(folder.path());
    agent.start(helper({"stubborn", agent.work("pid")}));
    const ProcessIdentity process = process_of(agent.work("pid"));
    const std::string text = agent.run_id() + " " + std::to_string(process.pid) + " " +
                             std::to_string(process.start_ticks) + " " +
                             std::to_string(agent.hello().keeper_pid);
    (void)write_file_atomically(folder / "report", text);
    while (true) ::pause();
  }
  ASSERT_TRUE(eventually([&] { return path_exists(folder / "report"); }));
  const std::string report = read_file(folder / "report").value();
  ::kill(controller, SIGKILL);
  char run_id[100] = "";
  ProcessIdentity process;
  long start = 0;
  int keeper = 0;
  ASSERT_EQ(std::sscanf(report.c_str(), "%99s %d %ld %d", run_id, &process.pid, &start, &keeper), 4);
  process.start_ticks = start;
  EXPECT_TRUE(eventually([&] { return !is_alive(process); }));
  EXPECT_TRUE(eventually([&] { return !identify(keeper).has_value(); }));
  EXPECT_TRUE(processes_of_run(run_id).empty());
}

TEST_F(AgentDeath, KillingTheWorkerAtAnyMomentLeavesNothing) {
  PcgRng rng(20'261'120);
  for (int i = 0; i < 20; ++i) {
    AgentUnderTest agent;
    own_things(agent);
    // A storm of requests, in the middle of which it dies.
    for (int k = 0; k < 6; ++k) {
      Json specs = Json::array();
      specs.push_back(to_json(helper({"stubborn", agent.work("s" + std::to_string(k))})));
      specs.push_back(to_json(
          helper({"family", agent.work("f" + std::to_string(k)), agent.work("g" + std::to_string(k))})));
      specs.push_back(to_json(helper({"daemon", agent.work("d" + std::to_string(k))})));
      agent.send("start_together", {{"specs", specs}});
      agent.send("stop", {{"id", 1 + k}});
    }
    ::usleep(rng.below(60'000));
    const bool keeper_too = i % 4 == 3;
    if (keeper_too) {
      ::kill(agent.hello().keeper_pid, SIGKILL);
      agent.wait_for_keeper();
      EXPECT_TRUE(eventually([&] { return !path_exists(agent.state_directory()); })) << i;
    } else {
      ::kill(agent.hello().pid, SIGKILL);
      EXPECT_EQ(agent.wait_for_keeper(), 3);
    }
    EXPECT_TRUE(processes_of_run(agent.run_id()).empty()) << i;
    EXPECT_FALSE(path_exists("/run/netns/bpftax-" + agent.run_id())) << i;
    EXPECT_FALSE(path_exists(agent.state_directory())) << i;
    EXPECT_FALSE(path_exists(agent.work("mine"))) << i;
  }
}

}  // namespace
}  // namespace bpftax
