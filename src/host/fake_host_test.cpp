#include "host/fake_host.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "host/interrupt.h"

namespace bpftax {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr int64_t kSecond = 1'000'000'000;

ProcessSpec named(const std::string& name) {
  ProcessSpec spec;
  spec.name = name;
  spec.argv = {name};
  spec.stdout_path = "/out/" + name;
  spec.stderr_path = "/err/" + name;
  return spec;
}

class FakeHostTest : public testing::Test {
 protected:
  FakeClock clock_;
  FakeHost host_{clock_};
};

TEST_F(FakeHostTest, a_process_takes_as_long_and_writes_what_the_script_says) {
  host_.on_start([](const ProcessSpec&) {
    FakeProcess process;
    process.runs_for_ns = 3 * kSecond;
    process.out = "42";
    process.err = "warning";
    process.exit.code = 7;
    return process;
  });
  const auto handle = host_.start(named("client"));
  ASSERT_TRUE(handle);
  auto early = host_.wait(*handle, 1000);
  ASSERT_TRUE(early);
  EXPECT_FALSE(early->has_value());
  EXPECT_TRUE(host_.running("client"));
  const auto late = host_.wait(*handle, 10'000);
  ASSERT_TRUE(late);
  ASSERT_TRUE(late->has_value());
  EXPECT_EQ((*late)->code, 7);
  EXPECT_EQ((*late)->ended_ns, handle->started_ns + 3 * kSecond);
  EXPECT_EQ((*late)->output_bytes, 9);
  EXPECT_EQ(clock_.monotonic_ns(), handle->started_ns + 3 * kSecond) << "waiting takes no longer than needed";
  EXPECT_EQ(*host_.tail(*handle, OutputStream::kStdout, 100), "42");
  EXPECT_EQ(*host_.tail(*handle, OutputStream::kStderr, 3), "ing");
  EXPECT_EQ(host_.files().at("/out/client"), "42");
  EXPECT_THAT(host_.log(), ElementsAre("start client", "exit client"));
}

TEST_F(FakeHostTest, output_over_the_cap_is_cut_and_the_cut_is_reported) {
  host_.on_start([](const ProcessSpec&) {
    FakeProcess process;
    process.runs_for_ns = kSecond;
    process.out = "0123456789";
    return process;
  });
  ProcessSpec spec = named("tool");
  spec.output_cap_bytes = 4;
  const auto handle = host_.start(spec);
  const auto status = host_.wait(*handle, 5000);
  EXPECT_TRUE((*status)->output_cut);
  EXPECT_EQ((*status)->output_bytes, 10);
  EXPECT_EQ(host_.files().at("/out/tool"), "0123");
}

TEST_F(FakeHostTest, one_start_that_fails_starts_none) {
  host_.on_start([](const ProcessSpec& spec) {
    FakeProcess process;
    if (spec.name == "b")
      process.start_error = Error{ErrorKind::kEnvironment, "cannot start", "b", "no such file", ""};
    return process;
  });
  const auto handles = host_.start_together({named("a"), named("b")});
  ASSERT_FALSE(handles);
  EXPECT_EQ(handles.error().why, "no such file");
  EXPECT_THAT(host_.running(), IsEmpty());
}

TEST_F(FakeHostTest, stop_escalates_as_far_as_the_process_ignores_signals) {
  host_.on_start([](const ProcessSpec& spec) {
    FakeProcess process;
    process.ignores_sigint = spec.name != "good";
    process.ignores_sigterm = spec.name == "worst";
    if (spec.name == "worst") process.stragglers = {77};
    return process;
  });
  const auto good = host_.start(named("good"));
  const auto bad = host_.start(named("bad"));
  const auto worst = host_.start(named("worst"));
  const auto report = host_.stop(*good);
  EXPECT_EQ(report->ended_by, "SIGINT");
  EXPECT_EQ(report->took_ms, 0);
  EXPECT_EQ(host_.stop(*bad)->ended_by, "SIGTERM");
  const auto worst_report = host_.stop(*worst);
  EXPECT_EQ(worst_report->ended_by, "SIGKILL");
  EXPECT_EQ(worst_report->took_ms, 7000);
  EXPECT_THAT(worst_report->stragglers, ElementsAre(77));
  EXPECT_TRUE(worst_report->status.signaled);
  EXPECT_TRUE(host_.stop(*worst)->already_gone) << "stop is idempotent";
  EXPECT_THAT(host_.running(), IsEmpty());
}

TEST_F(FakeHostTest, programs_appear_and_vanish_when_the_script_says) {
  host_.on_start([](const ProcessSpec&) {
    FakeProcess process;
    FakeProgram late = fake_program("late", 2 * kSecond);
    late.maps.push_back({.name = "counts", .type = "percpu_array"});
    FakeProgram brief = fake_program("brief");
    brief.vanishes_after_ns = kSecond;
    FakeProgram loose = fake_program("loose", 2 * kSecond);
    loose.attached = false;
    process.programs = {late, brief, loose};
    return process;
  });
  const auto tool = host_.start(named("tool"));
  auto inventory = host_.bpf_of(*tool);
  ASSERT_EQ(inventory->programs.size(), 1u);
  EXPECT_EQ(inventory->programs[0].name, "brief");
  EXPECT_THAT(inventory->attached, ElementsAre(inventory->programs[0].id));
  clock_.advance_ns(2 * kSecond);
  inventory = host_.bpf_of(*tool);
  ASSERT_EQ(inventory->programs.size(), 2u);
  EXPECT_EQ(inventory->programs[0].name, "late");
  ASSERT_EQ(inventory->maps.size(), 1u);
  EXPECT_THAT(inventory->programs[0].map_ids, ElementsAre(inventory->maps[0].id));
  EXPECT_THAT(inventory->attached, ElementsAre(inventory->programs[0].id));
  ASSERT_TRUE(host_.stop(*tool));
  EXPECT_THAT(host_.bpf_of(*tool)->programs, IsEmpty());
  EXPECT_THAT(host_.bpf_all()->programs, IsEmpty());
}

TEST_F(FakeHostTest, what_is_left_behind_stays_in_the_system) {
  BpfProgram system_program;
  system_program.name = "sd_devices";
  host_.add_system_program(system_program);
  host_.on_start([](const ProcessSpec&) {
    FakeProcess process;
    process.programs = {fake_program("pinned")};
    process.programs[0].left_behind = true;
    return process;
  });
  const auto tool = host_.start(named("tool"));
  EXPECT_EQ(host_.bpf_of(*tool)->programs.size(), 1u);
  ASSERT_TRUE(host_.stop(*tool));
  const auto all = host_.bpf_all();
  ASSERT_EQ(all->programs.size(), 2u);
  EXPECT_EQ(all->programs[1].name, "pinned");
}

TEST_F(FakeHostTest, runs_are_counted_only_while_statistics_are_on) {
  host_.on_start([](const ProcessSpec&) {
    FakeProcess process;
    process.programs = {fake_program("count")};
    process.programs[0].runs_per_s = 1000;
    process.programs[0].ns_per_run = 150;
    return process;
  });
  const auto tool = host_.start(named("tool"));
  clock_.advance_ns(5 * kSecond);
  EXPECT_EQ(host_.bpf_of(*tool)->programs[0].run_count, 0);
  ASSERT_TRUE(host_.bpf_stats(true));
  clock_.advance_ns(2 * kSecond);
  ASSERT_TRUE(host_.bpf_stats(false));
  clock_.advance_ns(3 * kSecond);
  EXPECT_EQ(host_.bpf_of(*tool)->programs[0].run_count, 2000);
  EXPECT_EQ(host_.bpf_of(*tool)->programs[0].run_time_ns, 300'000);
}

TEST_F(FakeHostTest, a_server_listens_when_the_script_says_or_the_wait_says_why_not) {
  host_.on_start([](const ProcessSpec& spec) {
    FakeProcess process;
    process.listens_after_ns = kSecond;
    if (spec.name == "deaf") process.listens_after_ns = std::nullopt;
    if (spec.name == "in use") {
      process.runs_for_ns = kSecond / 2;
      process.exit.code = 1;
    }
    return process;
  });
  const auto server = host_.start(named("server"));
  EXPECT_TRUE(host_.wait_listening(*server, PortProtocol::kTcp, 5201, 5000));
  EXPECT_EQ(clock_.monotonic_ns(), server->started_ns + kSecond);
  const auto deaf = host_.start(named("deaf"));
  const auto late = host_.wait_listening(*deaf, PortProtocol::kTcp, 5201, 5000);
  ASSERT_FALSE(late);
  EXPECT_THAT(late.error().why, HasSubstr("5000 ms"));
  const auto in_use = host_.start(named("in use"));
  const auto dead = host_.wait_listening(*in_use, PortProtocol::kTcp, 5201, 5000);
  ASSERT_FALSE(dead);
  EXPECT_THAT(dead.error().why, HasSubstr("exit code 1"));
}

TEST_F(FakeHostTest, samples_come_at_their_interval_and_once_more_at_the_end) {
  const auto tool = host_.start(named("tool"));
  SamplingSpec spec;
  spec.interval_ms = 100;
  spec.handles = {tool->id};
  spec.netns = {"bpftax-x-s"};
  ASSERT_TRUE(host_.start_sampling(spec));
  EXPECT_FALSE(host_.start_sampling(spec)) << "one series at a time";
  clock_.advance_ns(kSecond + 50'000'000);
  const auto series = host_.stop_sampling();
  ASSERT_TRUE(series);
  ASSERT_EQ(series->samples.size(), 12u);
  EXPECT_EQ(series->samples[1].monotonic_ns - series->samples[0].monotonic_ns, 100'000'000);
  EXPECT_EQ(series->samples.back().monotonic_ns, clock_.monotonic_ns());
  EXPECT_EQ(series->samples.back().processes[0].processes, 1);
  EXPECT_EQ(series->samples.back().interfaces[0].netns, "bpftax-x-s");
  EXPECT_FALSE(host_.stop_sampling());
}

TEST_F(FakeHostTest, a_lost_agent_fails_every_call_from_then_on_and_takes_its_processes_along) {
  ASSERT_TRUE(host_.own("netns", "bpftax-x-s"));
  const auto tool = host_.start(named("tool"));
  host_.lose_at_call(host_.call_count() + 1);
  const auto lost = host_.wait(*tool, 10);
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().kind, ErrorKind::kLost);
  EXPECT_FALSE(host_.stop(*tool));
  EXPECT_THAT(host_.running(), IsEmpty());
  EXPECT_THAT(host_.owned(), IsEmpty());
  EXPECT_THAT(host_.log(), ElementsAre("start tool", "lost"));
}

TEST_F(FakeHostTest, an_agent_can_be_lost_in_the_middle_of_a_wait) {
  const auto tool = host_.start(named("tool"));
  host_.lose_at_ns(tool->started_ns + kSecond);
  const auto lost = host_.wait(*tool, 10'000);
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().kind, ErrorKind::kLost);
  EXPECT_EQ(clock_.monotonic_ns(), tool->started_ns + kSecond);
}

TEST_F(FakeHostTest, an_interrupt_ends_waiting_but_not_cleaning_up) {
  const auto tool = host_.start(named("tool"));
  host_.interrupt_at_ns(tool->started_ns + kSecond);
  const auto waited = host_.wait(*tool, 10'000);
  ASSERT_FALSE(waited);
  EXPECT_EQ(waited.error().kind, ErrorKind::kInterrupted);
  EXPECT_EQ(clock_.monotonic_ns(), tool->started_ns + kSecond);
  EXPECT_TRUE(interrupted());
  EXPECT_FALSE(host_.start(named("another")));
  EXPECT_TRUE(host_.stop(*tool));
  EXPECT_TRUE(host_.remove_tree("/out"));
  EXPECT_TRUE(host_.disown("netns", "x"));
  const InterruptShield shield;
  EXPECT_TRUE(host_.run(named("ip"), 1000));
}

TEST_F(FakeHostTest, single_calls_can_be_made_to_fail) {
  host_.fail_next("bpf_of", Error{ErrorKind::kInternal, "cannot read fdinfo", "", "EIO", ""});
  const auto tool = host_.start(named("tool"));
  EXPECT_FALSE(host_.bpf_of(*tool));
  EXPECT_TRUE(host_.bpf_of(*tool));
  host_.fail_at_call(host_.call_count() + 2, Error{ErrorKind::kInternal, "second", "", "", ""});
  EXPECT_TRUE(host_.clock());
  EXPECT_FALSE(host_.clock());
}

TEST_F(FakeHostTest, files_live_in_memory) {
  ASSERT_TRUE(host_.make_directories("/run/x"));
  ASSERT_TRUE(host_.write_file("/run/x/a", "hello"));
  ASSERT_TRUE(host_.write_file("/run/x/sub/b", "you"));
  const auto infos = host_.list("/run/x");
  ASSERT_TRUE(infos);
  ASSERT_EQ(infos->size(), 2u);
  EXPECT_EQ((*infos)[0].name, "a");
  EXPECT_EQ((*infos)[0].size, 5);
  EXPECT_TRUE((*infos)[1].is_directory);
  EXPECT_FALSE(host_.read_file("/run/x/a", 4));
  EXPECT_EQ(*host_.read_file("/run/x/a", 5), "hello");
  ASSERT_TRUE(host_.remove_tree("/run/x"));
  EXPECT_FALSE(host_.list("/run/x"));
}

TEST_F(FakeHostTest, an_hour_of_windows_passes_in_no_time) {
  host_.on_start([](const ProcessSpec&) {
    FakeProcess process;
    process.runs_for_ns = 6 * kSecond;
    return process;
  });
  for (int window = 0; window < 600; ++window) {
    ASSERT_TRUE(host_.start_sampling({}));
    const auto handles = host_.start_together({named("a"), named("b")});
    ASSERT_TRUE(handles);
    for (const ProcessHandle& handle : *handles) ASSERT_TRUE(host_.wait(handle, 10'000));
    ASSERT_EQ(host_.stop_sampling()->samples.size(), 61u);
    for (const ProcessHandle& handle : *handles) ASSERT_TRUE(host_.stop(handle));
  }
  EXPECT_EQ(clock_.monotonic_ns(), (1 + 3600) * kSecond);
  EXPECT_EQ(host_.log().size(), 600u * 6);
}

TEST(ExitStatusText, names_signals_and_codes) {
  EXPECT_EQ(to_string(ExitStatus{.code = 1}), "exit code 1");
  EXPECT_EQ(to_string(ExitStatus{.signaled = true, .code = SIGKILL}), "killed by SIGKILL (9)");
  EXPECT_EQ(to_string(ExitStatus{.signaled = true, .code = 250}), "killed by signal 250");
}

}  // namespace
}  // namespace bpftax
