#include "bench/conditions/load.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tuple>

#include "bench/conditions/conditions.h"
#include "host/fake_host.h"
#include "host/interrupt.h"
#include "sample/test_tree.h"
#include "util/files.h"
#include "util/strings.h"

namespace bpftax::bench {
namespace {

using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::string option_of(const ProcessSpec& spec, const std::string& name) {
  const auto it = std::find(spec.argv.begin(), spec.argv.end(), name);
  return it == spec.argv.end() || it + 1 == spec.argv.end() ? "" : *(it + 1);
}

// A machine of two CPUs and 32 GiB that is as busy as its loads make it.
class LoadTest : public testing::Test {
 protected:
  void SetUp() override {
    host_.on_run([this](const ProcessSpec&) {
      Host::Finished finished;
      finished.out = installed_ ? "/usr/bin/stress-ng\n" : "";
      finished.status.code = installed_ ? 0 : 127;
      return finished;
    });
    host_.on_start([this](const ProcessSpec& spec) {
      if (const std::string load = option_of(spec, "--cpu-load"); !load.empty())
        cpu_load_[spec.name] = static_cast<double>(*to_int64(load));
      if (const std::string bytes = option_of(spec, "--vm-bytes"); !bytes.empty())
        memory_asked_kb_ = *to_int64(bytes) / 1024;
      return next_process_;
    });
    host_.on_sample([this](int64_t now_ns, const SamplingSpec& spec) { return sample(now_ns, spec); });
    place_.cpus = {0, 1};
    place_.folder_parent = "/var/tmp";
    place_.roots = tree_.roots();
    place_.free_port = [] { return Result<int>(40123); };
  }

  Sample sample(int64_t now_ns, const SamplingSpec& spec) {
    Sample sample = host_.default_sample(now_ns, spec);
    const double passed_us = static_cast<double>(now_ns - last_ns_) / 1000;
    last_ns_ = now_ns;
    sample.cpus.clear();
    for (int cpu = 0; cpu < 2; ++cpu) {
      const std::string name = "stress-ng cpu" + std::to_string(cpu);
      const double percent = base_use_ + (host_.running(name) ? obedience_ * cpu_load_[name] : 0);
      busy_us_[cpu] += std::min(100.0, percent) / 100 * passed_us;
      CpuTimes times;
      times.cpu = cpu;
      times.user_us = static_cast<int64_t>(busy_us_[cpu]);
      times.idle_us = now_ns / 1000 - times.user_us;
      sample.cpus.push_back(times);
    }
    sample.memory.total_kb = int64_t{32} << 20;
    // 110 MiB/s are 0.3 % in a second: filling is slower than what passes for standing still.
    const bool filling = host_.running("stress-ng vm") && memory_taken_kb_ < memory_asked_kb_;
    if (filling) {
      const auto filled_kb = static_cast<int64_t>(110 * 1024 * passed_us / 1e6);
      memory_taken_kb_ = std::min(memory_asked_kb_, memory_taken_kb_ + filled_kb);
      filled_us_ += static_cast<int64_t>(passed_us);
    }
    for (ProcessTree& tree : sample.processes) tree.user_us = tree.system_us = filled_us_ / 2;
    sample.memory.available_kb =
        (int64_t{24} << 20) - (host_.running("stress-ng vm") ? memory_taken_kb_ : 0) - tasks_kb_;
    written_ += host_.running("stress-ng hdd") ? disk_speed_ * passed_us / 1e6 : 0;
    received_ += host_.running("stress-ng sock") ? 5e8 * passed_us / 1e6 : 0;
    sample.disks = {{"vda", 0, 0, 0, static_cast<int64_t>(written_), 0}};
    NetInterface lo;
    lo.name = "lo";
    lo.rx_bytes = static_cast<int64_t>(received_);
    sample.interfaces = {lo};
    return sample;
  }

  Result<void> start(Load& load) { return load.start(host_); }
  void expect_nothing_left() const {
    EXPECT_THAT(host_.running(), IsEmpty());
    EXPECT_THAT(host_.owned(), IsEmpty());
  }

  FakeClock clock_;
  FakeHost host_{clock_};
  test::TestTree tree_;
  LoadPlace place_;
  FakeProcess next_process_;
  bool installed_ = true;
  double base_use_ = 1, obedience_ = 1, disk_speed_ = 3e7;
  std::map<std::string, double> cpu_load_;
  int64_t memory_asked_kb_ = 0, memory_taken_kb_ = 0, tasks_kb_ = 0, filled_us_ = 0, last_ns_ = 0;
  double busy_us_[2] = {}, written_ = 0, received_ = 0;
};

TEST_F(LoadTest, a_worker_on_each_cpu_and_what_was_reached_before_and_meanwhile) {
  Load load(*parse_load("cpu:80"), place_);
  ASSERT_TRUE(start(load));
  EXPECT_THAT(host_.running(), ElementsAre("stress-ng cpu0", "stress-ng cpu1"));
  EXPECT_EQ(host_.started()[1].cpus, std::vector<int>{1});
  EXPECT_EQ(host_.owned().size(), 1U);
  ASSERT_TRUE(load.begin_sampling());
  base_use_ = 15;  // the benchmark
  clock_.advance_ns(10'000'000'000);
  const auto reached = load.stop();
  ASSERT_TRUE(reached) << to_string(reached.error());
  EXPECT_NEAR((*reached)["cpu_percent_before"]["mean"].get<double>(), 81, 0.5);
  EXPECT_NEAR((*reached)["cpu_percent"]["mean"].get<double>(), 95, 0.5);
  EXPECT_GE((*reached)["cpu_percent"]["samples"].get<int>(), 19);
  EXPECT_EQ((*reached)["stress"]["cpu_load"], 80);
  expect_nothing_left();
}

TEST_F(LoadTest, a_load_that_is_off_is_corrected_and_the_next_visit_starts_there) {
  obedience_ = 0.85;
  base_use_ = 0;
  Load load(*parse_load("cpu:80"), place_);
  ASSERT_TRUE(start(load));
  const size_t starts = host_.started().size();
  EXPECT_GE(starts, 4U) << "two workers, at least twice";
  const auto reached = load.stop();
  ASSERT_TRUE(reached);
  EXPECT_NEAR((*reached)["cpu_percent_before"]["mean"].get<double>(), 80, CpuControl::kGoodEnough);
  EXPECT_NEAR((*reached)["stress"]["cpu_load"].get<double>(), 94, 2);
  ASSERT_TRUE(start(load));
  EXPECT_EQ(host_.started().size(), starts + 2);
  ASSERT_TRUE(load.stop());
  expect_nothing_left();
}

TEST_F(LoadTest, a_load_that_cannot_be_reached_is_an_error_and_leaves_nothing) {
  base_use_ = 60;
  Load load(*parse_load("cpu:30"), place_);
  const auto refused = start(load);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kEnvironment);
  EXPECT_THAT(refused.error().why, AllOf(HasSubstr("60.0 %"), HasSubstr("other processes are busy")));
  expect_nothing_left();
}

TEST_F(LoadTest, memory_is_filled_to_the_target_and_held) {
  Load load(*parse_load("mem:75"), place_);
  ASSERT_TRUE(start(load));
  ASSERT_TRUE(load.begin_sampling());
  clock_.advance_ns(3'000'000'000);
  const auto reached = load.stop();
  ASSERT_TRUE(reached) << to_string(reached.error());
  EXPECT_NEAR((*reached)["memory_percent_before"]["mean"].get<double>(), 75, 0.5);
  EXPECT_NEAR((*reached)["memory_percent"]["min"].get<double>(), 75, 0.5);
  EXPECT_EQ((*reached)["stress"]["vm_bytes"], int64_t{16} << 30);
  expect_nothing_left();
}

TEST_F(LoadTest, memory_that_is_off_while_tasks_run_makes_what_was_measured_worthless) {
  for (const auto& [tasks_gib, visit_ns, held] : std::vector<std::tuple<int64_t, int64_t, bool>>{
           {1, 3'000'000'000, true},     // 78.1 %
           {2, 3'000'000'000, false},    // 81.2 %
           {4, 300'000'000, false},      // seen in a visit of less than a second too
           {-4, 300'000'000, false}}) {  // somebody else has ended
    SCOPED_TRACE(std::to_string(tasks_gib) + " GiB for " + std::to_string(visit_ns) + " ns");
    tasks_kb_ = memory_taken_kb_ = 0;
    Load load(*parse_load("mem:75"), place_);
    ASSERT_TRUE(start(load));
    ASSERT_TRUE(load.begin_sampling());
    tasks_kb_ = tasks_gib << 20;
    clock_.advance_ns(visit_ns);
    const auto reached = load.stop();
    EXPECT_EQ(reached.has_value(), held);
    if (!reached) {
      EXPECT_EQ(reached.error().kind, ErrorKind::kWorkload);
      EXPECT_THAT(reached.error().why, HasSubstr("of the memory were in use while tasks ran"));
    }
    expect_nothing_left();
  }
}

TEST_F(LoadTest, memory_that_would_not_fit_is_not_even_tried) {
  tree_.write("/proc/self/cgroup", "0::/small\n");
  tree_.write("/sys/fs/cgroup/small/memory.max", "1073741824\n");
  tree_.write("/sys/fs/cgroup/small/memory.current", "1000\n");
  Load load(*parse_load("cpu:80+mem:75"), place_);
  const auto refused = start(load);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kEnvironment);
  EXPECT_THAT(host_.started(), IsEmpty());
  expect_nothing_left();
}

TEST_F(LoadTest, traffic_must_be_seen) {
  Load load(*parse_load("io+net"), place_);
  ASSERT_TRUE(start(load));
  EXPECT_THAT(host_.running(), SizeIs(2));
  const auto reached = load.stop();
  ASSERT_TRUE(reached);
  EXPECT_NEAR((*reached)["disk_written_bytes_per_s_before"]["mean"].get<double>(), 3e7, 1e6);
  EXPECT_NEAR((*reached)["network_bytes_per_s_before"]["mean"].get<double>(), 5e8, 1e7);
  EXPECT_THAT(host_.started(),
              Each(testing::Field(&ProcessSpec::stderr_path, HasSubstr("/var/tmp/bpftax-load-"))));
  expect_nothing_left();

  disk_speed_ = 1000;
  const auto refused = start(load);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().why, HasSubstr("the disks write"));
  expect_nothing_left();
}

TEST_F(LoadTest, a_load_that_ends_by_itself_makes_what_was_measured_worthless) {
  next_process_.runs_for_ns = 30'000'000'000;
  next_process_.exit.code = 2;
  next_process_.err = "stress-ng: out of memory\n";
  Load load(*parse_load("cpu:80"), place_);
  ASSERT_TRUE(start(load));
  ASSERT_TRUE(load.begin_sampling());
  clock_.advance_ns(60'000'000'000);
  const auto reached = load.stop();
  ASSERT_FALSE(reached);
  EXPECT_EQ(reached.error().kind, ErrorKind::kWorkload);
  EXPECT_THAT(reached.error().why, AllOf(HasSubstr("exit code 2"), HasSubstr("out of memory")));
  expect_nothing_left();
}

TEST_F(LoadTest, a_load_that_falls_short_does_so_too) {
  Load load(*parse_load("cpu:80"), place_);
  ASSERT_TRUE(start(load));
  ASSERT_TRUE(load.begin_sampling());
  obedience_ = 0.9;
  clock_.advance_ns(10'000'000'000);
  const auto reached = load.stop();
  ASSERT_FALSE(reached);
  EXPECT_EQ(reached.error().kind, ErrorKind::kWorkload);
  EXPECT_THAT(reached.error().why, HasSubstr("73.0 % of the CPUs"));
  expect_nothing_left();
}

TEST_F(LoadTest, a_machine_without_stress_ng_says_how_to_get_it) {
  installed_ = false;
  Load load(*parse_load("cpu:80"), place_);
  const auto refused = start(load);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kEnvironment);
  EXPECT_EQ(refused.error().hint, "apt-get install stress-ng");
  expect_nothing_left();
}

TEST_F(LoadTest, an_interrupt_leaves_nothing) {
  host_.interrupt_at_ns(clock_.monotonic_ns() + 1'000'000'000);
  Load load(*parse_load("cpu:80"), place_);
  const auto interrupted = start(load);
  ASSERT_FALSE(interrupted);
  EXPECT_EQ(interrupted.error().kind, ErrorKind::kInterrupted);
  expect_nothing_left();
}

// ---- conditions ----

class ConditionsTest : public LoadTest {
 protected:
  std::vector<std::string> names(const ConditionOptions& options) {
    const auto conditions = make(options);
    if (!conditions) return {to_string(conditions.error())};
    std::vector<std::string> names;
    for (const auto& condition : *conditions) names.push_back(condition->name());
    return names;
  }
  Result<std::vector<std::unique_ptr<Condition>>> make(const ConditionOptions& options) {
    ConditionPlace place;
    place.host = [this]() -> Result<Host*> {
      ++hosts_asked_;
      return &host_;
    };
    place.load = place_;
    place.power.cpus = tree_.roots().sys + "/devices/system/cpu";
    place.power.latency_device = tree_.roots().sys + "/none";
    return make_conditions(options, place);
  }
  int hosts_asked_ = 0;
};

TEST_F(ConditionsTest, are_all_combinations) {
  EXPECT_THAT(names({}), ElementsAre("idle"));
  EXPECT_THAT(names({{"idle,cpu:80"}, "", "", ""}), ElementsAre("idle", "cpu:80"));
  EXPECT_THAT(
      names({{"idle", "cpu:80+mem:75"}, "on,off", "", ""}),
      ElementsAre("cstates:on", "cstates:off", "cpu:80+mem:75,cstates:on", "cpu:80+mem:75,cstates:off"));
  EXPECT_THAT(names({{}, "off", "off", ""}), ElementsAre("cstates:off,pstates:off"));
  EXPECT_THAT(names({{"io"}, "", "", "performance,powersave"}),
              ElementsAre("io,governor:performance", "io,governor:powersave"));
}

TEST_F(ConditionsTest, options_that_make_no_sense_are_refused) {
  for (const ConditionOptions& options : std::vector<ConditionOptions>{{{"cpu"}, "", "", ""},
                                                                       {{}, "maybe", "", ""},
                                                                       {{}, "on,on", "", ""},
                                                                       {{}, "", "on,", ""},
                                                                       {{}, "", "", "a b"},
                                                                       {{}, "", "", "../x"},
                                                                       {{}, "", "off", "performance"}}) {
    const auto conditions = make(options);
    ASSERT_FALSE(conditions);
    EXPECT_EQ(conditions.error().kind, ErrorKind::kUsage);
  }
}

TEST_F(ConditionsTest, a_load_is_entered_and_left_again_and_again) {
  auto conditions = make({{"cpu:80"}, "", "", ""});
  ASSERT_TRUE(conditions);
  Condition& condition = *conditions->front();
  for (int visit = 0; visit < 2; ++visit) {
    ASSERT_TRUE(condition.enter());
    EXPECT_FALSE(condition.enter());
    EXPECT_THAT(host_.running(), SizeIs(2));
    clock_.advance_ns(2'000'000'000);
    const auto reached = condition.leave();
    ASSERT_TRUE(reached);
    EXPECT_NEAR((*reached)["cpu_percent"]["mean"].get<double>(), 81, 0.5);
    EXPECT_FALSE(condition.leave());
    expect_nothing_left();
  }
}

TEST_F(ConditionsTest, a_condition_that_is_not_left_is_left_by_its_end) {
  {
    auto conditions = make({{"cpu:80"}, "", "", ""});
    ASSERT_TRUE(conditions->front()->enter());
  }
  expect_nothing_left();
}

TEST_F(ConditionsTest, settings_are_in_force_under_the_load_and_come_back) {
  const std::string governor = "/sys/devices/system/cpu/cpufreq/policy0/scaling_governor";
  tree_.write(governor, "schedutil\n");
  tree_.write("/sys/devices/system/cpu/cpufreq/policy0/scaling_available_governors",
              "performance schedutil\n");
  auto conditions = make({{"cpu:80"}, "", "", "performance"});
  ASSERT_TRUE(conditions);
  Condition& condition = *conditions->front();
  ASSERT_TRUE(condition.enter());
  const std::string path = tree_.roots().sys + governor.substr(4);
  EXPECT_EQ(read_file(path).value(), "performance");
  const auto reached = condition.leave();
  ASSERT_TRUE(reached);
  EXPECT_EQ((*reached)["settings"]["cpufreq/policy0/scaling_governor"], "performance");
  EXPECT_EQ(read_file(path).value(), "schedutil");
  expect_nothing_left();

  base_use_ = 95;  // the load cannot be reached: the setting comes back all the same
  EXPECT_FALSE(condition.enter());
  EXPECT_EQ(read_file(path).value(), "schedutil");
  expect_nothing_left();
}

TEST_F(ConditionsTest, idle_needs_no_agent) {
  place_.roots = {};  // this machine
  auto conditions = make({});
  ASSERT_TRUE(conditions);
  ASSERT_TRUE(conditions->front()->enter());
  ::usleep(50'000);
  const auto reached = conditions->front()->leave();
  ASSERT_TRUE(reached);
  EXPECT_TRUE(reached->contains("cpu_percent"));
  EXPECT_EQ(hosts_asked_, 0);
}

}  // namespace
}  // namespace bpftax::bench
