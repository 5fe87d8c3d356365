// Every part of a connection is killed while a tool runs.
#include "host/ssh_netns_fixture.h"

namespace bpftax {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// ---- deaths ----

class SshDeathTest : public SshTest {
 protected:
  void SetUp() override {
    SshTest::SetUp();
    hosts_ = std::make_unique<SshHosts>(both(), hosts_options());
    auto host = hosts_->host("host-server");
    ASSERT_TRUE(host) << to_string(host.error());
    host_ = *host;
    ASSERT_TRUE(host_->start(tool()));
    ASSERT_THAT(processes_of_run(), Not(IsEmpty()));
  }
  void TearDown() override {
    hosts_.reset();
    SshTest::TearDown();
  }
  // The next call fails as it must; the arm is lost, the host comes back.
  Error loss() {
    ProcessSpec spec;
    spec.name = "window";
    spec.argv = {"sleep", "60"};
    const auto finished = host_->run(spec, 70'000);
    if (finished) return {};
    return finished.error();
  }
  void expect_recovery() {
    const auto again = hosts_->reconnect("host-server");
    ASSERT_TRUE(again) << to_string(again.error());
    EXPECT_EQ(run(**again, "echo back"), "back");
  }

  std::unique_ptr<SshHosts> hosts_;
  Host* host_ = nullptr;
};

TEST_F(SshDeathTest, the_session_process_of_sshd_is_killed) {
  std::thread killer([] {
    ::usleep(300'000);
    for (const int pid : servers_->session_processes(TestMachine::kServer)) ::kill(pid, SIGKILL);
  });
  const Error error = loss();
  killer.join();
  EXPECT_EQ(error.kind, ErrorKind::kLost);
  EXPECT_THAT(error.why, HasSubstr("the SSH connection was lost"));
  EXPECT_TRUE(eventually([&] { return processes_of_run().empty(); }, 10'000))
      << "the agent saw the end of stdin";
  expect_recovery();
}

TEST_F(SshDeathTest, the_master_is_killed) {
  std::thread killer([] {
    ::usleep(300'000);
    for (const int pid : clients("ControlMaster=yes")) ::kill(pid, SIGKILL);
  });
  const Error error = loss();
  killer.join();
  EXPECT_EQ(error.kind, ErrorKind::kLost);
  EXPECT_TRUE(eventually([&] { return processes_of_run().empty(); }, 10'000));
  expect_recovery();
}

TEST_F(SshDeathTest, the_client_is_killed) {
  std::thread killer([] {
    ::usleep(300'000);
    for (const int pid : clients("ControlMaster=no")) ::kill(pid, SIGKILL);
  });
  const Error error = loss();
  killer.join();
  EXPECT_EQ(error.kind, ErrorKind::kLost);
  EXPECT_THAT(error.why, HasSubstr("SIGKILL"));
  expect_recovery();
}

TEST_F(SshDeathTest, the_network_is_cut_without_a_word) {
  ASSERT_TRUE(servers_->set_link(TestMachine::kServer, false));
  const RealClock clock;
  const int64_t cut_ns = clock.monotonic_ns();
  std::thread watcher([&] {
    EXPECT_TRUE(eventually([&] { return processes_of_run().empty(); }, 15'000))
        << "the agent hears nothing, stops everything and ends";
  });
  const Error error = loss();
  EXPECT_EQ(error.kind, ErrorKind::kLost);
  EXPECT_LT((clock.monotonic_ns() - cut_ns) / kNsPerMs, 40'000) << "not the time-out of the call";
  watcher.join();
  EXPECT_THAT(error.why, HasSubstr("not responding"));
  ASSERT_TRUE(servers_->set_link(TestMachine::kServer, true));
  expect_recovery();
}

TEST_F(SshDeathTest, an_agent_that_is_still_there_is_ended_by_its_successor) {
  // Its worker hangs, so it does not see that we are gone.
  std::vector<int> stopped;
  for (const int pid : processes_of_run()) {
    const auto command = read_file("/proc/" + std::to_string(pid) + "/cmdline");
    if (command && command->find("--silence-limit") != std::string::npos &&
        command->find("agent-") < command->find('\0')) {
      ::kill(pid, SIGSTOP);
      stopped.push_back(pid);
    }
  }
  ASSERT_THAT(stopped, Not(IsEmpty()));
  for (const int pid : clients("ControlMaster=yes")) ::kill(pid, SIGKILL);
  expect_recovery();
  for (const int pid : stopped) EXPECT_FALSE(path_exists("/proc/" + std::to_string(pid) + "/fd/0")) << pid;
}

TEST_F(SshDeathTest, a_host_that_comes_back_late_is_waited_for) {
  ASSERT_TRUE(servers_->stop_sshd(TestMachine::kServer));
  for (const int pid : servers_->session_processes(TestMachine::kServer)) ::kill(pid, SIGKILL);
  EXPECT_EQ(loss().kind, ErrorKind::kLost);
  std::thread starter([] {
    ::usleep(1'500'000);
    EXPECT_TRUE(servers_->start_sshd(TestMachine::kServer));
  });
  expect_recovery();
  starter.join();
}

TEST_F(SshDeathTest, an_interrupt_ends_the_waiting_and_closing_still_works) {
  std::thread interrupter([] {
    ::usleep(300'000);
    request_interrupt(SIGINT);
  });
  EXPECT_EQ(loss().kind, ErrorKind::kInterrupted);
  interrupter.join();
  EXPECT_THAT(hosts_->close_all(), IsEmpty());
  EXPECT_THAT(processes_of_run(), IsEmpty());
}

}  // namespace
}  // namespace bpftax
