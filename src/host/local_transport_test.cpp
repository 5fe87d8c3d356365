// Agents as child processes, played by shell scripts.
#include "host/local_transport.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/agent_session.h"
#include "host/local_host.h"
#include "util/files.h"
#include "util/json.h"
#include "util/strings.h"

namespace bpftax {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

constexpr char kGreet[] =
    "printf "
    "'{\"jsonrpc\":\"2.0\",\"method\":\"hello\",\"params\":{\"protocol\":1,\"version\":\"0\",\"pid\":%d,"
    "\"keeper_pid\":%d,\"uid\":0,\"arch\":\"x86_64\",\"boot_id\":\"b\",\"run_id\":\"r\"}}\\n' $$ $$\n";

class LocalTransportTest : public testing::Test {
 protected:
  void SetUp() override {
    char folder[] = "/tmp/bpftax-transport-test-XXXXXX";
    ASSERT_NE(::mkdtemp(folder), nullptr);
    folder_ = folder;
  }
  void TearDown() override { ASSERT_TRUE(remove_tree(folder_)); }

  LocalHostOptions scripted(const std::string& script) {
    const std::string path = folder_ + "/agent";
    EXPECT_TRUE(write_file_atomically(path, "#!/bin/sh\n" + script, 0755));
    LocalHostOptions options;
    options.run_id = "transport-test";
    options.agent_path = path;
    options.state_dir = folder_ + "/state";
    options.session.close_grace_ms = 5000;
    return options;
  }
  // The pid that the script wrote to the file, once it has.
  int pid_from(const std::string& name) {
    for (int i = 0; i < 1000; ++i) {
      const auto text = read_file(folder_ + "/" + name);
      if (text && text->ends_with('\n')) return static_cast<int>(to_int64(trim(*text)).value_or(0));
      ::usleep(10'000);
    }
    return 0;
  }

  std::string folder_;
};

TEST_F(LocalTransportTest, an_agent_that_ends_with_its_stdin_is_closed_in_good_order) {
  auto host = start_local_agent(scripted(std::string(kGreet) + "cat >/dev/null\nexit 0\n"));
  ASSERT_TRUE(host) << to_string(host.error());
  const AgentEnd& end = (*host)->close();
  EXPECT_EQ(end.how, "exit code 0");
  EXPECT_TRUE(end.orderly);
  EXPECT_THAT(end.left_over, IsEmpty());
}

TEST_F(LocalTransportTest, an_agent_has_its_own_session_and_default_signals) {
  ::signal(SIGUSR1, SIG_IGN);
  auto host = start_local_agent(scripted(std::string(kGreet) + "kill -USR1 $$\nexit 0\n"));
  ::signal(SIGUSR1, SIG_DFL);
  ASSERT_TRUE(host) << to_string(host.error());
  EXPECT_EQ((*host)->close().how, "killed by SIGUSR1 (10)");
  auto other = start_local_agent(scripted(std::string(kGreet) + "cat >/dev/null\n"));
  ASSERT_TRUE(other);
  EXPECT_EQ(::getsid((*other)->session().hello().pid), (*other)->session().hello().pid);
}

TEST_F(LocalTransportTest, an_agent_that_cannot_start_is_reported_with_its_exit_code_and_last_words) {
  const auto host = start_local_agent(scripted("echo 'no such library: libx' >&2\nexit 127\n"));
  ASSERT_FALSE(host);
  EXPECT_EQ(host.error().kind, ErrorKind::kLost);
  EXPECT_THAT(host.error().why, HasSubstr("exit code 127"));
  EXPECT_THAT(host.error().why, HasSubstr("no such library: libx"));
}

TEST_F(LocalTransportTest, a_missing_agent_comes_with_a_hint) {
  LocalHostOptions options = scripted("");
  options.agent_path = folder_ + "/nowhere";
  const auto host = start_local_agent(options);
  ASSERT_FALSE(host);
  EXPECT_THAT(host.error().hint, HasSubstr("BPFTAX_AGENT"));
  ::setenv("BPFTAX_AGENT", options.agent_path.c_str(), 1);
  const auto path = find_agent();
  ::unsetenv("BPFTAX_AGENT");
  ASSERT_FALSE(path);
  EXPECT_EQ(path.error().where, options.agent_path);
}

TEST_F(LocalTransportTest, a_state_folder_that_cannot_be_made_is_an_error) {
  LocalHostOptions options = scripted("");
  options.state_dir = folder_ + "/agent/state";
  const auto host = start_local_agent(options);
  ASSERT_FALSE(host);
  EXPECT_EQ(host.error().kind, ErrorKind::kEnvironment);
}

TEST_F(LocalTransportTest, an_agent_that_does_not_end_is_ended_by_force) {
  LocalHostOptions options =
      scripted(std::string(kGreet) + "trap '' TERM INT HUP\nwhile :; do sleep 0.05; done\n");
  options.session.close_grace_ms = 100;
  auto host = start_local_agent(options);
  ASSERT_TRUE(host) << to_string(host.error());
  const int pid = (*host)->session().hello().pid;
  const AgentEnd& end = (*host)->close();
  EXPECT_THAT(end.how, HasSubstr("SIGKILL"));
  EXPECT_FALSE(end.orderly);
  EXPECT_THAT(end.left_over, IsEmpty());
  EXPECT_FALSE(identify(pid));
}

TEST_F(LocalTransportTest, a_lot_of_unread_output_does_not_keep_an_agent_from_ending) {
  auto host = start_local_agent(
      scripted(std::string(kGreet) + "head -c 1000000 /dev/zero | tr '\\0' x\ncat >/dev/null\nexit 0\n"));
  ASSERT_TRUE(host);
  EXPECT_TRUE((*host)->close().orderly);
}

TEST_F(LocalTransportTest, orphans_of_a_killed_agent_are_found_by_their_mark_and_ended) {
  auto host = start_local_agent(
      scripted(std::string(kGreet) + "BPFTAX_RUN=transport-test setsid sh -c 'echo $$ >" + folder_ +
               "/orphan; exec sleep 1000' </dev/null >/dev/null 2>&1 &\n" + "cat >/dev/null\n"));
  ASSERT_TRUE(host);
  const int orphan = pid_from("orphan");
  ASSERT_GT(orphan, 0);
  ASSERT_EQ(::kill((*host)->session().hello().pid, SIGKILL), 0);
  const auto lost = (*host)->clock();
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().kind, ErrorKind::kLost);
  EXPECT_THAT(lost.error().why, HasSubstr("SIGKILL"));
  EXPECT_FALSE(identify(orphan));
  EXPECT_EQ(::kill(orphan, 0), -1) << "reaped, too";
}

TEST_F(LocalTransportTest, an_orphan_of_another_run_is_left_to_that_run) {
  auto host = start_local_agent(
      scripted(std::string(kGreet) + "BPFTAX_RUN=other setsid sh -c 'echo $$ >" + folder_ +
               "/orphan; exec sleep 1000' </dev/null >/dev/null 2>&1 &\n" + "cat >/dev/null\n"));
  ASSERT_TRUE(host);
  const int orphan = pid_from("orphan");
  ASSERT_GT(orphan, 0);
  (*host)->close();
  EXPECT_TRUE(identify(orphan));
  ::kill(orphan, SIGKILL);
  ::waitpid(orphan, nullptr, 0);  // it had come to us, its subreaper
}

}  // namespace
}  // namespace bpftax
