// The agent's end of the wire: reads requests from one descriptor, calls methods, writes answers to another.
// Answers may come later and in any order. A controller that does not read is not written to for ever: beyond
// 64 MiB of unsent answers no further requests are read.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "agent/event_loop.h"
#include "agent/protocol.h"
#include "util/json.h"
#include "util/result.h"

namespace bpftax {

class RpcSession;

// The answer to one request; to be used once. Copies share the request. After the session has ended it does
// nothing.
class Reply {
 public:
  Reply(std::weak_ptr<RpcSession> session, Json id) : session_(std::move(session)), id_(std::move(id)) {}
  void send(const Json& result) const;
  void fail(const Error& error) const;
  // Value -> to_result(value), or the error.
  template <class T, class Convert>
  void answer(const Result<T>& outcome, Convert to_result) const {
    if (!outcome) return fail(outcome.error());
    send(to_result(*outcome));
  }
  void answer(const Result<void>& outcome) const {
    if (!outcome) return fail(outcome.error());
    send(Json::object());
  }

 private:
  std::weak_ptr<RpcSession> session_;
  Json id_;  // null: a notification, not answered
};

// Returns an Error only for parameters that are wrong (-32602); everything else goes through the Reply.
using Method = std::function<Result<void>(const Json& params, const Reply& reply)>;

class RpcSession : public std::enable_shared_from_this<RpcSession> {
 public:
  // Descriptors are borrowed. on_closed is called once, from the loop: the controller is gone.
  static std::shared_ptr<RpcSession> create(EventLoop& loop, int in_fd, int out_fd,
                                            std::map<std::string, Method, std::less<>> methods,
                                            std::function<void()> on_closed);
  Result<void> start();
  void send_line(const std::string& line);
  // When the controller was last heard of (CLOCK_MONOTONIC): what waits unread counts as now.
  int64_t last_heard_ns();
  // From now on every request is refused with this error, those that were not answered yet too: what becomes
  // known of processes while everything is being ended is not what their users asked about. nullopt: no
  // longer.
  void refuse_requests(std::optional<Error> why) { refused_ = std::move(why); }
  const std::optional<Error>& refused() const { return refused_; }
  // Writes what is unsent, for at most limit_ms, then forgets the descriptors. Blocks.
  void flush_and_close(int64_t limit_ms);

 private:
  RpcSession(EventLoop& loop, int in_fd, int out_fd, std::map<std::string, Method, std::less<>> methods,
             std::function<void()> on_closed)
      : loop_(loop),
        in_fd_(in_fd),
        out_fd_(out_fd),
        methods_(std::move(methods)),
        on_closed_(std::move(on_closed)) {}
  void on_input();
  void on_output(uint32_t events);
  void on_line(const std::string& line);
  void write_some();
  void update_interest();
  void close();

  EventLoop& loop_;
  int in_fd_;
  int out_fd_;
  std::map<std::string, Method, std::less<>> methods_;
  std::function<void()> on_closed_;
  LineBuffer input_;
  std::string output_;
  size_t written_ = 0;  // of output_
  int64_t last_heard_ns_ = 0;
  bool pollable_in_ = true;
  bool pollable_out_ = true;
  bool watching_out_ = false;
  bool reading_ = true;
  bool closed_ = false;
  std::optional<Error> refused_;
};

}  // namespace bpftax
