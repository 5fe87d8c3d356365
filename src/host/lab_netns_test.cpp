// Real agents, real namespaces, real deaths. Everything made here carries the id of this test process, and
// each test ends by looking for what may be left of it.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <set>
#include <thread>

#include "agent/ledger.h"
#include "host/clean.h"
#include "host/interrupt.h"
#include "host/kept_lab.h"
#include "host/lab.h"
#include "host/local_host.h"
#include "sample/process_tree.h"
#include "util/fd.h"
#include "util/files.h"
#include "util/strings.h"

namespace bpftax {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

constexpr int kPatienceMs = 20'000;

bool eventually(const std::function<bool()>& condition) {
  for (int waited_ms = 0; waited_ms < kPatienceMs; waited_ms += 10) {
    if (condition()) return true;
    ::usleep(10'000);
  }
  return condition();
}

class LabNetnsTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(::geteuid(), 0u) << "these tests make network namespaces: run them as root";
    char folder[] = "/run/bpftax-test-XXXXXX";
    ASSERT_NE(::mkdtemp(folder), nullptr);
    folder_ = folder;
    options_.state_dir = folder_ + "/state";
    run_ids_.clear();
  }
  void TearDown() override {
    reset_interrupts();
    for (const std::string& id : run_ids_) {
      EXPECT_THAT(processes_of(id), IsEmpty());
      EXPECT_FALSE(netns_inode(options_, lab_netns(id, LabSide::kServer))) << id;
      EXPECT_FALSE(netns_inode(options_, lab_netns(id, LabSide::kClient))) << id;
      EXPECT_FALSE(path_exists(ledger_path(options_.state_dir, id))) << id;
    }
    ASSERT_TRUE(remove_tree(folder_));
  }

  std::string new_id() {
    static int count = 0;
    run_ids_.push_back("t" + std::to_string(::getpid()) + "x" + std::to_string(++count));
    return run_ids_.back();
  }
  LocalHostOptions agent_options(const std::string& id) const {
    LocalHostOptions options;
    options.run_id = id;
    options.agent_path = std::string(BPFTAX_BIN_DIR) + "/bpftax-agent";
    options.state_dir = options_.state_dir;
    options.roots = {folder_ + "/files-" + id};
    return options;
  }
  std::unique_ptr<AgentHost> start_agent(const std::string& id) {
    auto host = start_local_agent(agent_options(id));
    EXPECT_TRUE(host) << to_string(host.error());
    return host ? std::move(*host) : nullptr;
  }
  static std::vector<int> processes_of(const std::string& id) {
    std::vector<int> found;
    for (const int pid : all_processes("/proc")) {
      if (environment_of(pid, kRunVariable) == id && identify(pid)) found.push_back(pid);
    }
    return found;
  }
  // A tool that leaves its session and has a child: what a bad tool under test looks like.
  static ProcessSpec stubborn_tool() {
    ProcessSpec spec;
    spec.name = "stubborn tool";
    spec.shell = "setsid sh -c 'sleep 1000; true' & setsid sleep 1000 & sleep 1000";
    spec.stop = {200, 200};
    return spec;
  }
  static testing::AssertionResult ping(Host& host, const LabInfo& info) {
    ProcessSpec spec;
    spec.name = "ping";
    spec.argv = {"ping", "-c", "3", "-i", "0.05", "-W", "2", "-w", "10", info.server.address};
    spec.netns = info.client.netns;
    const auto finished = host.run(spec, 15'000);
    if (!finished) return testing::AssertionFailure() << to_string(finished.error());
    if (!finished->status.ok()) return testing::AssertionFailure() << finished->out << finished->err;
    return testing::AssertionSuccess();
  }
  std::set<std::string> links_of_host(Host& host) {
    std::set<std::string> names;
    const auto out = run_ip(host, "", {"-brief", "link"}, "cannot list links");
    EXPECT_TRUE(out);
    const std::string text = out.value_or("");
    for (const auto line : split(text, '\n')) {
      const auto words = split_blank(line);
      if (!words.empty()) names.insert(std::string(words[0]));
    }
    return names;
  }

  // A controller in a process of its own, with an agent, a lab and a stubborn tool; it then waits to be
  // killed.
  struct Controller {
    pid_t pid = -1;
    int keeper = 0, worker = 0;
  };
  Controller fork_controller(const std::string& id) {
    int ends[2];
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    Fd from_child(ends[0]), to_parent(ends[1]);
    Controller controller;
    controller.pid = ::fork();
    if (controller.pid == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      from_child.reset();
      auto host = start_local_agent(agent_options(id));
      if (!host) ::_exit(1);
      auto lab = Lab::up(**host, id, options_);
      if (!lab || !(*host)->start(stubborn_tool())) ::_exit(2);
      const int pids[2] = {(*host)->session().hello().keeper_pid, (*host)->session().hello().pid};
      if (::write(to_parent.get(), pids, sizeof pids) != sizeof pids) ::_exit(3);
      while (true) ::pause();
    }
    to_parent.reset();
    int pids[2] = {0, 0};
    EXPECT_EQ(::read(from_child.get(), pids, sizeof pids), static_cast<ssize_t>(sizeof pids));
    controller.keeper = pids[0];
    controller.worker = pids[1];
    EXPECT_TRUE(eventually([&] { return processes_of(id).size() >= 4; })) << "the tool is there";
    EXPECT_TRUE(netns_inode(options_, lab_netns(id, LabSide::kServer)));
    return controller;
  }
  static void kill_and_reap(pid_t pid) {
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
  }
  bool nothing_left(const std::string& id) const {
    return processes_of(id).empty() && !netns_inode(options_, lab_netns(id, LabSide::kServer)) &&
           !netns_inode(options_, lab_netns(id, LabSide::kClient)) &&
           !path_exists(ledger_path(options_.state_dir, id));
  }

  std::string folder_;
  LabOptions options_;
  std::vector<std::string> run_ids_;
};

TEST_F(LabNetnsTest, the_environment_is_fit) {
  ASSERT_EQ(::access((std::string(BPFTAX_BIN_DIR) + "/bpftax-agent").c_str(), X_OK), 0)
      << "build bpftax-agent";
  const auto host = start_agent(new_id());
  ASSERT_NE(host, nullptr);
  ASSERT_TRUE(run_ip(*host, "", {"link"}, "cannot use ip"));
}

TEST_F(LabNetnsTest, traffic_passes_in_a_lab_and_nothing_of_it_stays) {
  const std::string id = new_id();
  const auto host = start_agent(id);
  ASSERT_NE(host, nullptr);
  const auto links_before = links_of_host(*host);
  auto lab = Lab::up(*host, id, options_);
  ASSERT_TRUE(lab) << to_string(lab.error()) << "\n" << lab.error().hint;
  const LabInfo info = (*lab)->info();
  EXPECT_THAT(info.server.address, StartsWith("198.1"));
  EXPECT_TRUE(ping(*host, info));
  EXPECT_EQ(info.offloads.count("generic-receive-offload"), 1u) << info.offloads_unavailable;
  EXPECT_EQ(links_of_host(*host), links_before) << "the host never sees the lab's interfaces";
  for (const LabEnd* end : {&info.server, &info.client}) {
    const auto addresses = run_ip(*host, end->netns, {"addr"}, "cannot list addresses");
    ASSERT_TRUE(addresses);
    EXPECT_THAT(*addresses, HasSubstr(end->address));
    EXPECT_THAT(*addresses, Not(HasSubstr("inet6")));
  }
  ASSERT_TRUE((*lab)->close());
  EXPECT_TRUE(processes_of(id).empty());
  EXPECT_EQ(links_of_host(*host), links_before);
  EXPECT_TRUE(host->close().orderly) << host->close().how << host->close().last_words;
}

TEST_F(LabNetnsTest, one_agent_serves_as_both_ends_of_a_lab) {
  const std::string id = new_id();
  const auto host = start_agent(id);
  ASSERT_NE(host, nullptr);
  auto lab = Lab::up(*host, id, options_);
  ASSERT_TRUE(lab) << to_string(lab.error());
  AgentHost server(host->share_session(), "server", (*lab)->info().server.netns);
  AgentHost client(host->share_session(), "client", (*lab)->info().client.netns);
  ProcessSpec show;
  show.name = "show";
  show.argv = {"ip", "-brief", "addr"};
  EXPECT_THAT(server.run(show, 5000)->out, HasSubstr((*lab)->info().server.address + "/30"));
  EXPECT_THAT(client.run(show, 5000)->out, HasSubstr((*lab)->info().client.address + "/30"));
  EXPECT_THAT(host->run(show, 5000)->out, Not(HasSubstr((*lab)->info().server.address)));
}

TEST_F(LabNetnsTest, labs_made_at_the_same_time_get_different_addresses) {
  constexpr size_t kLabs = 3;
  std::vector<std::unique_ptr<AgentHost>> hosts;
  std::vector<Result<std::unique_ptr<Lab>>> labs(kLabs);
  for (size_t i = 0; i < kLabs; ++i) hosts.push_back(start_agent(new_id()));
  std::vector<std::thread> threads;
  for (size_t i = 0; i < kLabs; ++i) {
    ASSERT_NE(hosts[i], nullptr);
    threads.emplace_back([&, i] { labs[i] = Lab::up(*hosts[i], run_ids_[i], options_); });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<std::string> addresses;
  for (size_t i = 0; i < kLabs; ++i) {
    ASSERT_TRUE(labs[i]) << to_string(labs[i].error());
    addresses.insert((*labs[i])->info().server.address);
    EXPECT_TRUE(ping(*hosts[i], (*labs[i])->info()));
  }
  EXPECT_EQ(addresses.size(), kLabs);
  for (auto& lab : labs) EXPECT_TRUE((*lab)->close());
}

// In a network namespace of its own, where routes can be made without touching the machine's.
TEST_F(LabNetnsTest, a_machine_that_uses_the_benchmarking_range_gets_a_lab_in_the_fallback) {
  const std::string id = new_id();
  const pid_t pid = ::fork();
  if (pid == 0) {
    if (::unshare(CLONE_NEWNET) != 0) ::_exit(10);
    if (::system("ip link set lo up && ip route add blackhole 198.18.0.0/15") != 0) ::_exit(11);
    auto host = start_local_agent(agent_options(id));
    if (!host) ::_exit(12);
    auto lab = Lab::up(**host, id, options_);
    if (!lab) ::_exit(13);
    if (!(*lab)->info().server.address.starts_with("100.")) ::_exit(14);
    if (!ping(**host, (*lab)->info())) ::_exit(15);
    if (!(*lab)->close()) ::_exit(16);
    if (!(*host)->close().orderly) ::_exit(17);
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(pid, &status, 0), pid);
  EXPECT_EQ(WIFEXITED(status) ? WEXITSTATUS(status) : -1, 0);
}

TEST_F(LabNetnsTest, an_agent_that_is_closed_ends_tools_and_labs_that_nobody_closed) {
  const std::string id = new_id();
  auto host = start_agent(id);
  ASSERT_NE(host, nullptr);
  auto lab = Lab::up(*host, id, options_);
  ASSERT_TRUE(lab);
  ASSERT_TRUE(host->start(stubborn_tool()));
  ASSERT_TRUE(eventually([&] { return processes_of(id).size() >= 4; }));
  const AgentEnd& end = host->close();
  EXPECT_TRUE(end.orderly) << end.how << " " << end.last_words;
  EXPECT_TRUE(nothing_left(id));
  EXPECT_TRUE((*lab)->close());
}

class KillTest : public LabNetnsTest, public testing::WithParamInterface<const char*> {};

TEST_P(KillTest, killing_the_agent_in_a_call_leaves_nothing) {
  const std::string which = GetParam();
  const std::string id = new_id();
  auto host = start_agent(id);
  ASSERT_NE(host, nullptr);
  auto lab = Lab::up(*host, id, options_);
  ASSERT_TRUE(lab);
  const auto tool = host->start(stubborn_tool());
  ASSERT_TRUE(tool);
  ASSERT_TRUE(eventually([&] { return processes_of(id).size() >= 4; }));
  const Hello hello = host->session().hello();
  std::thread killer([&] {
    ::usleep(100'000);
    if (which == "both") {
      // Stopped first, so that neither can clean up after the other.
      ::kill(hello.keeper_pid, SIGSTOP);
      ::kill(hello.pid, SIGSTOP);
    }
    if (which != "keeper") ::kill(hello.pid, SIGKILL);
    if (which != "worker") ::kill(hello.keeper_pid, SIGKILL);
  });
  const auto waited = host->wait(*tool, 60'000);
  killer.join();
  // A worker that outlives its keeper stops the tool before it ends itself; it may still tell of that.
  const auto next = host->clock();
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().kind, ErrorKind::kLost) << to_string(next.error());
  EXPECT_TRUE(nothing_left(id)) << to_string(next.error());
  if (which != "keeper") {
    ASSERT_FALSE(waited);
    EXPECT_EQ(waited.error().kind, ErrorKind::kLost);
  }
  EXPECT_THAT(host->close().left_over, IsEmpty());
  EXPECT_TRUE((*lab)->close());
  EXPECT_FALSE(identify(hello.pid));
  EXPECT_FALSE(identify(hello.keeper_pid));
}

INSTANTIATE_TEST_SUITE_P(Agent, KillTest, testing::Values("worker", "keeper", "both"),
                         [](const auto& test) { return std::string(test.param); });

TEST_F(LabNetnsTest, killing_the_controller_leaves_nothing) {
  const std::string id = new_id();
  const Controller controller = fork_controller(id);
  kill_and_reap(controller.pid);
  EXPECT_TRUE(eventually([&] { return nothing_left(id); }));
  EXPECT_TRUE(eventually([&] { return !identify(controller.keeper) && !identify(controller.worker); }));
}

TEST_F(LabNetnsTest, killing_the_controller_at_any_moment_of_its_work_leaves_nothing) {
  for (int delay_ms = 0; delay_ms < 400; delay_ms += 40) {
    const std::string id = new_id();
    const pid_t pid = ::fork();
    if (pid == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      auto host = start_local_agent(agent_options(id));
      if (!host) ::_exit(1);
      while (true) {
        auto lab = Lab::up(**host, id, options_);
        if (!lab) ::_exit(2);
        (void)(*host)->start(stubborn_tool());
        if (!(*lab)->close()) ::_exit(3);
      }
    }
    ::usleep(static_cast<useconds_t>(delay_ms) * 1000);
    ::kill(pid, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(pid, &status, 0), pid);
    EXPECT_TRUE(WIFSIGNALED(status)) << "it failed by itself: " << WEXITSTATUS(status);
    EXPECT_TRUE(eventually([&] { return nothing_left(id); })) << "killed after " << delay_ms << " ms";
  }
}

TEST_F(LabNetnsTest, clean_undoes_a_run_of_which_everything_was_killed_and_leaves_a_live_one_alone) {
  const std::string dead = new_id(), live = new_id();
  auto live_host = start_agent(live);
  ASSERT_NE(live_host, nullptr);
  auto live_lab = Lab::up(*live_host, live, options_);
  ASSERT_TRUE(live_lab);
  const auto live_tool = live_host->start(stubborn_tool());
  ASSERT_TRUE(live_tool);

  const Controller controller = fork_controller(dead);
  ::kill(controller.keeper, SIGSTOP);
  ::kill(controller.worker, SIGSTOP);
  kill_and_reap(controller.pid);
  ::kill(controller.worker, SIGKILL);
  ::kill(controller.keeper, SIGKILL);
  ASSERT_TRUE(eventually([&] { return !identify(controller.keeper) && !identify(controller.worker); }));
  EXPECT_FALSE(nothing_left(dead)) << "nobody was left to clean up";

  const auto report = clean(options_);
  ASSERT_TRUE(report) << to_string(report.error());
  EXPECT_THAT(report->problems, IsEmpty());
  EXPECT_THAT(report->removed, Contains("network namespace " + lab_netns(dead, LabSide::kServer)));
  EXPECT_THAT(report->removed, Contains("network namespace " + lab_netns(dead, LabSide::kClient)));
  EXPECT_THAT(report->removed, Contains("the record of the run " + dead));
  EXPECT_THAT(report->live, testing::ElementsAre(live));
  EXPECT_TRUE(nothing_left(dead));
  EXPECT_TRUE(ping(*live_host, (*live_lab)->info())) << "the live lab was left alone";
  EXPECT_FALSE((*live_host->wait(*live_tool, 0)).has_value()) << "and so was its tool";
  EXPECT_THAT(clean(options_)->removed, IsEmpty()) << "a second time there is nothing to do";
  ASSERT_TRUE(live_host->stop(*live_tool));
  ASSERT_TRUE((*live_lab)->close());
}

TEST_F(LabNetnsTest, a_kept_lab_stays_when_its_agent_ends_and_goes_when_told) {
  const std::string id = new_id();
  {
    const auto host = start_agent(id);
    ASSERT_NE(host, nullptr);
    const auto info = lab_up(*host, id, options_);
    ASSERT_TRUE(info) << to_string(info.error());
  }
  const auto lab = find_lab("", options_);
  ASSERT_TRUE(lab) << to_string(lab.error());
  EXPECT_TRUE(lab->present());
  const pid_t pid = ::fork();
  if (pid == 0) {
    (void)exec_in_lab(*lab, LabSide::kClient, {"ping", "-c", "1", "-w", "5", "-q", lab->info.server.address},
                      options_);
    ::_exit(99);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(pid, &status, 0), pid);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  EXPECT_THAT(clean(options_)->removed, IsEmpty()) << "a lab that is there is not cleaned away";

  const auto host = start_agent(new_id());
  ASSERT_NE(host, nullptr);
  const auto inside = lab_down(*host, id, options_);
  ASSERT_TRUE(inside) << to_string(inside.error());
  EXPECT_THAT(*inside, IsEmpty());
  EXPECT_THAT(*list_labs(options_), IsEmpty());
}

TEST_F(LabNetnsTest, lab_down_names_the_processes_that_are_still_inside) {
  const std::string id = new_id();
  const auto host = start_agent(id);
  ASSERT_NE(host, nullptr);
  const auto info = lab_up(*host, id, options_);
  ASSERT_TRUE(info);
  ProcessSpec spec;
  spec.name = "shell";
  spec.argv = {"sleep", "1000"};
  spec.netns = info->server.netns;
  const auto process = host->start(spec);
  ASSERT_TRUE(process);
  const auto inside = lab_down(*host, id, options_);
  ASSERT_TRUE(inside) << to_string(inside.error());
  EXPECT_THAT(*inside, testing::ElementsAre(process->pid));
  EXPECT_TRUE(host->stop(*process));
}

TEST_F(LabNetnsTest, an_interrupt_while_a_tool_runs_ends_in_good_order) {
  ASSERT_TRUE(install_interrupt_handlers());
  const std::string id = new_id();
  auto host = start_agent(id);
  ASSERT_NE(host, nullptr);
  auto lab = Lab::up(*host, id, options_);
  ASSERT_TRUE(lab);
  const auto tool = host->start(stubborn_tool());
  ASSERT_TRUE(tool);
  std::thread user([] {
    ::usleep(50'000);
    ::kill(::getpid(), SIGINT);
    ::usleep(20'000);
    ::kill(::getpid(), SIGINT);
  });
  const auto waited = host->wait(*tool, 60'000);
  ASSERT_FALSE(waited);
  EXPECT_EQ(waited.error().kind, ErrorKind::kInterrupted);
  const auto stopped = host->stop(*tool);
  EXPECT_TRUE(stopped) << to_string(stopped.error());
  EXPECT_TRUE((*lab)->close());
  user.join();
  EXPECT_EQ(interrupt_count(), 2);
  EXPECT_TRUE(host->close().orderly);
}

}  // namespace
}  // namespace bpftax
