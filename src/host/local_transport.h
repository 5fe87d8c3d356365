// An agent as a child process of this one.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/process_identity.h"
#include "host/child_process.h"
#include "host/transport.h"
#include "util/result.h"

namespace bpftax {

struct LocalAgent {
  std::vector<std::string> argv;  // argv[0] is the path of the program
  std::string run_id;             // what its processes carry in their environment (BPFTAX_RUN)
  std::string state_dir;          // where its ledger is
};

// The agent is a child in a session of its own, so that a terminal's ^C does not reach it; the end of its
// stdin tells it that we are gone. This process becomes a child subreaper (PR_SET_CHILD_SUBREAPER) with the
// first agent: should both of the agent's processes be killed, their orphans come to us and finish() ends and
// reaps them and replays the agent's ledger.
class LocalTransport : public Transport {
 public:
  static Result<std::unique_ptr<LocalTransport>> start(const LocalAgent& agent);
  ~LocalTransport() override;  // finish(kDefaultGraceMs)
  LocalTransport(const LocalTransport&) = delete;
  LocalTransport& operator=(const LocalTransport&) = delete;

  static constexpr int64_t kDefaultGraceMs = 15'000;

  const std::string& where() const override { return where_; }
  int read_fd() const override { return child_.out.get(); }
  int write_fd() const override { return child_.in.get(); }
  void greeted(const Hello& hello) override;
  const AgentEnd& finish(int64_t grace_ms) override;

  int keeper_pid() const { return keeper_.pid; }

 private:
  LocalTransport() = default;
  void wait_for_end(int64_t grace_ms);
  bool reap_keeper();
  void wait_for_worker(int64_t grace_ms);
  void end_orphans();
  void undo_ledger();

  std::string where_ = "the local agent";
  LocalAgent agent_;
  Child child_;
  ProcessIdentity keeper_;
  std::optional<ProcessIdentity> worker_;
  std::optional<AgentEnd> end_;
};

}  // namespace bpftax
