// The agent's end of the wire: greeting, errors, hostile input, files, sampling and BPF requests.
#include <gtest/gtest.h>
#include <unistd.h>

#include "agent/agent_under_test.h"
#include "sample/types_json.h"
#include "util/files.h"

namespace bpftax {
namespace {

class AgentWire : public testing::Test {
 protected:
  int code_of(const std::string& method, const Json& params) {
    const RpcMessage message = agent_.receive(agent_.send(method, params));
    return message.kind == RpcMessage::Kind::kFault ? message.code : 0;
  }
  AgentUnderTest agent_;
};

TEST_F(AgentWire, GreetsWithEverythingThatTheControllerChecks) {
  const Hello& hello = agent_.hello();
  EXPECT_EQ(hello.protocol, kProtocolVersion);
  EXPECT_EQ(hello.run_id, agent_.run_id());
  EXPECT_EQ(hello.uid, static_cast<int>(::getuid()));
  EXPECT_EQ(hello.boot_id, read_boot_id().value());
  EXPECT_NE(hello.pid, hello.keeper_pid);
  EXPECT_TRUE(identify(hello.pid).has_value());
}

TEST_F(AgentWire, SurvivesHostileInputAndAnswersWithTheRightCodes) {
  const auto code = [&](const std::string& line) {
    agent_.send_raw(line + "\n");
    return agent_.receive_any().code;
  };
  EXPECT_EQ(code("nonsense"), kRpcParseError);
  EXPECT_EQ(code("{\"jsonrpc\":\"2.0\",\"id\":1"), kRpcParseError);
  EXPECT_EQ(code(std::string(100'000, '[')), kRpcParseError);
  EXPECT_EQ(code(std::string(1000, '\xff')), kRpcParseError);
  EXPECT_EQ(code(std::string("\0\0\0", 3)), kRpcParseError);
  EXPECT_EQ(code("[{}]"), kRpcInvalidRequest);
  EXPECT_EQ(code(R"({"jsonrpc":"2.0","id":[],"method":"clock"})"), kRpcInvalidRequest);
  EXPECT_EQ(code(R"({"jsonrpc":"2.0","id":1,"method":"no_such"})"), kRpcMethodNotFound);
  EXPECT_EQ(code(R"({"jsonrpc":"2.0","id":1,"method":"clock","params":5})"), kRpcInvalidParams);
  agent_.send_raw("\n\r\n\n");
  agent_.send_raw(R"({"jsonrpc":"2.0","method":"clock"})"
                  "\n");  // a notification: no answer
  agent_.send_raw(std::string(kMaxLineBytes + 10, 'x') + "\n");
  EXPECT_EQ(agent_.receive_any().code, kRpcParseError);
  agent_.call("clock");
}

TEST_F(AgentWire, RefusesParametersOfWrongTypesOrRanges) {
  EXPECT_EQ(code_of("wait", {{"id", "1"}, {"timeout_ms", 0}}), kRpcInvalidParams);
  EXPECT_EQ(code_of("wait", {{"id", 1}}), kRpcInvalidParams);
  EXPECT_EQ(code_of("wait", {{"id", 1}, {"timeout_ms", -1}}), kRpcInvalidParams);
  EXPECT_EQ(code_of("wait", {{"id", 1}, {"timeout_ms", kMaxTimeoutMs + 1}}), kRpcInvalidParams);
  EXPECT_EQ(code_of("wait", {{"id", 1}, {"timeout_ms", 0}}), kRpcApplicationError) << "no such process";
  EXPECT_EQ(code_of("start_together", {{"specs", Json::array()}}), kRpcInvalidParams);
  EXPECT_EQ(code_of("start_together", {{"specs", {Json::object()}}}), kRpcInvalidParams);
  EXPECT_EQ(code_of("run", {{"timeout_ms", 5}}), kRpcInvalidParams);
  EXPECT_EQ(code_of("tail", {{"id", 1}, {"stream", "stdin"}, {"max_bytes", 5}}), kRpcInvalidParams);
  EXPECT_EQ(code_of("wait_listening", {{"id", 1}, {"protocol", "tcp"}, {"port", 65536}, {"timeout_ms", 1}}),
            kRpcInvalidParams);
  EXPECT_EQ(code_of("wait_listening", {{"id", 1}, {"protocol", "sctp"}, {"port", 1}, {"timeout_ms", 1}}),
            kRpcInvalidParams);
  EXPECT_EQ(code_of("read_file", {{"path", 5}, {"max_bytes", 1}}), kRpcInvalidParams);
  EXPECT_EQ(code_of("read_chunk", {{"path", agent_.work("x")}, {"offset", -1}, {"max_bytes", 1}}),
            kRpcInvalidParams);
  EXPECT_EQ(code_of("write_file", {{"path", agent_.work("x")}, {"data", "not base64!"}}), kRpcInvalidParams);
  EXPECT_EQ(code_of("own", {{"kind", "host"}, {"what", "x"}}), kRpcInvalidParams);
  EXPECT_EQ(code_of("bpf_stats", {{"on", 1}}), kRpcInvalidParams);
  EXPECT_EQ(code_of("start_sampling", Json::object()), kRpcInvalidParams);
}

TEST_F(AgentWire, KeepsFilesBelowItsRoots) {
  const std::string data = std::string("a\0b\xff", 4);
  agent_.call("make_directories", {{"path", agent_.work("d/e")}});
  agent_.call("write_file", {{"path", agent_.work("d/e/f")}, {"data", base64_encode(data)}});
  EXPECT_EQ(
      require_bytes(agent_.call("read_file", {{"path", agent_.work("d/e/f")}, {"max_bytes", 100}}), "data")
          .value(),
      data);
  const Json part =
      agent_.call("read_chunk", {{"path", agent_.work("d/e/f")}, {"offset", 1}, {"max_bytes", 2}});
  EXPECT_EQ(require_bytes(part, "data").value(), data.substr(1, 2));
  EXPECT_EQ(part["file_size"], 4);
  const Json sums = agent_.call("checksum", {{"paths", {agent_.work("d/e/f"), agent_.work("d/none")}}});
  EXPECT_EQ(sums["files"][0]["sha256"], sha256_hex(data));
  EXPECT_TRUE(sums["files"][1]["size"].is_null());
  EXPECT_EQ(agent_.call("list", {{"path", agent_.work("d")}})["entries"][0]["name"], "e");
  agent_.call("remove_tree", {{"path", agent_.work("d")}});
  EXPECT_FALSE(path_exists(agent_.work("d")));
  for (const std::string path : {"/etc/passwd", "etc/passwd", "/", ""}) {
    EXPECT_EQ(agent_.call_expecting_error("read_file", {{"path", path}, {"max_bytes", 100}}).kind,
              ErrorKind::kUsage);
    EXPECT_EQ(
        agent_.call_expecting_error("read_chunk", {{"path", path}, {"offset", 0}, {"max_bytes", 9}}).kind,
        ErrorKind::kUsage);
    EXPECT_EQ(agent_.call_expecting_error("checksum", {{"paths", {path}}}).kind, ErrorKind::kUsage);
    EXPECT_EQ(agent_.call_expecting_error("write_file", {{"path", path}, {"data", ""}}).kind,
              ErrorKind::kUsage);
    EXPECT_EQ(agent_.call_expecting_error("remove_tree", {{"path", path}}).kind, ErrorKind::kUsage);
  }
  EXPECT_EQ(agent_.call_expecting_error("own", {{"kind", "tree"}, {"what", "/etc"}}).kind, ErrorKind::kUsage);
  EXPECT_EQ(agent_.call_expecting_error("own", {{"kind", "netns"}, {"what", "web"}}).kind, ErrorKind::kUsage);
  EXPECT_EQ(agent_.call_expecting_error("own", {{"kind", "setting"}, {"what", "cpu0/online"}}).kind,
            ErrorKind::kUsage);
}

TEST_F(AgentWire, CarriesLargeFilesBothWays) {
  std::string data(3 << 20, 'x');
  for (size_t i = 0; i < data.size(); i += 4093) data[i] = static_cast<char>(i);
  agent_.call("write_file", {{"path", agent_.work("big")}, {"data", base64_encode(data)}});
  EXPECT_TRUE(
      require_bytes(agent_.call("read_file", {{"path", agent_.work("big")}, {"max_bytes", 3 << 20}}), "data")
          .value() == data);
}

TEST_F(AgentWire, GoesOnWorkingWhileNobodyReadsItsAnswers) {
  agent_.call("write_file",
              {{"path", agent_.work("big")}, {"data", base64_encode(std::string(1 << 19, 'x'))}});
  std::vector<int64_t> ids;
  for (int i = 0; i < 10; ++i)
    ids.push_back(agent_.send("read_file", {{"path", agent_.work("big")}, {"max_bytes", 1 << 19}}));
  const ProcessHandle none = agent_.start(helper({"polite", agent_.work("pid"), "x"}));
  for (const int64_t id : ids) EXPECT_EQ(agent_.receive(id).kind, RpcMessage::Kind::kResult);
  EXPECT_GT(none.id, 0);
}

TEST_F(AgentWire, TellsTheTimeAndWhatTheHostIs) {
  const int64_t before_ns = monotonic_now_ns();
  const auto reading = clock_reading_from_json(agent_.call("clock")).value();
  EXPECT_GE(reading.monotonic_ns, before_ns);
  EXPECT_LE(reading.monotonic_ns, monotonic_now_ns());
  EXPECT_EQ(reading.boot_id, agent_.hello().boot_id);
  const Json facts = agent_.call("facts");
  EXPECT_TRUE(facts.is_object());
  EXPECT_TRUE(facts.contains("kernel_release"));
}

TEST_F(AgentWire, SamplesHostAndTreesUntilTold) {
  ProcessSpec spec;
  spec.shell = "echo hello; " + helper_path() + " stubborn " + agent_.work("pid") + "; true";
  spec.stdout_path = agent_.work("out");
  spec.stop = {100, 100};
  const ProcessHandle process = agent_.start(spec);
  process_of(agent_.work("pid"));  // shell and helper are both there
  SamplingSpec sampling;
  sampling.handles = {process.id};
  sampling.netns = {""};
  agent_.call("start_sampling", {{"spec", to_json(sampling)}});
  EXPECT_NE(agent_.call_expecting_error("start_sampling", {{"spec", to_json(sampling)}}).why, "");
  ::usleep(700'000);
  agent_.stop(process);  // its output files are closed while being sampled
  const auto series = sample_series_from_json(agent_.call("stop_sampling")).value();
  ASSERT_GE(series.samples.size(), 3U);
  for (size_t i = 1; i < series.samples.size(); ++i)
    EXPECT_GT(series.samples[i].monotonic_ns, series.samples[i - 1].monotonic_ns);
  const ProcessTree& tree = series.samples.front().processes.at(0);
  EXPECT_EQ(tree.handle, process.id);
  EXPECT_EQ(tree.processes, 2);
  EXPECT_EQ(tree.output_bytes, 6);
  EXPECT_EQ(series.samples.back().processes.at(0).processes, 0);
  EXPECT_EQ(series.samples.back().processes.at(0).output_bytes, 6);
  EXPECT_NE(agent_.call_expecting_error("stop_sampling", Json::object()).why, "");
  sampling.interval_ms = 5;
  agent_.call_expecting_error("start_sampling", {{"spec", to_json(sampling)}});
  sampling.interval_ms = 100;
  sampling.handles = {4711};
  agent_.call_expecting_error("start_sampling", {{"spec", to_json(sampling)}});
}

TEST_F(AgentWire, TakesInventoryOfBpfObjects) {
  const ProcessHandle process = agent_.start(helper({"polite", agent_.work("pid"), "x"}));
  const auto mine = bpf_inventory_from_json(agent_.call("bpf_of", {{"id", process.id}}));
  ASSERT_TRUE(mine.has_value());
  EXPECT_TRUE(mine->programs.empty());
  EXPECT_TRUE(bpf_inventory_from_json(agent_.call("bpf_all")).has_value());
  EXPECT_TRUE(pins_from_json(agent_.call("bpf_pins")).has_value());
  agent_.call_expecting_error("bpf_of", {{"id", 4711}});
}

TEST_F(AgentWire, TurnsBpfStatisticsOnAndOffAndMeasuresTheirCost) {
  const RpcMessage on = agent_.receive(agent_.send("bpf_stats", {{"on", true}}));
  if (on.kind == RpcMessage::Kind::kFault) GTEST_SKIP() << to_string(on.error);
  agent_.call("bpf_stats", {{"on", true}});
  const RpcMessage use = agent_.receive(agent_.send("bpf_stats_use", Json::object()));
  ASSERT_EQ(use.kind, RpcMessage::Kind::kResult) << to_string(use.error);
  EXPECT_EQ(stats_use_from_json(use.result).value().by.find("bpftax-agent"), std::string::npos)
      << "its own use is not somebody else's";
  const RpcMessage cost = agent_.receive(agent_.send("bpf_stats_cost", Json::object()));
  agent_.call("bpf_stats", {{"on", false}});
  agent_.call("bpf_stats", {{"on", false}});
  if (cost.kind == RpcMessage::Kind::kFault) GTEST_SKIP() << to_string(cost.error);
  EXPECT_GT(stats_cost_from_json(cost.result).value().on_ns, 0);
  const RpcMessage entry = agent_.receive(agent_.send("bpf_entry_cost", {{"hook", "no such hook"}}));
  ASSERT_EQ(entry.kind, RpcMessage::Kind::kFault);
  EXPECT_EQ(entry.error.kind, ErrorKind::kEnvironment);
}

}  // namespace
}  // namespace bpftax
