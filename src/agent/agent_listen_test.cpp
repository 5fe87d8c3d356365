// Waiting for a port, with a real agent and a namespace of its own.
#include <gtest/gtest.h>

#include "agent/agent_under_test.h"

namespace bpftax {
namespace {

class AgentListen : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    netns_ = "bpftax-" + agent_.run_id();
    agent_.call("own", {{"kind", "netns"}, {"what", netns_}});
    ProcessSpec spec;
    spec.shell = "ip netns add " + netns_ + " && ip -n " + netns_ + " link set lo up";
    ASSERT_EQ(agent_.call("run", {{"spec", to_json(spec)}, {"timeout_ms", 20'000}})["status"]["code"], 0);
  }
  ProcessHandle listener(int port, int delay_ms, const std::string& netns) {
    ProcessSpec spec = helper({"listen", GetParam(), std::to_string(port), std::to_string(delay_ms)});
    spec.netns = netns;
    spec.stderr_path = agent_.work("err");
    return agent_.start(spec);
  }
  Json request(const ProcessHandle& process, int port, int64_t timeout_ms) {
    return {{"id", process.id}, {"protocol", GetParam()}, {"port", port}, {"timeout_ms", timeout_ms}};
  }

  AgentUnderTest agent_;
  std::string netns_;
};

INSTANTIATE_TEST_SUITE_P(Protocols, AgentListen, testing::Values("tcp", "udp"),
                         [](const auto& protocol) { return std::string(protocol.param); });

TEST_P(AgentListen, AnswersOnceTheProcessOrADescendantListensInItsNamespace) {
  const ProcessHandle process = listener(21000, 100, netns_);
  agent_.call("wait_listening", request(process, 21000, 20'000));

  ProcessSpec wrapped;
  wrapped.shell = helper_path() + " listen " + GetParam() + " 21001; true";
  wrapped.netns = netns_;
  wrapped.stop = {300, 300};
  agent_.call("wait_listening", request(agent_.start(wrapped), 21001, 20'000));
}

TEST_P(AgentListen, IsNotFooledByTheSamePortOfAnotherProcessOrNamespace) {
  const ProcessHandle elsewhere = listener(21000, 0, netns_);
  agent_.call("wait_listening", request(elsewhere, 21000, 20'000));
  ProcessSpec idle;
  idle.argv = {"sleep", "1000"};
  idle.stop = {0, 0};
  const ProcessHandle outside = agent_.start(idle);
  Error error = agent_.call_expecting_error("wait_listening", request(outside, 21000, 50));
  EXPECT_EQ(error.why.find("in use"), std::string::npos) << "another namespace's port is not in our way";
  idle.netns = netns_;
  const ProcessHandle inside = agent_.start(idle);
  error = agent_.call_expecting_error("wait_listening", request(inside, 21000, 50));
  EXPECT_NE(error.why.find("port in use by pid " + std::to_string(elsewhere.pid) + " (agent-test-help)"),
            std::string::npos)
      << to_string(error);
}

TEST_P(AgentListen, FailsAtOnceWithTheLastWordsOfAProcessThatEnds) {
  const ProcessHandle first = listener(21000, 0, netns_);
  agent_.call("wait_listening", request(first, 21000, 20'000));
  const ProcessHandle second = listener(21000, 20, netns_);
  const Error error = agent_.call_expecting_error("wait_listening", request(second, 21000, 600'000));
  EXPECT_NE(error.why.find("cannot bind: Address already in use"), std::string::npos) << to_string(error);
  EXPECT_NE(error.why.find("port in use by pid " + std::to_string(first.pid)), std::string::npos)
      << to_string(error);
  EXPECT_NE(error.why.find("exit code 1"), std::string::npos) << to_string(error);
}

TEST_P(AgentListen, FailsWhenTheTimeIsUp) {
  const ProcessHandle process = listener(21000, 600'000, netns_);
  const Error error = agent_.call_expecting_error("wait_listening", request(process, 21000, 30));
  EXPECT_NE(error.why.find("not within 30 ms"), std::string::npos) << to_string(error);
}

}  // namespace
}  // namespace bpftax
