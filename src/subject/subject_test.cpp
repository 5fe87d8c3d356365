#include "subject/subject.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/fake_host.h"
#include "host/interrupt.h"

namespace bpftax {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr int64_t kMs = 1'000'000;

class SubjectTest : public testing::Test {
 protected:
  SubjectTest() : host_(clock_) {
    subject_.id = "t1";
    subject_.name = "count";
    subject_.argv = {"/usr/bin/count"};
    subject_.command = "count --packets";
    process_.programs = {fake_program("count_packets", 100 * kMs)};
    host_.on_start([this](const ProcessSpec&) { return process_; });
    host_.add_pin({"/sys/fs/bpf/older", "map", 50});
  }
  SubjectRunner runner() { return SubjectRunner(host_, clock_, subject_, {"/out/log", "/out/err"}); }
  // Starts, expects a kSubject error, and gives its reason.
  std::string refusal() {
    SubjectRunner subject = runner();
    const auto ready = subject.start();
    EXPECT_FALSE(ready);
    EXPECT_THAT(host_.running(), IsEmpty()) << "a subject that is not ready has been stopped again";
    if (ready) return {};
    EXPECT_EQ(ready.error().kind, ErrorKind::kSubject);
    EXPECT_EQ(ready.error().where, "count --packets");
    return ready.error().why;
  }

  // A process that runs already, with an attached program and a map; others_ is what one has who opens them.
  void start_others() {
    others_ = fake_program("others");
    others_.program.id = 40;
    others_.link_id = 41;
    others_.maps = {BpfMap{.id = 50, .name = "shared", .type = "hash"}};
    const FakeProcess tool = process_;
    process_ = FakeProcess{};
    process_.programs = {others_};
    ASSERT_TRUE(host_.start({.name = "others", .argv = {"/usr/bin/others"}}));
    process_ = tool;
  }

  FakeClock clock_;
  FakeHost host_;
  FakeProgram others_;
  PlannedSubject subject_;
  FakeProcess process_;
};

TEST_F(SubjectTest, IsReadyWhenItsProgramsAreAttachedAndUnchangedForHalfASecond) {
  SubjectRunner subject = runner();
  const int64_t began = clock_.monotonic_ns();
  const auto ready = subject.start();
  ASSERT_TRUE(ready) << to_string(ready.error());
  EXPECT_NEAR(ready->ready_ms, 100, 25);
  EXPECT_GE(clock_.monotonic_ns() - began, 600 * kMs);
  EXPECT_LE(clock_.monotonic_ns() - began, 700 * kMs);
  ASSERT_EQ(ready->inventory.programs.size(), 1u);
  EXPECT_EQ(ready->inventory.programs[0].name, "count_packets");
  EXPECT_TRUE(subject.alive());
  const auto stopped = subject.stop();
  ASSERT_TRUE(stopped);
  EXPECT_EQ(stopped->report.ended_by, "SIGINT");
  EXPECT_THAT(stopped->left_behind, IsEmpty());
}

TEST_F(SubjectTest, WaitsUntilTheLastProgramIsThere) {
  process_.programs.push_back(fake_program("second", 450 * kMs));
  process_.programs.push_back(fake_program("third", 900 * kMs));
  SubjectRunner subject = runner();
  const auto ready = subject.start();
  ASSERT_TRUE(ready);
  EXPECT_NEAR(ready->ready_ms, 900, 60);
  EXPECT_EQ(ready->inventory.attached.size(), 3u);
}

TEST_F(SubjectTest, RefusesAProcessWithoutPrograms) {
  process_.programs.clear();
  EXPECT_THAT(refusal(), HasSubstr("no eBPF program appeared within 60 s"));
  EXPECT_LE(clock_.monotonic_ns(), 63'000 * kMs);
}

TEST_F(SubjectTest, RefusesProgramsThatAreLoadedButNotAttached) {
  process_.programs[0].attached = false;
  subject_.ready.timeout_s = 5;
  EXPECT_EQ(refusal(), "it loaded 1 eBPF program(s), but attached none within 5 s");
}

TEST_F(SubjectTest, TakesASocketFilterForAttachedBecauseNothingShowsIt) {
  process_.programs[0].attached = false;
  process_.programs[0].program.type = "socket_filter";
  SubjectRunner subject = runner();
  EXPECT_TRUE(subject.start());
}

TEST_F(SubjectTest, QuotesTheLastWordsOfAToolThatEnds) {
  process_.programs.clear();
  process_.runs_for_ns = 70 * kMs;
  process_.exit.code = 1;
  process_.err = "ERROR: tracepoint not found: net:no_such_probe\n";
  EXPECT_EQ(refusal(), "it exited with code 1 after 70.0 ms: ERROR: tracepoint not found: net:no_such_probe");
}

TEST_F(SubjectTest, RefusesAToolThatEndsInsideTheHalfSecond) {
  process_.runs_for_ns = 400 * kMs;
  EXPECT_THAT(refusal(), HasSubstr("it exited with code 0 after"));
}

TEST_F(SubjectTest, BlamesTheSubjectWhenItCannotBeExecuted) {
  process_.start_error =
      Error{ErrorKind::kEnvironment, "cannot execute", "count --packets", "No such file", "", 2};
  EXPECT_EQ(refusal(), "No such file");
}

TEST_F(SubjectTest, AcceptsProgramsThatStayAttachedWithoutAHolder) {
  // A wrapper that calls `tc filter add`: the kernel holds the program, no process does.
  host_.on_start([this](const ProcessSpec&) {
    BpfProgram program;
    program.name = "cls";
    program.type = "sched_cls";
    host_.add_system_program(program);
    return FakeProcess{};
  });
  SubjectRunner subject = runner();
  const auto ready = subject.start();
  ASSERT_TRUE(ready) << to_string(ready.error());
  EXPECT_TRUE(ready->detached_programs);
  ASSERT_EQ(ready->inventory.programs.size(), 1u);
  EXPECT_TRUE(subject.alive());
  const auto stopped = subject.stop();
  ASSERT_TRUE(stopped);
  EXPECT_THAT(stopped->left_behind, testing::Contains(HasSubstr("cls (sched_cls)")));
}

TEST_F(SubjectTest, IsNotReadyByTheProgramsOfOthers) {
  host_.on_start([this](const ProcessSpec&) {
    BpfProgram program;
    program.name = "sd_devices";
    program.type = "cgroup_device";
    host_.add_system_program(program);
    return FakeProcess{};
  });
  subject_.ready.timeout_s = 3;
  EXPECT_THAT(refusal(), HasSubstr("no eBPF program appeared within 3"));
}

TEST_F(SubjectTest, NoticesAToolThatEndsInMidWindow) {
  process_.runs_for_ns = 3'000 * kMs;
  process_.exit.signaled = true;
  process_.exit.code = 11;
  process_.err = "segfault ahead";
  SubjectRunner subject = runner();
  ASSERT_TRUE(subject.start());
  EXPECT_TRUE(subject.alive());
  clock_.advance_ns(3'000 * kMs);
  const auto alive = subject.alive();
  ASSERT_FALSE(alive);
  EXPECT_EQ(alive.error().kind, ErrorKind::kSubject);
  EXPECT_EQ(alive.error().why, "it ended in mid-window (killed by SIGSEGV (11)): segfault ahead");
  const auto stopped = subject.stop();
  ASSERT_TRUE(stopped);
  EXPECT_TRUE(stopped->report.already_gone);
}

TEST_F(SubjectTest, NoticesAToolThatLosesAProgram) {
  process_.programs.push_back(fake_program("vanishing"));
  process_.programs[1].vanishes_after_ns = 2'000 * kMs;
  SubjectRunner subject = runner();
  ASSERT_TRUE(subject.start());
  EXPECT_TRUE(subject.alive());
  clock_.advance_ns(2'000 * kMs);
  const auto alive = subject.alive();
  ASSERT_FALSE(alive);
  EXPECT_THAT(alive.error().why, HasSubstr("it lost eBPF programs in mid-window: program"));
  EXPECT_THAT(alive.error().why, HasSubstr("vanishing"));
}

TEST_F(SubjectTest, ReportsWhatStaysBehind) {
  process_.programs[0].left_behind = true;
  BpfMap map;
  map.id = 70;
  map.name = "counts";
  map.type = "hash";
  process_.programs[0].maps = {map};
  SubjectRunner subject = runner();
  ASSERT_TRUE(subject.start());
  host_.add_pin({"/sys/fs/bpf/tool/pinned", "map", 70});
  host_.add_pin({"/sys/fs/bpf/others", "map", 71});
  host_.add_pin({"/sys/fs/bpf/another_kind", "link", 70});
  const auto stopped = subject.stop();
  ASSERT_TRUE(stopped);
  EXPECT_THAT(stopped->left_behind, testing::Contains(HasSubstr("count_packets (raw_tracepoint)")));
  EXPECT_THAT(stopped->left_behind, testing::Contains(HasSubstr("counts (hash)")));
  EXPECT_THAT(stopped->left_behind, testing::Contains("pin /sys/fs/bpf/tool/pinned"));
  EXPECT_THAT(stopped->left_behind, testing::Not(testing::Contains(HasSubstr("older"))));
  EXPECT_THAT(stopped->left_behind, testing::Not(testing::Contains(HasSubstr("others"))))
      << "it never had what is pinned there";
  EXPECT_THAT(stopped->left_behind, testing::Not(testing::Contains(HasSubstr("another_kind"))));
}

TEST_F(SubjectTest, BlamesItForNothingThatWasThereBefore) {
  start_others();
  process_.programs.push_back(others_);
  SubjectRunner subject = runner();
  ASSERT_TRUE(subject.start());
  const int64_t began = clock_.monotonic_ns();
  const auto stopped = subject.stop();
  ASSERT_TRUE(stopped);
  EXPECT_THAT(stopped->left_behind, IsEmpty()) << "an older map, program and link that it opened";
  EXPECT_LT(clock_.monotonic_ns() - began, 1'000 * kMs) << "nothing is waited for";
}

TEST_F(SubjectTest, IsNotReadyByAProgramThatWasAttachedBefore) {
  start_others();
  process_.programs = {others_};
  SubjectRunner subject = runner();
  const auto ready = subject.start();
  ASSERT_FALSE(ready);
  EXPECT_EQ(ready.error().why,
            "it holds 1 eBPF program(s) that were there before it, and attached none within 60 s");
}

TEST_F(SubjectTest, IsReadyWhenItAttachesAnOlderProgramOnceMore) {
  start_others();
  others_.link_id = 0;
  process_.programs = {others_};
  SubjectRunner subject = runner();
  EXPECT_TRUE(subject.start());
}

TEST_F(SubjectTest, TakesAPlaceboThroughTheSameWaitWithoutPrograms) {
  subject_.kind = PlannedSubject::Kind::kPlacebo;
  process_.programs.clear();
  SubjectRunner subject = runner();
  const int64_t began = clock_.monotonic_ns();
  ASSERT_TRUE(subject.start());
  EXPECT_GE(clock_.monotonic_ns() - began, 500 * kMs);
  EXPECT_LE(clock_.monotonic_ns() - began, 600 * kMs);
  EXPECT_TRUE(subject.alive());
  EXPECT_TRUE(subject.stop());
}

TEST_F(SubjectTest, CanBeReadyByALineOfOutput) {
  subject_.ready = *parse_ready("line:^Attach(ing|ed) [0-9]+ probes");
  process_.out = "hello\nAttaching 3 probes...\n";
  process_.writes_after_ns = 700 * kMs;
  SubjectRunner subject = runner();
  const auto ready = subject.start();
  ASSERT_TRUE(ready) << to_string(ready.error());
  EXPECT_NEAR(ready->ready_ms, 700, 60);
  EXPECT_EQ(ready->inventory.programs.size(), 1u);
}

TEST_F(SubjectTest, FindsTheLineInFrontOfAllThatFollowsIt) {
  subject_.ready = *parse_ready("line:^Attached$");
  subject_.ready.timeout_s = 2;
  process_.out = "Attached\n";
  while (process_.out.size() < 300'000) process_.out += "10.0.0.1:5001 > 10.0.0.2:40001 len 1448\n";
  SubjectRunner subject = runner();
  const auto ready = subject.start();
  EXPECT_TRUE(ready) << to_string(ready.error());
}

TEST_F(SubjectTest, FindsALineThatStandsAcrossTwoReads) {
  subject_.ready = *parse_ready("line:^Attached all probes$");
  subject_.ready.timeout_s = 2;
  process_.out = std::string((1 << 20) - 13, '.') + "\nAttached all probes\n";
  SubjectRunner subject = runner();
  const auto ready = subject.start();
  EXPECT_TRUE(ready) << to_string(ready.error());
}

TEST_F(SubjectTest, SaysWhichOtherReadinessDidNotComeTrue) {
  subject_.ready = *parse_ready("line:never");
  subject_.ready.timeout_s = 2;
  process_.err = "warming up";
  EXPECT_EQ(refusal(), "'line:never' did not come true within 2 s: warming up");
}

TEST_F(SubjectTest, CanBeReadyByACommandThatSucceeds) {
  subject_.ready = *parse_ready("exec:test -e /run/tool.ready");
  int calls = 0;
  host_.on_run([&](const ProcessSpec& spec) {
    EXPECT_EQ(spec.shell, "test -e /run/tool.ready");
    Host::Finished finished;
    finished.status.code = ++calls < 4 ? 1 : 0;
    return finished;
  });
  SubjectRunner subject = runner();
  EXPECT_TRUE(subject.start());
  EXPECT_EQ(calls, 4);
}

TEST_F(SubjectTest, CanBeReadyByADelayButNotWhenItEndsBefore) {
  subject_.ready = *parse_ready("delay:2");
  process_.programs.clear();
  SubjectRunner subject = runner();
  const auto ready = subject.start();
  ASSERT_TRUE(ready);
  EXPECT_NEAR(ready->ready_ms, 2000, 60);
  EXPECT_TRUE(ready->inventory.programs.empty());
  ASSERT_TRUE(subject.stop());
  process_.runs_for_ns = 500 * kMs;
  EXPECT_THAT(refusal(), HasSubstr("it exited with code 0"));
}

TEST_F(SubjectTest, CountsEventsThatTheToolSaysItLost) {
  process_.out = "Lost 12 events\n";
  process_.err = "Possibly lost 30 samples\n";
  SubjectRunner subject = runner();
  ASSERT_TRUE(subject.start());
  const auto stopped = subject.stop();
  ASSERT_TRUE(stopped);
  EXPECT_EQ(stopped->lost_events, 42);
}

TEST_F(SubjectTest, StopsTheToolWhenTheUserInterruptsItsStart) {
  host_.interrupt_at_ns(clock_.monotonic_ns() + 200 * kMs);
  SubjectRunner subject = runner();
  const auto ready = subject.start();
  ASSERT_FALSE(ready);
  EXPECT_EQ(ready.error().kind, ErrorKind::kInterrupted);
  EXPECT_THAT(host_.running(), IsEmpty());
  reset_interrupts();
}

TEST_F(SubjectTest, PassesOnThatTheAgentIsLost) {
  host_.lose_at_ns(clock_.monotonic_ns() + 200 * kMs);
  SubjectRunner subject = runner();
  const auto ready = subject.start();
  ASSERT_FALSE(ready);
  EXPECT_EQ(ready.error().kind, ErrorKind::kLost);
}

TEST_F(SubjectTest, CanBeStoppedTwice) {
  SubjectRunner subject = runner();
  ASSERT_TRUE(subject.start());
  ASSERT_TRUE(subject.stop());
  ASSERT_TRUE(subject.stop());
  EXPECT_THAT(host_.log(), ElementsAre("start tool count", "stop tool count"));
}

}  // namespace
}  // namespace bpftax
