#include "bench/process.h"

#include <gmock/gmock.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <stdexcept>
#include <thread>

#include "bench/assemble.h"
#include "bench/fake_instance.h"
#include "host/interrupt.h"

namespace bpftax::bench {
namespace {

using ::testing::HasSubstr;

Result<void> always(const Task&) {
  return {};
}

std::unique_ptr<FakeInstance> one_operation() {
  Operation operation = fake_operation("lookup");
  operation.fixed_n = 100;
  return std::make_unique<FakeInstance>(std::vector<Operation>{operation});
}

using SetUp = Result<std::unique_ptr<Instance>> (*)(const Task&, const Sampling&);

Result<ProcessResult> run(SetUp set_up, int64_t limit_ms = 60'000,
                          Result<void> (*needs)(const Task&) = always) {
  const Benchmark benchmark{"fake", "does what a test says", needs, set_up};
  Task task{"fakes", "fake", Json::object(), {0}};
  cpu_set_t ours;
  CPU_ZERO(&ours);
  sched_getaffinity(0, sizeof ours, &ours);
  while (!CPU_ISSET(static_cast<size_t>(task.cpus[0]), &ours)) ++task.cpus[0];
  SamplingRequest request;
  request.sampling.samples = 3;
  return run_in_process(benchmark, task, request, limit_ms);
}

TEST(ProcessTest, BringsWhatAChildMeasured) {
  const auto result =
      run([](const Task&, const Sampling&) -> Result<std::unique_ptr<Instance>> { return one_operation(); });
  ASSERT_TRUE(result) << to_string(result.error());
  ASSERT_EQ(result->status, Status::kMeasured) << result->reason;
  EXPECT_EQ(result->operations.at(0).ns, std::vector<double>(3, 10.0));
}

TEST(ProcessTest, TheChildRunsOnItsCpuAndInAProcessGroupOfItsOwn) {
  const auto result = run([](const Task& task, const Sampling&) -> Result<std::unique_ptr<Instance>> {
    auto instance = one_operation();
    const int cpu = task.cpus[0];
    instance->on_check = [cpu](size_t, uint64_t) -> Result<void> {
      if (sched_getcpu() != cpu) return fail(ErrorKind::kWorkload, "wrong", "", "another CPU");
      if (getpgrp() != getpid()) return fail(ErrorKind::kWorkload, "wrong", "", "another group");
      return {};
    };
    return instance;
  });
  ASSERT_TRUE(result);
  EXPECT_EQ(result->operations.at(0).status, Status::kMeasured) << result->operations.at(0).reason;
}

TEST(ProcessTest, WhatItNeedsAndDoesNotHaveIsUnavailableWithTheReason) {
  const auto result = run(nullptr, 60'000, [](const Task&) -> Result<void> {
    std::fputs("libbpf: prog 'x': failed to load: -22\nlibbpf: something else\n", stderr);
    return fail(ErrorKind::kEnvironment, "cannot load", "", "Invalid argument");
  });
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, Status::kUnavailable);
  EXPECT_EQ(result->reason, "Invalid argument (prog 'x': failed to load: -22)");
}

TEST(ProcessTest, ASetupThatFailsForAnotherReasonThanTheMachineIsInvalid) {
  const auto broken = run([](const Task&, const Sampling&) -> Result<std::unique_ptr<Instance>> {
    return fail(ErrorKind::kInternal, "cannot fill", "", "7 of 8 keys");
  });
  ASSERT_TRUE(broken);
  EXPECT_EQ(broken->status, Status::kInvalid);
  EXPECT_EQ(broken->reason, "7 of 8 keys");
  const auto absent = run([](const Task&, const Sampling&) -> Result<std::unique_ptr<Instance>> {
    return fail(ErrorKind::kEnvironment, "cannot make", "", "Operation not supported");
  });
  ASSERT_TRUE(absent);
  EXPECT_EQ(absent->status, Status::kUnavailable);
}

TEST(ProcessTest, ACrashIsInvalidWithTheSignalAndTheLastWords) {
  const auto result = run([](const Task&, const Sampling&) -> Result<std::unique_ptr<Instance>> {
    auto instance = one_operation();
    instance->on_run = [](size_t, uint64_t) -> Result<Stretch> {
      std::fputs("about to fall\n", stderr);
      signal(SIGABRT, SIG_DFL);
      kill(getpid(), SIGKILL);
      return Stretch{};
    };
    return instance;
  });
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, Status::kInvalid);
  EXPECT_THAT(result->reason, HasSubstr("SIGKILL"));
  EXPECT_THAT(result->reason, HasSubstr("about to fall"));
}

Result<ProcessResult> run_shell(const std::string& script, int64_t limit_ms = 60'000) {
  const Task task{"fakes", "something to be found", Json::object(), {0}};
  return run_in_fresh_process({"/bin/sh", {"sh", "-c", script}}, task, {}, limit_ms);
}

constexpr const char* kAnswer =
    R"(echo '{"status": "unavailable", "reason": "as asked", "operations": []}' >&3)";

TEST(FreshProcessTest, ReadsTheRequestAndIsHeard) {
  const auto result = run_shell(std::string("grep -q 'something to be found' && ") + kAnswer);
  ASSERT_TRUE(result) << to_string(result.error());
  EXPECT_EQ(result->status, Status::kUnavailable);
  EXPECT_EQ(result->reason, "as asked");
}

TEST(FreshProcessTest, HasAProcessGroupOfItsOwn) {
  const auto result = run_shell(std::string("test \"$(cut -d' ' -f5 /proc/$$/stat)\" = $$ && ") + kAnswer);
  ASSERT_TRUE(result) << to_string(result.error());
  EXPECT_EQ(result->reason, "as asked");
}

// What two processes have in common must not be where things lie: the kernel gives each its own addresses.
TEST(FreshProcessTest, EachHasAddressesOfItsOwn) {
  std::set<std::string> stacks;
  for (int i = 0; i < 4; ++i) {
    const auto result = run_shell(
        "stack=$(sed -n '/stack/s/-.*//p' /proc/$$/maps)\n"
        "echo \"{\\\"status\\\": \\\"unavailable\\\", \\\"reason\\\": \\\"$stack\\\", "
        "\\\"operations\\\": []}\" >&3");
    ASSERT_TRUE(result);
    EXPECT_EQ(result->status, Status::kUnavailable) << result->reason;
    stacks.insert(result->reason);
  }
  if (!addresses_are_random()) GTEST_SKIP() << "this kernel does not lay out addresses at random";
  EXPECT_GT(stacks.size(), 1u);
}

TEST(FreshProcessTest, WhatDoesNotAnswerIsInvalidWithItsLastWords) {
  const auto silent = run_shell("echo 'libbpf: not today' >&2; exit 7");
  ASSERT_TRUE(silent);
  EXPECT_EQ(silent->status, Status::kInvalid);
  EXPECT_THAT(silent->reason, HasSubstr("code 7"));
  EXPECT_THAT(silent->reason, HasSubstr("not today"));
  const auto absent = run_in_fresh_process({"/no/such/file", {"file"}}, {}, {});
  ASSERT_TRUE(absent);
  EXPECT_EQ(absent->status, Status::kInvalid);
  EXPECT_THAT(absent->reason, HasSubstr("cannot execute /no/such/file: No such file or directory"));
  const auto slow = run_shell("sleep 60", 100);
  ASSERT_TRUE(slow);
  EXPECT_EQ(slow->status, Status::kInvalid);
  EXPECT_THAT(slow->reason, HasSubstr("longer than 0.1 s"));
}

TEST(FreshProcessTest, ServesNobodyWhoDidNotAsk) {
  const auto find = [](const Task&) -> Result<const Benchmark*> {
    return fail(ErrorKind::kUsage, "nothing is to be found");
  };
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(3);
    const auto served = serve_process(find);
    ::_exit(!served && served.error().kind == ErrorKind::kUsage ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

class CrashingTeardown : public FakeInstance {
 public:
  using FakeInstance::FakeInstance;
  ~CrashingTeardown() override { kill(getpid(), SIGKILL); }
};

TEST(ProcessTest, ATeardownThatCrashesSpoilsTheNumbers) {
  const auto result = run([](const Task&, const Sampling&) -> Result<std::unique_ptr<Instance>> {
    return std::make_unique<CrashingTeardown>(std::vector<Operation>{fake_operation("lookup")});
  });
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, Status::kInvalid);
}

TEST(ProcessTest, AnExceptionIsInvalid) {
  const auto result = run([](const Task&, const Sampling&) -> Result<std::unique_ptr<Instance>> {
    throw std::runtime_error("out of luck");
  });
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, Status::kInvalid);
  EXPECT_EQ(result->reason, "exception: out of luck");
}

TEST(ProcessTest, AnExitIsInvalid) {
  const auto result =
      run([](const Task&, const Sampling&) -> Result<std::unique_ptr<Instance>> { _exit(0); });
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, Status::kInvalid);
  EXPECT_THAT(result->reason, HasSubstr("ended with code 0 and without a result"));
}

// Whoever writes to the pipe of the result is no result.
TEST(ProcessTest, GarbageIsInvalid) {
  const auto result = run([](const Task&, const Sampling&) -> Result<std::unique_ptr<Instance>> {
    for (int fd = 3; fd < 64; ++fd) {
      [[maybe_unused]] const ssize_t ignored = write(fd, "{\"status\":\"measured\"}\n", 22);
    }
    _exit(0);
  });
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, Status::kInvalid);
  EXPECT_THAT(result->reason, HasSubstr("no result"));
}

TEST(ProcessTest, IsEndedWhenItTakesTooLongWithAllThatItForked) {
  static int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const auto result = run(
      [](const Task&, const Sampling&) -> Result<std::unique_ptr<Instance>> {
        close(ends[0]);
        if (fork() == 0) pause();  // holds the pipe open as long as it lives
        pause();
        return one_operation();
      },
      100);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, Status::kInvalid);
  EXPECT_THAT(result->reason, HasSubstr("took longer than 0.1 s"));
  close(ends[1]);
  char byte = 0;
  EXPECT_EQ(read(ends[0], &byte, 1), 0);  // nobody writes there any more
  close(ends[0]);
}

TEST(ProcessTest, AnInterruptEndsIt) {
  request_interrupt(SIGINT);
  const auto refused =
      run([](const Task&, const Sampling&) -> Result<std::unique_ptr<Instance>> { return one_operation(); });
  reset_interrupts();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kInterrupted);

  std::thread user([] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    request_interrupt(SIGINT);
  });
  const auto ended = run([](const Task&, const Sampling&) -> Result<std::unique_ptr<Instance>> {
    pause();
    return one_operation();
  });
  user.join();
  reset_interrupts();
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().kind, ErrorKind::kInterrupted);
}

TEST(ProcessTest, DiesWithItsParent) {
  static int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t controller = fork();
  ASSERT_GE(controller, 0);
  if (controller == 0) {
    close(ends[0]);
    (void)run([](const Task&, const Sampling&) -> Result<std::unique_ptr<Instance>> {
      [[maybe_unused]] const ssize_t told = write(ends[1], "x", 1);
      pause();
      return one_operation();
    });
    _exit(0);
  }
  close(ends[1]);
  char byte = 0;
  ASSERT_EQ(read(ends[0], &byte, 1), 1);  // the child is there
  kill(controller, SIGKILL);
  EXPECT_EQ(read(ends[0], &byte, 1), 0);  // and gone: both ends of both processes are closed
  int status = 0;
  EXPECT_EQ(waitpid(controller, &status, 0), controller);
  close(ends[0]);
}

}  // namespace
}  // namespace bpftax::bench
