// AgentSession: the conversation with one agent. Requests are answered one after the other; each call blocks
// until its answer, its time-out, the user's interrupt (host/interrupt.h) or the end of the agent.
//
// A lost agent (end of its output, its word that it is shutting down, a time-out, a line that is no message)
// is finished at once: the session closes the transport, which cleans up, and this call and all later ones
// return the same Error of kind kLost, which says how the agent ended and quotes the end of its stderr.
//
// With options.heartbeat_ms a thread of the session tells the agent, whatever this one does, that we are
// there.
//
// Used from one thread. Several hosts (views on the same machine) may share one session.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "agent/protocol.h"
#include "host/heartbeat.h"
#include "host/transport.h"
#include "util/result.h"

namespace bpftax {

enum class Interruptible { kYes, kNo };

class AgentSession {
 public:
  struct Options {
    int64_t greeting_timeout_ms = 10'000;
    int64_t close_grace_ms = 15'000;  // what the agent gets for stopping and undoing everything
    int64_t heartbeat_ms = 0;         // 0: none, the agent sees the end of its stdin when we die
  };
  // Waits for the greeting. kEnvironment when the agent speaks another version, kLost when it says nothing
  // sensible.
  static Result<std::unique_ptr<AgentSession>> open(std::unique_ptr<Transport> transport,
                                                    const Options& options);
  ~AgentSession();  // close()
  AgentSession(const AgentSession&) = delete;
  AgentSession& operator=(const AgentSession&) = delete;

  // The result of the request, or the agent's Error as it stands. A call that is given up for an interrupt
  // leaves its request with the agent; the answer is dropped when it comes.
  Result<nlohmann::json> call(std::string_view method, const nlohmann::json& params, int64_t timeout_ms,
                              Interruptible interruptible = Interruptible::kYes);

  const Hello& hello() const { return hello_; }
  // What the agent has said unasked about processes ("notice"), the first kMaxNotices of it; printable.
  const std::vector<std::string>& notices() const { return notices_; }
  static constexpr size_t kMaxNotices = 100;
  const std::string& where() const { return transport_->where(); }
  bool lost() const { return lost_.has_value(); }

  // Lets the agent stop and undo everything and end. Idempotent; also after a loss. Calls fail from then on.
  const AgentEnd& close();

 private:
  AgentSession(std::unique_ptr<Transport> transport, const Options& options)
      : transport_(std::move(transport)), options_(options) {}
  Result<void> greet();
  Result<void> send(std::string_view line, std::string_view what, int64_t deadline_ns,
                    Interruptible interruptible);
  Result<void> write_line(std::string_view line, std::string_view what, int64_t deadline_ns,
                          Interruptible interruptible);
  // The next message; reads what there is, waits until the deadline.
  Result<RpcMessage> next_message(std::string_view what, int64_t deadline_ns, Interruptible interruptible);
  // One poll and, if there is something, one read. For a writer: also returns when writing is possible.
  Result<void> exchange(std::string_view what, bool want_write, int64_t deadline_ns,
                        Interruptible interruptible);
  void take_notification(const RpcMessage& message);
  Error lose(std::string_view what, std::string why, bool ended_by_itself);

  std::unique_ptr<Transport> transport_;
  Options options_;
  std::unique_ptr<Heartbeat> heartbeat_;  // from the greeting on
  Hello hello_;
  LineBuffer input_;
  int64_t next_id_ = 1;
  std::set<int64_t> abandoned_;  // requests whose answers nobody wants any more
  std::vector<std::string> notices_;
  std::optional<Error> lost_;
  bool closed_ = false;
};

}  // namespace bpftax
