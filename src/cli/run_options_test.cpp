#include "cli/run_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <time.h>

#include "cli/ssh_world.h"

namespace bpftax {
namespace {

class StartAt : public testing::Test {
 protected:
  void SetUp() override {
    const char* zone = getenv("TZ");
    before_ = zone == nullptr ? "" : zone;
    setenv("TZ", "UTC-8", 1);  // eight hours east
    tzset();
  }
  void TearDown() override {
    before_.empty() ? unsetenv("TZ") : setenv("TZ", before_.c_str(), 1);
    tzset();
  }
  std::string before_;
};

TEST_F(StartAt, IsLocalTime) {
  EXPECT_EQ(parse_start_at("2026-11-21T22:30").value(), 1'795'271'400'000'000'000);
  EXPECT_EQ(parse_start_at("2026-11-21T22:30:05").value(), 1'795'271'405'000'000'000);
}

TEST_F(StartAt, RefusesWhatIsNoTime) {
  for (const char* text : {"", "22:30", "2026-11-21 22:30", "2026-11-21T22:30:5", "2026-02-30T00:00",
                           "2026-11-21T25:00", "2026-11-21T22:60", "2026-11-21T22:30Z", "2026-1a-21T22:30"}) {
    const auto parsed = parse_start_at(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().kind, ErrorKind::kUsage);
  }
}

TEST(Iterations, SurviveTheirFile) {
  const auto read = read_iterations(iterations_document({12, 2.5}), "x");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->count, 12);
  EXPECT_EQ(read->delay_s, 2.5);
  EXPECT_EQ(iteration_folder(7), "iteration_007");
  for (const char* text : {"", "{}", "{\"schema\":\"bpftax.iterations/1\",\"iterations\":0,\"delay_s\":0}",
                           "{\"schema\":\"x\",\"iterations\":1,\"delay_s\":0}"})
    EXPECT_FALSE(read_iterations(text, "x")) << text;
}

TEST(Generators, AreThoseThatBothEndsHave) {
  Generators server, client;
  server.iperf3 = "/usr/local/bin/iperf3";
  client.iperf3 = "/usr/bin/iperf3";
  client.netperf = "/usr/bin/netperf";
  client.sockperf = server.sockperf = "/usr/bin/sockperf";
  Generators both = generators_of_both(server, client);
  EXPECT_EQ(both.iperf3, "/usr/bin/iperf3");
  EXPECT_EQ(both.netperf, "") << "the server has no netserver";
  EXPECT_EQ(both.sockperf, "/usr/bin/sockperf");
  server.netserver = "/opt/netserver";
  both = generators_of_both(server, client);
  EXPECT_EQ(both.netperf, "/usr/bin/netperf");
  EXPECT_EQ(both.netserver, "/opt/netserver");
}

}  // namespace
}  // namespace bpftax
