#include "probes/command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "probes/registry.h"

namespace bpftax {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

struct Outcome {
  int code;
  std::string out, err;
};

// Only command lines that end before anything of BPF is touched.
Outcome run(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "bpftax-probe");
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const int code = probe_command(static_cast<int>(arguments.size()), argv.data());
  fflush(stdout);
  return {code, testing::internal::GetCapturedStdout(), testing::internal::GetCapturedStderr()};
}

TEST(Command, AnUnknownToolIsNamedWithTheNearestOne) {
  const Outcome outcome = run({"packet-cuont"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.err,
            "bpftax-probe: error: no such tool: packet-cuont\nhint: did you mean packet-count?\n");
}

TEST(Command, AToolFarFromAnyGetsTheWholeList) {
  EXPECT_THAT(run({"tcpdump"}).err, HasSubstr("hint: one of packet-count, latency-summary"));
  EXPECT_EQ(run({}).code, 2);
}

TEST(Command, AMistypedOptionGetsTheNearestOne) {
  const Outcome outcome = run({"packet-count", "--protcol", "tcp"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(
      outcome.err,
      StartsWith("bpftax-probe: error: cannot understand the command line: bpftax-probe packet-count: "));
  EXPECT_THAT(outcome.err, HasSubstr("hint: did you mean --protocol?\n"));
  EXPECT_THAT(run({"--lst"}).err, HasSubstr("did you mean --list?"));
}

TEST(Command, BadValuesEndBeforeAnythingIsLoaded) {
  const std::vector<std::vector<std::string>> cases = {
      {"packet-count", "--direction", "up"},
      {"packet-count", "extra"},
      {"packet-count", "--interval"},
      {"latency-summary", "--path", "recieve"},
      {"latency-details", "--threshold", "-1"},
      {"latency-details", "--threshold", "nan"},
      {"packet-trace", "--buffer", "rnig"},
      {"packet-trace", "--buffer-kib", "1"},
      {"spin"},
      {"spin", "--ns", "0"},
      {"spin", "--ns", "1e3"},
      {"spin", "--ns", "10000001"},
      {"spin", "--ns", "5", "--on", "both"},
      {"drop-summary", "--address", "fe80::1%eth0"},
  };
  for (const auto& arguments : cases) {
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.code, 2) << testing::PrintToString(arguments);
    EXPECT_THAT(outcome.err, StartsWith("bpftax-probe: error: ")) << testing::PrintToString(arguments);
    EXPECT_THAT(outcome.err, HasSubstr("\nhint: ")) << testing::PrintToString(arguments);
    EXPECT_EQ(outcome.out, "") << testing::PrintToString(arguments);
  }
}

TEST(Command, EachToolHelpsWithExamples) {
  for (const ProbeInfo& info : probe_table()) {
    const Outcome outcome = run({info.name, "--help"});
    EXPECT_EQ(outcome.code, 0) << info.name;
    EXPECT_THAT(outcome.out, HasSubstr("--protocol")) << info.name;
    EXPECT_THAT(outcome.out, HasSubstr(std::string("examples:\n  bpftax-probe ") + info.name)) << info.name;
    EXPECT_THAT(run({"--help"}).out, HasSubstr(info.name));
  }
}

TEST(Command, TheVersionIsTheProjects) {
  EXPECT_THAT(run({"--version"}).out, testing::MatchesRegex("bpftax-probe [0-9]+\\.[0-9]+\\.[0-9]+\n"));
}

}  // namespace
}  // namespace bpftax
