// Test support: a real bpftax-agent behind pipes, and questions about processes by pid.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/process_identity.h"
#include "agent/protocol.h"
#include "agent/temporary_folder.h"
#include "util/fd.h"

namespace bpftax {

class AgentUnderTest {
 public:
  // Starts it with a run id of its own, a work folder as its root and a state folder, and reads the greeting.
  explicit AgentUnderTest(const std::string& parent_folder = "/tmp");
  ~AgentUnderTest();  // ends it by closing its stdin
  AgentUnderTest(const AgentUnderTest&) = delete;
  AgentUnderTest& operator=(const AgentUnderTest&) = delete;

  const Hello& hello() const { return hello_; }
  const std::string& run_id() const { return run_id_; }
  std::string work(const std::string& name) const { return folder_ / ("work/" + name); }
  std::string state_directory() const { return folder_ / "state"; }

  int64_t send(const std::string& method, const Json& params);
  void send_raw(const std::string& bytes);
  // The next message for this request; others are kept for later.
  RpcMessage receive(int64_t id);
  // send() and receive(); fails the test on an error.
  Json call(const std::string& method, const Json& params = Json::object());
  // The same for calls that must fail.
  Error call_expecting_error(const std::string& method, const Json& params);
  RpcMessage receive_any();
  bool has_answer_within_ms(int64_t id, int64_t timeout_ms);

  ProcessHandle start(const ProcessSpec& spec);
  ExitStatus wait(const ProcessHandle& process);
  StopReport stop(const ProcessHandle& process);

  void close_stdin() { to_agent_.reset(); }
  void close_stdout() { from_agent_.reset(); }
  // The keeper's exit code, or minus the signal that ended it.
  int wait_for_keeper();

 private:
  std::optional<RpcMessage> read_message(int64_t deadline_ns);

  TemporaryFolder folder_;
  std::string run_id_;
  Fd to_agent_, from_agent_;
  int keeper_ = -1;
  std::optional<int> keeper_status_;
  Hello hello_;
  LineBuffer input_;
  int64_t last_id_ = 0;
  std::map<int64_t, RpcMessage> answers_;
};

std::string helper_path();
// A spec that runs the helper with these words and does not wait long for its end.
ProcessSpec helper(const std::vector<std::string>& words);

// Waits up to 20 s.
bool eventually(const std::function<bool()>& condition);
// The process that wrote its pid into the file, once it has.
ProcessIdentity process_of(const std::string& pid_file);
// Living processes whose environment has this run id.
std::vector<int> processes_of_run(const std::string& run_id);

}  // namespace bpftax
