#include "agent/agent_under_test.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

#include "agent/ledger.h"
#include "sample/process_tree.h"
#include "util/files.h"
#include "util/strings.h"

namespace bpftax {
namespace {

constexpr int64_t kLimitNs = 20'000'000'000;

std::pair<Fd, Fd> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) std::abort();
  return {Fd(ends[0]), Fd(ends[1])};
}

}  // namespace

AgentUnderTest::AgentUnderTest(const std::string& parent_folder) : folder_(parent_folder) {
  static int number = 0;
  run_id_ = "agent-test-" + std::to_string(::getpid()) + "-" + std::to_string(++number);
  ::signal(SIGPIPE, SIG_IGN);
  auto [in_read, in_write] = make_pipe();
  auto [out_read, out_write] = make_pipe();
  std::vector<std::string> words = {std::string(BPFTAX_BIN_DIR) + "/bpftax-agent",
                                    "--run-id",
                                    run_id_,
                                    "--root",
                                    folder_ / "work",
                                    "--state-dir",
                                    folder_ / "state"};
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  keeper_ = ::fork();
  if (keeper_ == 0) {
    ::dup2(in_read.get(), 0);
    ::dup2(out_write.get(), 1);
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  to_agent_ = std::move(in_write);
  from_agent_ = std::move(out_read);
  in_read.reset();
  out_write.reset();
  const RpcMessage first = receive_any();
  if (first.method != "hello") {
    ADD_FAILURE() << "no greeting";
    return;
  }
  const auto hello = hello_from_json(first.params);
  EXPECT_TRUE(hello.has_value());
  if (hello) hello_ = *hello;
}

AgentUnderTest::~AgentUnderTest() {
  close_stdin();
  close_stdout();
  if (!keeper_status_) wait_for_keeper();
}

int64_t AgentUnderTest::send(const std::string& method, const Json& params) {
  send_raw(request_line(++last_id_, method, params));
  return last_id_;
}

void AgentUnderTest::send_raw(const std::string& bytes) {
  std::string_view rest = bytes;
  while (!rest.empty()) {
    const ssize_t written = ::write(to_agent_.get(), rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return;  // it has died: whoever waits for an answer sees that
    rest.remove_prefix(static_cast<size_t>(written));
  }
}

std::optional<RpcMessage> AgentUnderTest::read_message(int64_t deadline_ns) {
  while (true) {
    if (const auto line = input_.next()) {
      const auto message = parse_message(line->value(), "agent");
      if (!message) {
        ADD_FAILURE() << to_string(message.error());
        return std::nullopt;
      }
      return *message;
    }
    pollfd state{from_agent_.get(), POLLIN, 0};
    const int64_t left_ms = (deadline_ns - monotonic_now_ns()) / 1'000'000;
    if (left_ms <= 0) return std::nullopt;
    if (::poll(&state, 1, static_cast<int>(left_ms)) <= 0) continue;
    std::array<char, 65536> buffer;
    const ssize_t got = ::read(from_agent_.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return std::nullopt;
    input_.append({buffer.data(), static_cast<size_t>(got)});
  }
}

RpcMessage AgentUnderTest::receive_any() {
  const auto message = read_message(monotonic_now_ns() + kLimitNs);
  if (!message) ADD_FAILURE() << "the agent says nothing";
  return message.value_or(RpcMessage{});
}

RpcMessage AgentUnderTest::receive(int64_t id) {
  if (!has_answer_within_ms(id, kLimitNs / 1'000'000)) {
    ADD_FAILURE() << "no answer to request " << id;
    return {};
  }
  return answers_.at(id);
}

bool AgentUnderTest::has_answer_within_ms(int64_t id, int64_t timeout_ms) {
  const int64_t deadline_ns = monotonic_now_ns() + timeout_ms * 1'000'000;
  while (answers_.count(id) == 0) {
    auto message = read_message(deadline_ns);
    if (!message) return false;
    if (message->id) answers_[*message->id] = std::move(*message);
  }
  return true;
}

Json AgentUnderTest::call(const std::string& method, const Json& params) {
  const RpcMessage message = receive(send(method, params));
  EXPECT_EQ(message.kind, RpcMessage::Kind::kResult) << method << ": " << to_string(message.error);
  return message.result;
}

Error AgentUnderTest::call_expecting_error(const std::string& method, const Json& params) {
  const RpcMessage message = receive(send(method, params));
  EXPECT_EQ(message.kind, RpcMessage::Kind::kFault) << method << ": " << message.result.dump();
  return message.error;
}

ProcessHandle AgentUnderTest::start(const ProcessSpec& spec) {
  const Json answer = call("start_together", {{"specs", {to_json(spec)}}});
  if (!answer.is_object()) return {};
  return process_handle_from_json(answer["processes"][0]).value();
}

ExitStatus AgentUnderTest::wait(const ProcessHandle& process) {
  const Json answer = call("wait", {{"id", process.id}, {"timeout_ms", 20'000}});
  const auto status =
      answer.is_object() ? exit_status_from_json(answer["status"]) : Result<ExitStatus>(ExitStatus{});
  EXPECT_TRUE(status.has_value()) << "still running";
  return status.value_or(ExitStatus{});
}

StopReport AgentUnderTest::stop(const ProcessHandle& process) {
  return stop_report_from_json(call("stop", {{"id", process.id}})).value();
}

int AgentUnderTest::wait_for_keeper() {
  if (keeper_status_) return *keeper_status_;
  int status = 0;
  const int64_t deadline_ns = monotonic_now_ns() + kLimitNs + kLimitNs;
  while (::waitpid(keeper_, &status, WNOHANG) == 0) {
    if (monotonic_now_ns() > deadline_ns) {
      ADD_FAILURE() << "the keeper does not end";
      ::kill(keeper_, SIGKILL);
      ::waitpid(keeper_, &status, 0);
      break;
    }
    ::usleep(1000);
  }
  keeper_status_ = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  return *keeper_status_;
}

std::string helper_path() {
  return std::string(BPFTAX_BIN_DIR) + "/agent-test-helper";
}

ProcessSpec helper(const std::vector<std::string>& words) {
  ProcessSpec spec;
  spec.name = "helper " + words.front();
  spec.argv = {helper_path()};
  spec.argv.insert(spec.argv.end(), words.begin(), words.end());
  spec.stop = {300, 300};
  return spec;
}

bool eventually(const std::function<bool()>& condition) {
  const int64_t deadline_ns = monotonic_now_ns() + kLimitNs;
  while (!condition()) {
    if (monotonic_now_ns() > deadline_ns) return false;
    ::usleep(2000);
  }
  return true;
}

ProcessIdentity process_of(const std::string& pid_file) {
  EXPECT_TRUE(eventually([&] { return path_exists(pid_file); })) << pid_file;
  const auto pid = to_int64(read_file(pid_file).value_or(""));
  if (!pid) return {};
  return identify(static_cast<int>(*pid)).value_or(ProcessIdentity{});
}

std::vector<int> processes_of_run(const std::string& run_id) {
  std::vector<int> found;
  for (const int pid : all_processes("/proc")) {
    if (environment_of(pid, kRunVariable) == run_id && identify(pid)) found.push_back(pid);
  }
  return found;
}

}  // namespace bpftax
