// Stopping processes and everything they forked, with a real agent.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "agent/agent_under_test.h"
#include "util/fd.h"
#include "util/files.h"
#include "util/strings.h"

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

// Keeps the first process of a PID namespace from ending, as a hanging device does: the kernel waits until
// every process in there has been reaped, and one has a parent here that does not.
class Unkillable {
 public:
  explicit Unkillable(const ProcessIdentity& first) {
    int until[2];
    if (::pipe2(until, O_CLOEXEC) != 0) std::abort();
    int ready[2];
    if (::pipe2(ready, O_CLOEXEC) != 0) std::abort();
    const std::string space = "/proc/" + std::to_string(first.pid) + "/ns/pid";
    parent_ = ::fork();
    if (parent_ == 0) {
      ::close(until[1]);
      const int fd = ::open(space.c_str(), O_RDONLY);
      const bool inside = fd >= 0 && ::setns(fd, CLONE_NEWPID) == 0;
      const pid_t child = inside ? ::fork() : -1;
      if (child == 0) {
        while (true) ::pause();
      }
      char none = child > 0 ? '+' : '-';
      (void)!::write(ready[1], &none, 1);
      (void)!::read(until[0], &none, 1);
      if (child > 0) ::waitpid(child, nullptr, 0);
      ::_exit(0);
    }
    ::close(until[0]);
    ::close(ready[1]);
    until_ = Fd(until[1]);
    char answer = 0;
    EXPECT_EQ(::read(ready[0], &answer, 1), 1);
    EXPECT_EQ(answer, '+') << "cannot enter " << space;
    ::close(ready[0]);
  }
  ~Unkillable() { release(); }
  Unkillable(const Unkillable&) = delete;
  Unkillable& operator=(const Unkillable&) = delete;
  void release() {
    if (!until_) return;
    until_.reset();
    ::waitpid(parent_, nullptr, 0);
  }

 private:
  pid_t parent_ = -1;
  Fd until_;
};

TEST_F(AgentStop, SaysWhichProcessesOutliveSigkillAlsoWhenTheMainProcessHasEnded) {
  ProcessSpec spec;
  spec.name = "tool";
  spec.stop = {0, 0};
  spec.shell = "unshare --pid --fork sh -c 'echo > " + agent_.work("inside") +
               "; exec sleep 1000' & printf %s $! > " + agent_.work("new") + "; mv " + agent_.work("new") +
               " " + agent_.work("pid") + "; wait";
  const ProcessHandle process = agent_.start(spec);
  const ProcessIdentity unshare = process_of(agent_.work("pid"));
  ASSERT_TRUE(eventually([&] { return path_exists(agent_.work("inside")); }));
  const std::string pid = std::to_string(unshare.pid);
  const auto children = read_file("/proc/" + pid + "/task/" + pid + "/children");
  const auto first = to_int64(trim(children.value_or("")));
  ASSERT_TRUE(first.has_value()) << "children of " << pid << ": " << children.value_or("unknown");
  const ProcessIdentity stuck = identify(static_cast<int>(*first)).value();
  Unkillable unkillable(stuck);
  const Error error = agent_.call_expecting_error("stop", {{"id", process.id}});
  EXPECT_TRUE(is_alive(stuck));
  EXPECT_EQ(error.kind, ErrorKind::kEnvironment);
  EXPECT_EQ(error.what, "cannot stop");
  EXPECT_EQ(error.why, "process " + std::to_string(stuck.pid) + " did not end within 10 s of SIGKILL");
  unkillable.release();
  const StopReport report = agent_.stop(process);
  EXPECT_TRUE(report.status.signaled) << "it can be stopped once nothing holds it";
  EXPECT_FALSE(is_alive(stuck));
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
