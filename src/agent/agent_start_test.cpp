// Starting processes with a real agent: what they get, what they write, what happens when they cannot start.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <set>

#include "agent/agent_under_test.h"
#include "agent/ledger.h"
#include "util/files.h"
#include "util/strings.h"

namespace bpftax {
namespace {

class AgentStart : public testing::Test {
 protected:
  Host::Finished run(const ProcessSpec& spec, int64_t timeout_ms = 20'000) {
    return finished_from_json(agent_.call("run", {{"spec", to_json(spec)}, {"timeout_ms", timeout_ms}}))
        .value();
  }
  Host::Finished shell(const std::string& text) {
    ProcessSpec spec;
    spec.shell = text;
    return run(spec);
  }
  std::string file(const std::string& name) { return read_file(agent_.work(name)).value_or("(missing)"); }

  AgentUnderTest agent_;
};

TEST_F(AgentStart, RunsArgvAsItIsAndShellTextByTheShell) {
  ProcessSpec spec;
  spec.argv = {"printf", "%s|", "a b", "$HOME", "", "*"};
  EXPECT_EQ(run(spec).out, "a b|$HOME||*|");
  EXPECT_EQ(shell("printf '%s|' a b; printf err >&2; exit 7").out, "a|b|");
  EXPECT_EQ(shell("printf err >&2; exit 7").err, "err");
  const ExitStatus status = shell("exit 7").status;
  EXPECT_FALSE(status.signaled);
  EXPECT_EQ(status.code, 7);
  const ExitStatus killed = shell("kill -9 $$").status;
  EXPECT_TRUE(killed.signaled);
  EXPECT_EQ(killed.code, SIGKILL);
}

TEST_F(AgentStart, GivesEnvironmentFolderAndCpus) {
  ProcessSpec spec;
  spec.shell =
      "echo $COLOUR; echo $BPFTAX_RUN; echo $BPFTAX_HANDLE; pwd; grep Cpus_allowed_list /proc/self/status";
  spec.env = {{"COLOUR", "deep blue"}};
  spec.cwd = "/usr/lib";
  spec.cpus = {0};
  const auto lines = run(spec).out;
  const auto words = split(lines, '\n');
  ASSERT_GE(words.size(), 5U);
  EXPECT_EQ(words[0], "deep blue");
  EXPECT_EQ(words[1], agent_.run_id());
  EXPECT_EQ(words[2].substr(0, agent_.run_id().size() + 1), agent_.run_id() + ":");
  EXPECT_EQ(words[3], "/usr/lib");
  EXPECT_EQ(words[4], "Cpus_allowed_list:\t0");
}

TEST_F(AgentStart, HandsDownNoDescriptorsSignalsOrSessionOfItsOwn) {
  const auto out = run(helper({"limits"})).out;
  EXPECT_EQ(out, "fd 0\nfd 1\nfd 2\nsession own\n");
}

TEST_F(AgentStart, ChangesTheNetworkNamespaceAndNothingElse) {
  const std::string name = "bpftax-" + agent_.run_id();
  agent_.call("own", {{"kind", "netns"}, {"what", name}});
  ASSERT_EQ(shell("ip netns add " + name).status.code, 0);
  ProcessSpec spec;
  spec.shell = "for n in net mnt pid uts ipc; do readlink /proc/self/ns/$n; done";
  const std::string plain = run(spec).out;
  spec.netns = name;
  const std::string inside = run(spec).out;
  const auto before = split(plain, '\n');
  const auto after = split(inside, '\n');
  ASSERT_EQ(before.size(), 6U);
  ASSERT_EQ(after.size(), 6U);
  EXPECT_NE(after[0], before[0]);
  for (size_t i = 1; i < 5; ++i) EXPECT_EQ(after[i], before[i]);
  EXPECT_TRUE(path_exists("/run/netns/" + name));
  agent_.close_stdin();
  EXPECT_EQ(agent_.wait_for_keeper(), 0);
  EXPECT_FALSE(path_exists("/run/netns/" + name)) << "it was owned: it goes with the agent";
}

TEST_F(AgentStart, WritesOutputStraightToFilesAndMakesTheirFolders) {
  ProcessSpec spec;
  spec.shell = "readlink /proc/self/fd/1; echo two >&2; cat";
  spec.stdout_path = agent_.work("deep/er/out");
  spec.stderr_path = agent_.work("deep/err");
  const ExitStatus status = agent_.wait(agent_.start(spec));
  EXPECT_TRUE(status.ok()) << "stdin is empty, not ours";
  EXPECT_EQ(file("deep/er/out"), spec.stdout_path + "\n");
  EXPECT_EQ(file("deep/err"), "two\n");
  EXPECT_EQ(status.output_bytes, static_cast<int64_t>(spec.stdout_path.size()) + 5);
  EXPECT_FALSE(status.output_cut);

  spec.shell = "echo one; echo two >&2; echo three";
  spec.stderr_path = spec.stdout_path;
  const ProcessHandle both = agent_.start(spec);
  EXPECT_EQ(agent_.wait(both).output_bytes, 14) << "one file is counted once";
  EXPECT_EQ(file("deep/er/out"), "one\ntwo\nthree\n");
  EXPECT_EQ(
      base64_decode(agent_.call("tail", {{"id", both.id}, {"stream", "stderr"}, {"max_bytes", 6}})["data"]
                        .get<std::string>())
          .value(),
      "three\n");
}

TEST_F(AgentStart, CutsOutputAtTheCapAndSaysSo) {
  ProcessSpec spec = helper({"flood", std::to_string(40 << 20)});
  spec.stdout_path = agent_.work("out");
  spec.stderr_path = agent_.work("err");
  spec.output_cap_bytes = 1 << 20;
  const ProcessHandle process = agent_.start(spec);
  const ExitStatus status = agent_.wait(process);
  EXPECT_TRUE(status.ok()) << "the writer does not notice";
  EXPECT_TRUE(status.output_cut);
  EXPECT_EQ(status.output_bytes, (40 << 20) + 4);
  struct stat info {};
  ASSERT_EQ(::stat(spec.stdout_path.c_str(), &info), 0);
  EXPECT_EQ(info.st_size, 1 << 20);
  EXPECT_EQ(file("err"), "END\n");
}

TEST_F(AgentStart, ReportsWhyAProcessCannotStartWithErrno) {
  ProcessSpec spec;
  spec.argv = {"no-such-program-anywhere"};
  Error error = agent_.call_expecting_error("start_together", {{"specs", {to_json(spec)}}});
  EXPECT_EQ(error.errno_value, ENOENT);
  EXPECT_NE(to_string(error).find("no-such-program-anywhere"), std::string::npos);
  spec.argv = {"/etc/passwd"};
  EXPECT_EQ(agent_.call_expecting_error("start_together", {{"specs", {to_json(spec)}}}).errno_value, EACCES);
  spec.argv = {"true"};
  spec.cwd = "/no/such/folder";
  EXPECT_EQ(agent_.call_expecting_error("start_together", {{"specs", {to_json(spec)}}}).errno_value, ENOENT);
  spec.cwd = "";
  spec.cpus = {60000};
  EXPECT_EQ(agent_.call_expecting_error("start_together", {{"specs", {to_json(spec)}}}).errno_value, EINVAL);
  spec.cpus = {};
  spec.netns = "no-such-namespace";
  EXPECT_EQ(agent_.call_expecting_error("run", {{"spec", to_json(spec)}, {"timeout_ms", 5000}}).errno_value,
            ENOENT);
  spec.netns = "../../etc/passwd";
  EXPECT_EQ(agent_.call_expecting_error("run", {{"spec", to_json(spec)}, {"timeout_ms", 5000}}).kind,
            ErrorKind::kUsage);
  EXPECT_TRUE(processes_of_run(agent_.run_id()).empty());
}

TEST_F(AgentStart, LeavesNothingOfTheOthersWhenOneCannotStart) {
  ProcessSpec good = helper({"stubborn", agent_.work("pid")});
  ProcessSpec bad;
  bad.argv = {"/no/such/program"};
  const Json specs = {to_json(good), to_json(bad), to_json(good)};
  EXPECT_EQ(agent_.call_expecting_error("start_together", {{"specs", specs}}).errno_value, ENOENT);
  EXPECT_TRUE(eventually([&] { return processes_of_run(agent_.run_id()).empty(); }));
  bad.argv = {"true"};
  bad.cwd = "/no/such/folder";
  EXPECT_EQ(
      agent_.call_expecting_error("start_together", {{"specs", {to_json(good), to_json(bad)}}}).errno_value,
      ENOENT);
  EXPECT_TRUE(processes_of_run(agent_.run_id()).empty());
}

TEST_F(AgentStart, ReleasesAllTogetherWhenEachIsReady) {
  constexpr int kMany = 24;
  Json specs = Json::array();
  for (int i = 0; i < kMany; ++i) {
    ProcessSpec spec = helper({"now"});
    spec.stdout_path = agent_.work("out" + std::to_string(i));
    specs.push_back(to_json(spec));
  }
  const Json answer = agent_.call("start_together", {{"specs", specs}});
  ASSERT_EQ(answer["processes"].size(), static_cast<size_t>(kMany));
  const int64_t released_ns = answer["processes"][0]["started_ns"];
  std::set<int> pids;
  for (int i = 0; i < kMany; ++i) {
    const auto handle = process_handle_from_json(answer["processes"][static_cast<size_t>(i)]).value();
    EXPECT_EQ(handle.started_ns, released_ns) << "one release for all";
    pids.insert(handle.pid);
    EXPECT_TRUE(agent_.wait(handle).ok());
    const auto executed_ns = to_int64(trim(file("out" + std::to_string(i))));
    ASSERT_TRUE(executed_ns.has_value());
    EXPECT_GE(*executed_ns, released_ns) << "nobody ran before the release";
  }
  EXPECT_EQ(pids.size(), static_cast<size_t>(kMany));
}

TEST_F(AgentStart, HoldsEveryProcessOnTheBarrierWhileOneIsNotReady) {
  // A child that cannot get ready blocks in chdir() only on exotic file systems; a set-up that fails is the
  // same for the others: they were ready, they were held, they must not have executed anything.
  ProcessSpec good;
  good.shell = "touch " + agent_.work("executed");
  ProcessSpec bad;
  bad.argv = {"true"};
  bad.cwd = "/no/such/folder";
  const Json specs = {to_json(good), to_json(good), to_json(good), to_json(bad)};
  for (int i = 0; i < 20; ++i) agent_.call_expecting_error("start_together", {{"specs", specs}});
  EXPECT_FALSE(path_exists(agent_.work("executed")));
}

TEST_F(AgentStart, RunEndsACommandThatTakesTooLongAndTellsItsLastWords) {
  ProcessSpec spec;
  spec.shell = "echo I am slow >&2; exec sleep 1000";
  spec.stop = {200, 200};
  const Error error = agent_.call_expecting_error("run", {{"spec", to_json(spec)}, {"timeout_ms", 100}});
  EXPECT_NE(error.why.find("I am slow"), std::string::npos) << to_string(error);
  EXPECT_TRUE(processes_of_run(agent_.run_id()).empty());
}

TEST_F(AgentStart, RunCapsWhatItKeepsInMemory) {
  ProcessSpec spec = helper({"flood", std::to_string(3 << 20)});
  spec.output_cap_bytes = 1000;
  const auto finished = run(spec);
  EXPECT_EQ(finished.out.size(), 1000U);
  EXPECT_TRUE(finished.status.output_cut);
  EXPECT_EQ(finished.err, "END\n");
}

TEST_F(AgentStart, RefusesOutputOutsideItsRoots) {
  ProcessSpec spec;
  spec.shell = "echo x";
  for (const std::string path : {"/tmp/bpftax-escape", "relative", "/etc/../tmp/bpftax-escape"}) {
    spec.stdout_path = path;
    EXPECT_EQ(agent_.call_expecting_error("start_together", {{"specs", {to_json(spec)}}}).kind,
              ErrorKind::kUsage);
  }
  ASSERT_EQ(::symlink("/tmp", agent_.work("link").c_str()), 0);
  spec.stdout_path = agent_.work("link/bpftax-escape");
  EXPECT_EQ(agent_.call_expecting_error("start_together", {{"specs", {to_json(spec)}}}).kind,
            ErrorKind::kUsage);
  EXPECT_FALSE(path_exists("/tmp/bpftax-escape"));
}

TEST_F(AgentStart, WaitLooksWaitsAndAnswersAgain) {
  const ProcessHandle process = agent_.start(helper({"polite", agent_.work("pid"), "bye"}));
  EXPECT_TRUE(agent_.call("wait", {{"id", process.id}, {"timeout_ms", 0}})["status"].is_null());
  EXPECT_TRUE(agent_.call("wait", {{"id", process.id}, {"timeout_ms", 20}})["status"].is_null());
  const int64_t first = agent_.send("wait", {{"id", process.id}, {"timeout_ms", 20'000}});
  const int64_t second = agent_.send("wait", {{"id", process.id}, {"timeout_ms", 20'000}});
  agent_.call("clock");  // others are answered meanwhile
  EXPECT_FALSE(agent_.has_answer_within_ms(first, 0));
  const ProcessIdentity identity = process_of(agent_.work("pid"));
  ASSERT_TRUE(send_signal(identity, SIGINT).has_value());
  EXPECT_EQ(agent_.receive(first).result["status"]["code"], 0);
  EXPECT_EQ(agent_.receive(second).result["status"]["code"], 0);
  EXPECT_EQ(agent_.call("wait", {{"id", process.id}, {"timeout_ms", 0}})["status"]["code"], 0);
}

}  // namespace
}  // namespace bpftax
