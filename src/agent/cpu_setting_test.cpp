#include "agent/cpu_setting.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>

#include "agent/ledger.h"
#include "agent/stale_runs.h"
#include "agent/temporary_folder.h"
#include "util/files.h"

namespace bpftax {
namespace {

const char kGovernor[] = "cpufreq/policy0/scaling_governor";
const char kIdle[] = "cpu1/cpuidle/state2/disable";

// Stands for /sys/devices/system/cpu.
class CpuSettingTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(make_directories(cpus_ + "/cpufreq/policy0"));
    ASSERT_TRUE(make_directories(cpus_ + "/cpu1/cpuidle/state2"));
    set(kGovernor, "powersave\n");
    set(kIdle, "0\n");
    options_.cpu_directory = cpus_;
  }
  void set(const std::string& name, const std::string& text) const {
    ASSERT_TRUE(write_file_atomically(cpus_ + "/" + name, text));
  }
  std::string get(const std::string& name) const { return read_cpu_setting(cpus_, name).value_or("?"); }
  // What an agent does; nobody is there to undo it, as after kill -9 of everything.
  void change(const Ledger& ledger, const std::string& name, const std::string& value) const {
    ASSERT_TRUE(ledger.record_setting({name, get(name)}));
    ASSERT_TRUE(write_cpu_setting(cpus_, name, value));
  }
  std::string head(const std::string& boot_id) const {
    return "bpftax-ledger 1 " + run_ + " " + boot_id + "\n";
  }

  TemporaryFolder folder_;
  std::string cpus_ = folder_ / "cpu";
  std::string state_ = folder_ / "state";
  std::string run_ = "settings." + std::to_string(::getpid());
  UndoOptions options_;
};

TEST_F(CpuSettingTest, is_read_and_written_and_a_shorter_value_leaves_nothing_of_the_longer_one) {
  EXPECT_EQ(get(kGovernor), "powersave");
  ASSERT_TRUE(write_cpu_setting(cpus_, kGovernor, "user"));
  EXPECT_EQ(read_file(cpus_ + "/" + kGovernor).value(), "user");
}

TEST_F(CpuSettingTest, names_outside_the_list_are_refused) {
  for (const char* name :
       {"", "/", "online", "cpu1/online", "../../../../etc/passwd", "cpufreq/policy0/../boost",
        "cpufreq/policy/scaling_governor", "cpufreq/policyx/scaling_governor",
        "cpufreq/policy0/scaling_setspeed", "cpu1/cpuidle/state2/disable/", "/cpu1/cpuidle/state2/disable",
        "cpu1/cpuidle/state2/disable\n", "cpu1/cpuidle/state2/usage", "cpu99999999/cpuidle/state2/disable",
        "intel_pstate/status", "cpufreq//boost"}) {
    EXPECT_FALSE(valid_cpu_setting(name)) << name;
    EXPECT_EQ(read_cpu_setting(cpus_, name).error().kind, ErrorKind::kUsage) << name;
    EXPECT_EQ(write_cpu_setting(cpus_, name, "1").error().kind, ErrorKind::kUsage) << name;
  }
  for (const char* name : {"cpu12/cpuidle/state0/disable", "cpufreq/policy127/scaling_max_freq",
                           "cpufreq/boost", "intel_pstate/no_turbo"})
    EXPECT_TRUE(valid_cpu_setting(name)) << name;
}

TEST_F(CpuSettingTest, values_are_one_plain_word) {
  for (const char* value : {"", "a b", "1\n0", "../x", "a%20"})
    EXPECT_FALSE(write_cpu_setting(cpus_, kGovernor, value)) << value;
  set(kGovernor, "two words\n");
  EXPECT_FALSE(read_cpu_setting(cpus_, kGovernor))
      << "what could not be written back is not taken for a value";
}

TEST_F(CpuSettingTest, no_file_is_made_and_no_link_followed) {
  EXPECT_EQ(write_cpu_setting(cpus_, "cpufreq/boost", "0").error().errno_value, ENOENT);
  EXPECT_FALSE(path_exists(cpus_ + "/cpufreq/boost"));
  ASSERT_TRUE(write_file_atomically(folder_ / "victim", "1"));
  ASSERT_EQ(::symlink((folder_ / "victim").c_str(), (cpus_ + "/cpufreq/boost").c_str()), 0);
  EXPECT_FALSE(write_cpu_setting(cpus_, "cpufreq/boost", "0"));
  ASSERT_TRUE(make_directories(folder_ / "other/scaling"));
  ASSERT_EQ(::symlink((folder_ / "other").c_str(), (cpus_ + "/intel_pstate").c_str()), 0);
  ASSERT_TRUE(write_file_atomically(folder_ / "other/no_turbo", "1"));
  EXPECT_FALSE(write_cpu_setting(cpus_, "intel_pstate/no_turbo", "0"));
  EXPECT_EQ(read_file(folder_ / "victim").value() + read_file(folder_ / "other/no_turbo").value(), "11");
}

TEST_F(CpuSettingTest, what_a_killed_run_changed_comes_back_by_clean) {
  {
    const auto ledger = Ledger::open(state_, run_);
    ASSERT_TRUE(ledger);
    ASSERT_TRUE(ledger->record_agent({.pid = 1, .start_ticks = INT64_MAX}));  // dead
    change(*ledger, kGovernor, "performance");
    change(*ledger, kIdle, "1");
  }
  EXPECT_EQ(get(kGovernor) + get(kIdle), "performance1");
  const auto report = undo_dead_runs(state_, options_);
  ASSERT_TRUE(report);
  EXPECT_TRUE(report->problems.empty());
  EXPECT_EQ(report->restored,
            (std::vector<std::string>{std::string("setting ") + kIdle + " to 0",
                                      std::string("setting ") + kGovernor + " to powersave"}));
  EXPECT_EQ(get(kGovernor) + get(kIdle), "powersave0");
  EXPECT_FALSE(path_exists(state_));
}

TEST_F(CpuSettingTest, the_first_recorded_value_counts_and_what_was_forgotten_does_not) {
  const auto ledger = Ledger::open(state_, run_);
  ASSERT_TRUE(ledger);
  change(*ledger, kGovernor, "performance");
  change(*ledger, kGovernor, "schedutil");
  change(*ledger, kIdle, "1");
  ASSERT_TRUE(ledger->forget_setting(kIdle));
  const auto report = undo_all(ledger->path(), options_);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->settings, (std::vector<OwnedSetting>{{kGovernor, "powersave"}}));
  EXPECT_EQ(get(kIdle), "1") << "was restored, or kept on purpose, by whoever forgot it";
}

TEST_F(CpuSettingTest, a_forged_record_writes_nothing_else) {
  ASSERT_TRUE(write_file_atomically(folder_ / "victim", "old"));
  const std::string path = folder_ / (run_ + ".own");
  for (const std::string line : {"setting ../victim new", "setting ../../../../../etc/motd x",
                                 "setting cpu1/online 0", "setting cpufreq/policy0/scaling_governor a%0Ab"}) {
    ASSERT_TRUE(write_file_atomically(path, head(read_boot_id().value()) + line + "\n"));
    const auto report = undo_all(path, options_);
    ASSERT_TRUE(report);
    EXPECT_EQ(report->problems.size(), 1U) << line;
  }
  EXPECT_EQ(read_file(folder_ / "victim").value(), "old");
  EXPECT_EQ(get(kGovernor), "powersave");
}

TEST_F(CpuSettingTest, records_of_an_earlier_boot_and_of_a_cpu_that_has_gone_are_done_with) {
  const std::string path = folder_ / (run_ + ".own");
  ASSERT_TRUE(write_file_atomically(path, head("earlier") + "setting " + kGovernor + " ondemand\n"));
  ASSERT_TRUE(undo_all(path, options_)->problems.empty());
  EXPECT_EQ(get(kGovernor), "powersave");
  ASSERT_TRUE(
      write_file_atomically(path, head(read_boot_id().value()) + "setting cpu77/cpuidle/state1/disable 0\n"));
  ASSERT_TRUE(undo_all(path, options_)->problems.empty());
  EXPECT_FALSE(path_exists(path));
}

TEST(CpuSettingLedger, refuses_what_it_would_not_write_and_counts_wrong_lines) {
  const TemporaryFolder folder;
  const auto ledger = Ledger::open(folder / "state", "run");
  ASSERT_TRUE(ledger);
  EXPECT_FALSE(ledger->record_setting({"cpu0/online", "0"}));
  EXPECT_FALSE(ledger->record_setting({kGovernor, ""}));
  const auto content = parse_ledger(
      "bpftax-ledger 1 run boot\nsetting\nsetting a\nforget setting a b\nforget setting\nsetting a b c\n"
      "setting cpufreq/boost 1\nforget setting never\n",
      "x");
  ASSERT_TRUE(content);
  EXPECT_EQ(content->unreadable_lines, 5);
  EXPECT_EQ(content->settings, (std::vector<OwnedSetting>{{"cpufreq/boost", "1"}}));
}

}  // namespace
}  // namespace bpftax
