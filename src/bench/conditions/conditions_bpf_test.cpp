// Real loads and real settings on this machine, with nothing left behind.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <functional>

#include "agent/cpu_setting.h"
#include "agent/process_identity.h"
#include "agent/stale_runs.h"
#include "agent/temporary_folder.h"
#include "bench/conditions/conditions.h"
#include "bench/conditions/memory_room.h"
#include "bench/conditions/own_machine.h"
#include "host/local_host.h"
#include "sample/proc_system.h"
#include "sample/process_tree.h"
#include "util/files.h"
#include "util/strings.h"

namespace bpftax::bench {
namespace {

bool eventually(const std::function<bool()>& condition) {
  for (int i = 0; i < 1000; ++i) {
    if (condition()) return true;
    ::usleep(20'000);
  }
  return condition();
}

class RealConditions : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(::geteuid(), 0U) << "run as root";
    ::setenv("BPFTAX_AGENT", (std::string(BPFTAX_BIN_DIR) + "/bpftax-agent").c_str(), 1);
    run_id_ = "condt-" + std::to_string(::getpid());
  }
  void TearDown() override {
    EXPECT_TRUE(eventually([&] { return processes().empty(); })) << "something of ours still runs";
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path()))
      EXPECT_THAT(entry.path().filename().string(), testing::Not(testing::HasSubstr("bpftax-load")));
  }
  static bool have_stress() {
    for (const char* path : {"/usr/bin/stress-ng", "/usr/local/bin/stress-ng"})
      if (::access(path, X_OK) == 0) return true;
    return false;
  }
  // As own_machine(), with folders of this test.
  ConditionPlace place() {
    ConditionPlace place = own_machine();
    place.load.folder_parent = folder_.path();
    const auto host = std::make_shared<std::unique_ptr<AgentHost>>();
    place.host = [this, host]() -> Result<Host*> {
      if (!*host) {
        LocalHostOptions options;
        options.run_id = run_id_;
        options.roots = {folder_.path()};
        options.state_dir = folder_ / "state";
        BPFTAX_ASSIGN(*host, start_local_agent(options));
        keeper_ = (*host)->session().hello().keeper_pid;
        worker_ = (*host)->session().hello().pid;
      }
      return host->get();
    };
    return place;
  }
  std::vector<int> processes() const {
    std::vector<int> found;
    for (const int pid : all_processes("/proc")) {
      if (environment_of(pid, kRunVariable) == run_id_ && identify(pid)) found.push_back(pid);
    }
    return found;
  }

  TemporaryFolder folder_{"/var/tmp"};
  std::string run_id_;
  int keeper_ = 0, worker_ = 0;
};

TEST_F(RealConditions, half_of_all_cpus_is_reached_and_nothing_is_left) {
  if (!have_stress()) GTEST_SKIP() << "stress-ng is not installed";
  {
    auto conditions = make_conditions({{"cpu:50"}, "", "", ""}, place());
    ASSERT_TRUE(conditions);
    const auto entered = conditions->front()->enter();
    if (entered) {
      EXPECT_FALSE(processes().empty());
      ::usleep(1'000'000);
      const auto reached = conditions->front()->leave();
      ASSERT_TRUE(reached) << to_string(reached.error());
      EXPECT_NEAR((*reached)["cpu_percent_before"]["mean"].get<double>(), 50, CpuControl::kTolerance);
      EXPECT_TRUE(reached->contains("cpu_percent")) << reached->dump();
      EXPECT_GT((*reached)["load_cpu_percent"]["mean"].get<double>(), 5);
    } else {
      // Something else may run on this machine: then it has to be noticed.
      EXPECT_EQ(entered.error().what, "the load was not reached") << to_string(entered.error());
      EXPECT_THAT(entered.error().why, testing::HasSubstr("other processes are busy"));
    }
    EXPECT_TRUE(processes().empty()) << "ended by leave(), not by the end of the agent";
  }
  EXPECT_FALSE(path_exists(folder_ / "state")) << "the agent has ended in order";
}

MemoryState memory_now() {
  const auto text = read_file("/proc/meminfo");
  const auto state = text ? parse_meminfo(*text) : Result<MemoryState>(MemoryState{});
  EXPECT_TRUE(state);
  return state.value_or(MemoryState{});
}

// A step of three to four percent above what is in use now: any machine has it.
TEST_F(RealConditions, memory_is_taken_and_held_until_the_end) {
  if (!have_stress()) GTEST_SKIP() << "stress-ng is not installed";
  const MemoryState before = memory_now();
  const int target = static_cast<int>(std::ceil(memory_percent(before))) + 3;
  auto conditions = make_conditions({{"mem:" + std::to_string(target)}, "", "", ""}, place());
  ASSERT_TRUE(conditions) << to_string(conditions.error());
  const auto entered = conditions->front()->enter();
  ASSERT_TRUE(entered) << to_string(entered.error());
  const MemoryState meanwhile = memory_now();
  EXPECT_NEAR(memory_percent(meanwhile), target, kMemoryTolerance);
  const auto reached = conditions->front()->leave();
  ASSERT_TRUE(reached) << to_string(reached.error());
  EXPECT_NEAR((*reached)["memory_percent_before"]["mean"].get<double>(), target, kMemoryTolerance);
  EXPECT_NEAR((*reached)["memory_percent"]["mean"].get<double>(), target, kMemoryTolerance);
  const int64_t taken_kb = (*reached)["stress"]["vm_bytes"].get<int64_t>() / 1024;
  EXPECT_GT(taken_kb, before.total_kb / 50);
  EXPECT_GT(before.available_kb - meanwhile.available_kb, taken_kb / 2) << "it is really in use";
  // That ends the taking; when the kernel counts the pages as free again is its own affair (20 s have been
  // seen).
  EXPECT_TRUE(processes().empty());
}

TEST_F(RealConditions, the_load_ends_when_we_are_killed) {
  if (!have_stress()) GTEST_SKIP() << "stress-ng is not installed";
  const pid_t controller = ::fork();
  if (controller == 0) {
    auto conditions = make_conditions({{"net"}, "", "", ""}, place());
    if (!conditions || !conditions->front()->enter()) ::_exit(1);
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(controller, &status, 0), controller);
  ASSERT_TRUE(WIFSIGNALED(status)) << "the load did not start";
  EXPECT_TRUE(eventually([&] { return processes().empty() && !path_exists(folder_ / "state"); }));
}

// cpuidle of this machine, by sysfs: the only setting that virtual machines offer. One state is disabled to
// begin with, so that `cstates:on` has something to change.
class RealSettings : public RealConditions {
 protected:
  void SetUp() override {
    RealConditions::SetUp();
    const auto found = read_cpu_setting(kCpuSettingsDirectory, kState);
    if (!found) GTEST_SKIP() << "this machine has no cpuidle";
    found_ = *found;
    ASSERT_TRUE(write_cpu_setting(kCpuSettingsDirectory, kState, "1"));
  }
  void TearDown() override {
    if (!found_.empty()) EXPECT_TRUE(write_cpu_setting(kCpuSettingsDirectory, kState, found_));
    RealConditions::TearDown();
  }
  static std::string now() { return read_cpu_setting(kCpuSettingsDirectory, kState).value_or("?"); }
  Result<std::vector<std::unique_ptr<Condition>>> conditions(const std::string& cstates, bool device = true) {
    ConditionPlace where = place();
    if (!device) where.power.latency_device = folder_ / "none";
    return make_conditions({{}, cstates, "", ""}, where);
  }
  // Enters the condition, kills the agent when asked to, and itself.
  void die_inside(bool agent_too) {
    const pid_t controller = ::fork();
    if (controller == 0) {
      auto on = conditions("on");
      if (!on || !on->front()->enter() || now() != "0") ::_exit(1);
      if (agent_too) {
        ::kill(keeper_, SIGKILL);
        ::kill(worker_, SIGKILL);
      }
      ::kill(::getpid(), SIGKILL);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(controller, &status, 0), controller);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the condition was not entered";
  }

  static constexpr char kState[] = "cpu0/cpuidle/state1/disable";
  std::string found_;
};

TEST_F(RealSettings, idle_states_are_allowed_meanwhile) {
  auto on = conditions("on");
  ASSERT_TRUE(on);
  const auto entered = on->front()->enter();
  ASSERT_TRUE(entered) << to_string(entered.error());
  EXPECT_EQ(now(), "0");
  const auto reached = on->front()->leave();
  ASSERT_TRUE(reached);
  EXPECT_EQ((*reached)["settings"][kState], "0");
  EXPECT_EQ(now(), "1");
}

TEST_F(RealSettings, idle_states_are_forbidden_meanwhile) {
  for (const bool device : {true, false}) {
    auto off = conditions("off", device);
    ASSERT_TRUE(off);
    if (const auto entered = off->front()->enter(); !entered) {
      // The governor haltpoll does not look at the files.
      EXPECT_FALSE(device) << to_string(entered.error());
      EXPECT_EQ(entered.error().what, "idle states are still entered");
    } else {
      ::usleep(200'000);
      const auto reached = off->front()->leave();
      ASSERT_TRUE(reached);
      EXPECT_LT((*reached)["deep_idle_percent"]["mean"].get<double>(), 5) << reached->dump();
    }
    EXPECT_EQ(now(), "1");
  }
}

TEST_F(RealSettings, come_back_when_we_are_killed) {
  ASSERT_NO_FATAL_FAILURE(die_inside(false));
  EXPECT_TRUE(eventually([&] { return now() == "1"; }));
}

TEST_F(RealSettings, come_back_by_clean_when_everything_was_killed) {
  ASSERT_NO_FATAL_FAILURE(die_inside(true));
  EXPECT_EQ(now(), "0") << "nobody was left to restore it";
  ASSERT_TRUE(eventually([&] { return !dead_runs(folder_ / "state")->empty(); }));
  const auto report = undo_dead_runs(folder_ / "state");
  ASSERT_TRUE(report);
  EXPECT_THAT(report->problems, testing::IsEmpty());
  EXPECT_THAT(report->restored, testing::Contains(std::string("setting ") + kState + " to 1"));
  EXPECT_EQ(now(), "1");
}

}  // namespace
}  // namespace bpftax::bench
