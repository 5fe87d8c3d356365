#include "host/agent_session.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <thread>

#include "host/agent_host.h"
#include "host/interrupt.h"
#include "util/fd.h"
#include "util/json.h"

namespace bpftax {
namespace {

using testing::HasSubstr;

// The agent's side of the two pipes, in a thread of the test.
class FakeAgent {
 public:
  FakeAgent(Fd in, Fd out) : in_(std::move(in)), out_(std::move(out)) {}

  // The next request line; "" at the end of input.
  std::string read_line() {
    std::string line;
    char c = 0;
    while (::read(in_.get(), &c, 1) == 1) {
      if (c == '\n') return line;
      line += c;
    }
    return {};
  }
  Json read_request() {
    const auto json = parse_json(read_line(), "request");
    return json ? *json : Json();
  }
  void write(std::string_view text) {
    while (!text.empty()) {
      const ssize_t bytes = ::write(out_.get(), text.data(), text.size());
      if (bytes <= 0) return;
      text.remove_prefix(static_cast<size_t>(bytes));
    }
  }
  void greet(int version = kProtocolVersion) {
    Hello hello;
    hello.protocol = version;
    hello.version = "0.1.0";
    hello.pid = 1;
    hello.keeper_pid = 1;
    hello.arch = "x86_64";
    hello.boot_id = "b";
    hello.run_id = "r";
    write(notification_line("hello", to_json(hello)));
  }
  void answer(const Json& request, const Json& result) { write(response_line(request["id"], result)); }
  void hang_up() { out_.reset(); }
  void stop_reading() { in_.reset(); }

 private:
  Fd in_, out_;
};

class ScriptedTransport : public Transport {
 public:
  using Script = std::function<void(FakeAgent&)>;
  explicit ScriptedTransport(Script script) {
    int to_agent[2], from_agent[2];
    if (::pipe2(to_agent, O_CLOEXEC) != 0 || ::pipe2(from_agent, O_CLOEXEC) != 0) std::abort();
    write_.reset(to_agent[1]);
    read_.reset(from_agent[0]);
    ::fcntl(write_.get(), F_SETFL, O_NONBLOCK);
    ::fcntl(read_.get(), F_SETFL, O_NONBLOCK);
    thread_ = std::thread([script = std::move(script), in = to_agent[0], out = from_agent[1]] {
      FakeAgent agent{Fd(in), Fd(out)};
      script(agent);
    });
  }
  ~ScriptedTransport() override { finish(0); }
  const std::string& where() const override { return where_; }
  int read_fd() const override { return read_.get(); }
  int write_fd() const override { return write_.get(); }
  void greeted(const Hello& hello) override { greeted_pid = hello.pid; }
  const AgentEnd& finish(int64_t grace_ms) override {
    if (!thread_.joinable()) return end;
    last_grace_ms = grace_ms;
    write_.reset();
    thread_.join();
    read_.reset();
    return end;
  }

  AgentEnd end{.how = "killed by SIGKILL (9)", .last_words = "oh no"};
  std::atomic<int> greeted_pid = 0;
  int64_t last_grace_ms = -1;

 private:
  std::string where_ = "the scripted agent";
  Fd read_, write_;
  std::thread thread_;
};

Result<std::unique_ptr<AgentSession>> open_session(ScriptedTransport::Script script,
                                                   int64_t greeting_ms = 10'000) {
  return AgentSession::open(std::make_unique<ScriptedTransport>(std::move(script)),
                            {.greeting_timeout_ms = greeting_ms, .close_grace_ms = 50});
}

class AgentSessionTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(install_interrupt_handlers()); }
  void TearDown() override { reset_interrupts(); }
};

TEST_F(AgentSessionTest, a_call_returns_what_the_agent_answers) {
  auto session = open_session([](FakeAgent& agent) {
    agent.greet();
    const Json request = agent.read_request();
    agent.answer(request, {{"method", request["method"]}, {"params", request["params"]}});
  });
  ASSERT_TRUE(session) << to_string(session.error());
  EXPECT_EQ((*session)->hello().version, "0.1.0");
  const auto answer = (*session)->call("clock", {{"a", 1}}, 5000);
  ASSERT_TRUE(answer);
  EXPECT_EQ((*answer)["method"], "clock");
  EXPECT_EQ((*answer)["params"]["a"], 1);
}

TEST_F(AgentSessionTest, an_answer_in_pieces_and_notifications_in_between_are_no_problem) {
  auto session = open_session([](FakeAgent& agent) {
    agent.greet();
    const Json request = agent.read_request();
    agent.write(notification_line("something_new", Json::object()));
    agent.write(notification_line("notice", {{"id", 1}, {"text", "the output was cut"}}));
    const std::string line = response_line(request["id"], {{"text", std::string(300'000, 'x')}});
    agent.write(line.substr(0, 7));
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    agent.write("");
    agent.write(line.substr(7));
  });
  ASSERT_TRUE(session);
  const auto answer = (*session)->call("read_file", Json::object(), 5000);
  ASSERT_TRUE(answer);
  EXPECT_EQ((*answer)["text"].get<std::string>().size(), 300'000u);
  EXPECT_THAT((*session)->notices(), testing::ElementsAre("the output was cut"));
}

TEST_F(AgentSessionTest, a_request_larger_than_the_pipe_is_written_while_the_agent_reads_slowly) {
  auto session = open_session([](FakeAgent& agent) {
    agent.greet();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    const Json request = agent.read_request();
    agent.answer(request, request["params"]["data"].get<std::string>().size());
  });
  ASSERT_TRUE(session);
  const auto answer = (*session)->call("write_file", {{"data", std::string(1 << 20, 'y')}}, 20'000);
  ASSERT_TRUE(answer);
  EXPECT_EQ(*answer, 1 << 20);
}

TEST_F(AgentSessionTest, an_error_of_the_agent_arrives_whole_and_the_session_lives_on) {
  auto session = open_session([](FakeAgent& agent) {
    agent.greet();
    const Error error{ErrorKind::kSubject,         "cannot start", "bpftrace",
                      "No such file or directory", "install it",   ENOENT};
    agent.write(error_line(agent.read_request()["id"], error));
    agent.answer(agent.read_request(), 1);
  });
  ASSERT_TRUE(session);
  const auto failed = (*session)->call("start_together", Json::object(), 5000);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().kind, ErrorKind::kSubject);
  EXPECT_EQ(failed.error().why, "No such file or directory");
  EXPECT_EQ(failed.error().hint, "install it");
  EXPECT_FALSE((*session)->lost());
  EXPECT_TRUE((*session)->call("clock", Json::object(), 5000));
}

TEST_F(AgentSessionTest, another_version_is_refused_with_a_hint) {
  const auto session = open_session([](FakeAgent& agent) { agent.greet(99); });
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().kind, ErrorKind::kEnvironment);
  EXPECT_THAT(session.error().why, HasSubstr("99"));
  EXPECT_THAT(session.error().hint, HasSubstr("same build"));
}

TEST_F(AgentSessionTest, a_greeting_of_another_version_may_look_quite_different) {
  const auto session = open_session([](FakeAgent& agent) {
    agent.write(notification_line("hello", {{"protocol", 2}, {"who", "me"}}));
  });
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().kind, ErrorKind::kEnvironment);
}

TEST_F(AgentSessionTest, junk_instead_of_a_greeting_is_quoted) {
  const auto session = open_session([](FakeAgent& agent) { agent.write("Welcome to Debian\x1b[31m!\n"); });
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().kind, ErrorKind::kLost);
  EXPECT_THAT(session.error().why, HasSubstr("Welcome to Debian\\x1b"));
}

TEST_F(AgentSessionTest, a_response_instead_of_a_greeting_is_an_error) {
  const auto session = open_session([](FakeAgent& agent) { agent.write(response_line(1, 2)); });
  ASSERT_FALSE(session);
  EXPECT_THAT(session.error().why, HasSubstr("greeting"));
}

TEST_F(AgentSessionTest, an_agent_that_ends_before_the_greeting_is_lost_with_its_last_words) {
  const auto session = open_session([](FakeAgent& agent) { agent.hang_up(); });
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().kind, ErrorKind::kLost);
  EXPECT_THAT(session.error().why, HasSubstr("killed by SIGKILL (9)"));
  EXPECT_THAT(session.error().why, HasSubstr("oh no"));
}

TEST_F(AgentSessionTest, a_silent_agent_is_lost_when_the_time_for_the_greeting_is_up) {
  const auto session = open_session([](FakeAgent& agent) { agent.read_line(); }, 30);
  ASSERT_FALSE(session);
  EXPECT_THAT(session.error().why, HasSubstr("did not answer in time"));
}

TEST_F(AgentSessionTest, an_agent_that_dies_in_a_call_is_lost_for_all_later_calls) {
  auto session = open_session([](FakeAgent& agent) {
    agent.greet();
    agent.read_request();
    agent.write("{\"jsonrpc\":\"2.0\",\"id\":1,\"res");
    agent.hang_up();
  });
  ASSERT_TRUE(session);
  for (int i = 0; i < 2; ++i) {
    const auto lost = (*session)->call("clock", Json::object(), 5000);
    ASSERT_FALSE(lost);
    EXPECT_EQ(lost.error().kind, ErrorKind::kLost);
    EXPECT_THAT(lost.error().why, HasSubstr("in the middle of a message"));
    EXPECT_THAT(lost.error().why, HasSubstr("killed by SIGKILL (9)"));
  }
  EXPECT_TRUE((*session)->lost());
}

TEST_F(AgentSessionTest, writing_to_a_dead_agent_is_an_error_and_raises_no_signal) {
  auto session = open_session([](FakeAgent& agent) {
    agent.greet();
    agent.stop_reading();
    agent.hang_up();
  });
  ASSERT_TRUE(session);
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  const auto lost = (*session)->call("clock", Json::object(), 5000);
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().kind, ErrorKind::kLost);
}

TEST_F(AgentSessionTest, a_call_without_an_answer_ends_at_its_time_out) {
  auto session = open_session([](FakeAgent& agent) {
    agent.greet();
    agent.read_request();
    agent.read_line();  // until the session closes our input
  });
  ASSERT_TRUE(session);
  const auto late = (*session)->call("clock", Json::object(), 30);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().kind, ErrorKind::kLost);
  EXPECT_THAT(late.error().why, HasSubstr("did not answer in time"));
}

TEST_F(AgentSessionTest, an_agent_that_says_it_is_shutting_down_is_lost) {
  auto session = open_session([](FakeAgent& agent) {
    agent.greet();
    agent.write(
        error_line(agent.read_request()["id"], Error{ErrorKind::kLost, "the agent is shutting down"}));
    agent.read_line();
  });
  ASSERT_TRUE(session);
  const auto lost = (*session)->call("clock", Json::object(), 5000);
  ASSERT_FALSE(lost);
  EXPECT_THAT(lost.error().why, HasSubstr("shutting down"));
  EXPECT_TRUE((*session)->lost());
}

TEST_F(AgentSessionTest, lines_that_are_no_messages_end_the_session) {
  const std::vector<std::string> lines = {"core dumped\n",
                                          "[1,2]\n",
                                          std::string("\0\xff\n", 3),
                                          "{\"jsonrpc\":\"2.0\",\"id\":1}\n",
                                          "{\"jsonrpc\":\"2.0\",\"id\":77,\"result\":0}\n",
                                          "{\"jsonrpc\":\"2.0\",\"id\":{},\"result\":0}\n",
                                          std::string(1000, '[') + "\n"};
  for (const std::string& line : lines) {
    auto session = open_session([&](FakeAgent& agent) {
      agent.greet();
      agent.read_request();
      agent.write(line);
      agent.read_line();
    });
    ASSERT_TRUE(session);
    const auto bad = (*session)->call("clock", Json::object(), 5000);
    ASSERT_FALSE(bad) << line;
    EXPECT_EQ(bad.error().kind, ErrorKind::kLost) << line;
  }
}

TEST_F(AgentSessionTest, an_interrupt_ends_a_call_and_its_late_answer_is_dropped) {
  std::atomic<bool> asked = false;
  auto session = open_session([&](FakeAgent& agent) {
    agent.greet();
    const Json wait = agent.read_request();
    asked = true;
    const Json stop = agent.read_request();
    agent.answer(wait, "late");
    agent.answer(stop, "stopped");
  });
  ASSERT_TRUE(session);
  std::thread user([&] {
    while (!asked) std::this_thread::yield();
    request_interrupt(SIGINT);
  });
  const auto waited = (*session)->call("wait", Json::object(), 60'000);
  user.join();
  ASSERT_FALSE(waited);
  EXPECT_EQ(waited.error().kind, ErrorKind::kInterrupted);
  EXPECT_FALSE((*session)->lost());
  EXPECT_FALSE((*session)->call("start_together", Json::object(), 5000)) << "nothing new is begun";
  const auto stopped = (*session)->call("stop", Json::object(), 5000, Interruptible::kNo);
  ASSERT_TRUE(stopped);
  EXPECT_EQ(*stopped, "stopped");
}

TEST_F(AgentSessionTest, a_shield_lets_clean_up_code_make_any_call) {
  auto session = open_session([&](FakeAgent& agent) {
    agent.greet();
    agent.answer(agent.read_request(), 1);
  });
  ASSERT_TRUE(session);
  request_interrupt(SIGINT);
  const InterruptShield shield;
  EXPECT_TRUE((*session)->call("run", Json::object(), 5000));
}

TEST_F(AgentSessionTest, after_close_calls_fail) {
  auto session = open_session([](FakeAgent& agent) {
    agent.greet();
    agent.read_line();
  });
  ASSERT_TRUE(session);
  EXPECT_EQ((*session)->close().how, "killed by SIGKILL (9)");
  const auto late = (*session)->call("clock", Json::object(), 5000);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().kind, ErrorKind::kLost);
}

// ---- AgentHost over a session ----

class AgentHostTest : public AgentSessionTest {
 protected:
  // Answers each request with the result that the function makes of it, and remembers the requests.
  void serve(std::function<Json(const Json& request)> respond) {
    auto session = open_session([this, respond = std::move(respond)](FakeAgent& agent) {
      agent.greet();
      while (true) {
        const Json request = agent.read_request();
        if (request.is_null()) return;
        requests_.push_back(request);
        agent.answer(request, respond(request));
      }
    });
    ASSERT_TRUE(session) << to_string(session.error());
    session_ = std::move(*session);
  }
  // The requests, once the agent's thread is done.
  const std::vector<Json>& requests() {
    session_->close();
    return requests_;
  }
  std::vector<Json>
      requests_;  // written by the agent's thread while it lives; before session_, which joins it
  std::shared_ptr<AgentSession> session_;
};

TEST_F(AgentHostTest, the_default_namespace_is_used_where_a_process_names_none) {
  serve([](const Json& request) {
    if (request["method"] == "run") return to_json(Host::Finished{});
    return Json{{"processes", {to_json(ProcessHandle{1, 10, 5}), to_json(ProcessHandle{2, 11, 5})}}};
  });
  AgentHost server(session_, "server", "bpftax-x-s");
  ProcessSpec plain, other;
  plain.argv = {"netserver"};
  other.argv = {"ip"};
  other.netns = "elsewhere";
  const auto handles = server.start_together({plain, other});
  ASSERT_TRUE(handles) << to_string(handles.error());
  EXPECT_EQ((*handles)[1].pid, 11);
  ASSERT_TRUE(server.run(plain, 100));
  EXPECT_EQ(requests()[0]["params"]["specs"][0]["netns"], "bpftax-x-s");
  EXPECT_EQ(requests()[0]["params"]["specs"][1]["netns"], "elsewhere");
  EXPECT_EQ(requests()[1]["params"]["spec"]["netns"], "bpftax-x-s");
}

TEST_F(AgentHostTest, answers_become_values) {
  serve([](const Json& request) -> Json {
    const std::string method = request["method"];
    if (method == "wait") {
      if (request["params"]["timeout_ms"] == 0) return {{"status", nullptr}};
      return {{"status", to_json(ExitStatus{.code = 3})}};
    }
    if (method == "read_file") return {{"data", base64_encode(std::string("a\0b", 3))}};
    if (method == "list") return {{"entries", {to_json(FileInfo{.name = "x", .size = 5})}}};
    if (method == "stop") return to_json(StopReport{.ended_by = "SIGTERM", .stragglers = {7}});
    return Json::object();
  });
  AgentHost host(session_, "lab");
  EXPECT_FALSE(host.wait({1, 2, 3}, 0)->has_value());
  EXPECT_EQ((*host.wait({1, 2, 3}, 10))->code, 3);
  EXPECT_EQ(*host.read_file("/x", 10), std::string("a\0b", 3));
  EXPECT_EQ(host.list("/x")->at(0).size, 5);
  EXPECT_EQ(host.stop({1, 2, 3})->stragglers.at(0), 7);
  EXPECT_TRUE(host.bpf_stats(true));
  EXPECT_TRUE(host.own("netns", "n"));
}

TEST_F(AgentHostTest, an_answer_of_the_wrong_shape_is_an_error_that_names_the_method) {
  serve([](const Json& request) -> Json {
    if (request["method"] == "start_together") return {{"processes", Json::array()}};
    return {{"status", "fine"}};
  });
  AgentHost host(session_, "lab");
  ProcessSpec spec;
  spec.argv = {"true"};
  for (const Error& error :
       {host.wait({1, 2, 3}, 10).error(), host.clock().error(), host.stop({1, 2, 3}).error(),
        host.bpf_all().error(), host.start(spec).error(), host.stop_sampling().error(),
        host.read_file("/x", 1).error(), host.list("/x").error(), host.run(spec, 1).error()}) {
    EXPECT_EQ(error.kind, ErrorKind::kInternal);
    EXPECT_THAT(error.what, HasSubstr("cannot understand the agent's answer"));
  }
}

}  // namespace
}  // namespace bpftax
