#include "bench/conditions/cpu_power.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/cpu_setting.h"
#include "host/fake_host.h"
#include "sample/test_tree.h"
#include "util/files.h"
#include "util/strings.h"

namespace bpftax::bench {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class CpuPowerTest : public testing::Test {
 protected:
  void SetUp() override {
    paths_.cpus = tree_.roots().sys + "/devices/system/cpu";
    paths_.latency_device = tree_.roots().sys + "/no-such-device";
  }
  void put(const std::string& name, const std::string& value) const {
    tree_.write("/sys/devices/system/cpu/" + name, value + "\n");
  }
  std::string get(const std::string& name) const {
    return std::string(trim(read_file(paths_.cpus + "/" + name).value_or("?")));
  }
  void add_idle_states(int cpus = 2) const {
    for (int cpu = 0; cpu < cpus; ++cpu) {
      for (int state = 0; state < 3; ++state) {
        const std::string folder = "cpu" + std::to_string(cpu) + "/cpuidle/state" + std::to_string(state);
        put(folder + "/disable", "0");
        put(folder + "/latency", std::to_string(state * 50));
      }
    }
  }
  void add_frequencies(const std::string& driver, const std::string& governors,
                       const std::string& governor) const {
    for (const std::string policy : {"cpufreq/policy0/", "cpufreq/policy1/"}) {
      put(policy + "scaling_driver", driver);
      put(policy + "scaling_available_governors", governors);
      put(policy + "scaling_governor", governor);
      put(policy + "scaling_min_freq", "800000");
      put(policy + "scaling_max_freq", "3000000");
      put(policy + "cpuinfo_min_freq", "800000");
      put(policy + "cpuinfo_max_freq", "3000000");
    }
  }
  // "name=value"
  std::vector<std::string> plan(const PowerSpec& spec) const {
    const auto plan = plan_power(spec, paths_);
    if (!plan) return {to_string(plan.error())};
    std::vector<std::string> changes;
    if (plan->hold_latency) changes.emplace_back("latency");
    for (const SettingChange& change : plan->changes) changes.push_back(change.name + "=" + change.value);
    return changes;
  }

  test::TestTree tree_;
  PowerPaths paths_;
  FakeClock clock_;
  FakeHost host_{clock_};
};

const PowerSpec kCstatesOff{false, std::nullopt, ""}, kCstatesOn{true, std::nullopt, ""};
const PowerSpec kPstatesOff{std::nullopt, false, ""}, kPstatesOn{std::nullopt, true, ""};

TEST_F(CpuPowerTest, names_say_what_is_switched) {
  EXPECT_EQ(PowerSpec{}.name(), "");
  EXPECT_EQ(kCstatesOff.name(), "cstates:off");
  EXPECT_EQ((PowerSpec{true, false, ""}.name()), "cstates:on,pstates:off");
  EXPECT_EQ((PowerSpec{std::nullopt, std::nullopt, "powersave"}.name()), "governor:powersave");
}

TEST_F(CpuPowerTest, what_the_machine_does_not_offer_is_said) {
  put("cpuidle/current_driver", "none");
  for (const PowerSpec& spec : {kCstatesOff, kCstatesOn, kPstatesOff, kPstatesOn,
                                PowerSpec{std::nullopt, std::nullopt, "performance"}}) {
    const auto plan = plan_power(spec, paths_);
    ASSERT_FALSE(plan) << spec.name();
    EXPECT_EQ(plan.error().kind, ErrorKind::kEnvironment);
    EXPECT_THAT(plan.error().why,
                HasSubstr(spec.cstates ? "no idle states (cpuidle driver: none" : "no cpufreq driver"));
  }
}

TEST_F(CpuPowerTest, idle_states_are_forbidden_by_the_latency_device_where_there_is_one) {
  add_idle_states();
  paths_.latency_device = tree_.roots().sys + "/latency";
  tree_.write("/sys/latency", "");
  EXPECT_THAT(plan(kCstatesOff), ElementsAre("latency"));
  PowerChanges changes(paths_);
  ASSERT_TRUE(changes.apply(*plan_power(kCstatesOff, paths_), nullptr));
  EXPECT_TRUE(changes.holds_latency());
  EXPECT_EQ(read_file(paths_.latency_device).value(), std::string(4, '\0'));
  ASSERT_TRUE(changes.restore());
  EXPECT_FALSE(changes.holds_latency());
}

TEST_F(CpuPowerTest, else_all_but_polling_are_disabled_on_every_cpu) {
  add_idle_states();
  put("cpu1/cpuidle/state2/disable", "1");
  EXPECT_THAT(plan(kCstatesOff), ElementsAre("cpu0/cpuidle/state1/disable=1", "cpu0/cpuidle/state2/disable=1",
                                             "cpu1/cpuidle/state1/disable=1"));
  EXPECT_THAT(plan(kCstatesOn), ElementsAre("cpu1/cpuidle/state2/disable=0"));
}

TEST_F(CpuPowerTest, idle_states_cannot_be_allowed_while_somebody_holds_the_latency_down) {
  add_idle_states();
  paths_.latency_device = tree_.roots().sys + "/latency";
  tree_.write("/sys/latency", std::string("\x14\0\0\0", 4));  // 20 us
  const auto refused = plan_power(kCstatesOn, paths_);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().why, HasSubstr("holds it at 20 us"));
}

TEST_F(CpuPowerTest, p_states_off_is_one_frequency_without_turbo) {
  add_frequencies("acpi-cpufreq", "performance schedutil", "schedutil");
  put("cpufreq/boost", "1");
  EXPECT_THAT(
      plan(kPstatesOff),
      ElementsAre("cpufreq/boost=0", "cpufreq/policy0/scaling_governor=performance",
                  "cpufreq/policy0/scaling_min_freq=3000000", "cpufreq/policy1/scaling_governor=performance",
                  "cpufreq/policy1/scaling_min_freq=3000000"));
}

TEST_F(CpuPowerTest, p_states_on_takes_a_governor_that_follows_the_load) {
  add_frequencies("intel_pstate", "performance powersave", "performance");
  put("intel_pstate/no_turbo", "1");
  put("cpufreq/policy0/scaling_max_freq", "2000000");
  EXPECT_THAT(
      plan(kPstatesOn),
      ElementsAre("intel_pstate/no_turbo=0", "cpufreq/policy0/scaling_governor=powersave",
                  "cpufreq/policy0/scaling_max_freq=3000000", "cpufreq/policy1/scaling_governor=powersave"));
  add_frequencies("acpi-cpufreq", "performance powersave ondemand", "powersave");
  EXPECT_THAT(plan(kPstatesOn), testing::Contains("cpufreq/policy1/scaling_governor=ondemand"));
  add_frequencies("acpi-cpufreq", "performance ondemand schedutil", "ondemand");
  EXPECT_THAT(plan(kPstatesOn), ElementsAre("intel_pstate/no_turbo=0")) << "it follows the load already";
  add_frequencies("acpi-cpufreq", "performance powersave", "performance");
  EXPECT_THAT(plan(kPstatesOn), ElementsAre(HasSubstr("no governor follows the load")));
}

TEST_F(CpuPowerTest, a_governor_must_be_one_of_the_machine) {
  add_frequencies("acpi-cpufreq", "performance schedutil", "schedutil");
  EXPECT_THAT(plan({std::nullopt, std::nullopt, "schedutil"}), IsEmpty());
  const auto refused = plan_power({std::nullopt, std::nullopt, "powersave"}, paths_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().why, "available: performance, schedutil");
}

TEST_F(CpuPowerTest, what_is_changed_is_recorded_first_and_comes_back) {
  add_frequencies("acpi-cpufreq", "performance schedutil", "schedutil");
  {
    PowerChanges changes(paths_);
    ASSERT_TRUE(changes.apply(*plan_power(kPstatesOff, paths_), &host_));
    EXPECT_EQ(get("cpufreq/policy1/scaling_governor"), "performance");
    EXPECT_EQ(get("cpufreq/policy0/scaling_min_freq"), "3000000");
    EXPECT_EQ(changes.in_force().size(), 4U);
    EXPECT_EQ(host_.owned().size(), 4U);
    EXPECT_TRUE(host_.owned().contains({"setting", "cpufreq/policy1/scaling_governor"}));
  }
  EXPECT_EQ(get("cpufreq/policy1/scaling_governor"), "schedutil");
  EXPECT_EQ(get("cpufreq/policy0/scaling_min_freq"), "800000");
  EXPECT_THAT(host_.owned(), IsEmpty());
}

TEST_F(CpuPowerTest, what_cannot_be_recorded_is_not_changed_and_the_rest_is_undone) {
  add_frequencies("acpi-cpufreq", "performance schedutil", "schedutil");
  host_.fail_at_call(2, fail(ErrorKind::kEnvironment, "disk full").value());
  PowerChanges changes(paths_);
  const auto applied = changes.apply(*plan_power(kPstatesOff, paths_), &host_);
  ASSERT_FALSE(applied);
  EXPECT_EQ(applied.error().what, "disk full");
  EXPECT_EQ(get("cpufreq/policy0/scaling_governor"), "schedutil");
  EXPECT_EQ(get("cpufreq/policy0/scaling_min_freq"), "800000");
  EXPECT_THAT(host_.owned(), IsEmpty());
}

TEST_F(CpuPowerTest, what_cannot_be_restored_stays_recorded) {
  add_frequencies("acpi-cpufreq", "performance schedutil", "schedutil");
  PowerChanges changes(paths_);
  ASSERT_TRUE(changes.apply(*plan_power({std::nullopt, std::nullopt, "performance"}, paths_), &host_));
  tree_.remove("/sys/devices/system/cpu/cpufreq/policy0");
  EXPECT_FALSE(changes.restore());
  EXPECT_EQ(get("cpufreq/policy1/scaling_governor"), "schedutil") << "the others are restored all the same";
  EXPECT_THAT(host_.owned(), ElementsAre(std::pair<std::string, std::string>{
                                 "setting", "cpufreq/policy0/scaling_governor"}));
  EXPECT_TRUE(changes.restore()) << "once is enough";
}

}  // namespace
}  // namespace bpftax::bench
