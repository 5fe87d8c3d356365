#include "host/agent_session.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "host/child_process.h"
#include "host/interrupt.h"
#include "util/clock.h"
#include "util/json.h"
#include "util/strings.h"

namespace bpftax {

namespace {

constexpr size_t kQuotedBytes = 120;

int64_t now_ns() {
  return RealClock().monotonic_ns();
}

int64_t deadline_after(int64_t timeout_ms) {
  return now_ns() + std::clamp<int64_t>(timeout_ms, 0, 2 * kMaxTimeoutMs) * kNsPerMs;
}

}  // namespace

Result<std::unique_ptr<AgentSession>> AgentSession::open(std::unique_ptr<Transport> transport,
                                                         const Options& options) {
  std::unique_ptr<AgentSession> session(new AgentSession(std::move(transport), options));
  BPFTAX_TRY(session->greet());
  return session;
}

AgentSession::~AgentSession() {
  close();
}

const AgentEnd& AgentSession::close() {
  closed_ = true;
  if (heartbeat_) heartbeat_->stop();
  return transport_->finish(options_.close_grace_ms);
}

Result<void> AgentSession::greet() {
  const std::string_view what = "cannot reach the agent";
  const int64_t deadline_ns = deadline_after(options_.greeting_timeout_ms);
  BPFTAX_ASSIGN(const RpcMessage message, next_message(what, deadline_ns, Interruptible::kYes));
  if (message.kind != RpcMessage::Kind::kNotification || message.method != "hello") {
    return tl::unexpected<Error>(lose(what, "its first message is not the greeting", false));
  }
  // The version first: the rest of another version's greeting may look different.
  const auto version = require_integer(message.params, "protocol");
  if (version && *version != kProtocolVersion) {
    close();
    return fail(ErrorKind::kEnvironment, std::string(what), where(),
                fmt::format("it speaks version {} of the protocol, this bpftax speaks {}", *version,
                            kProtocolVersion),
                "bpftax and bpftax-agent must come from the same build");
  }
  auto hello = hello_from_json(message.params);
  if (!hello) return tl::unexpected<Error>(lose(what, "bad greeting: " + to_string(hello.error()), false));
  hello_ = std::move(*hello);
  transport_->greeted(hello_);
  if (options_.heartbeat_ms > 0) {
    heartbeat_ = std::make_unique<Heartbeat>(
        transport_->write_fd(), notification_line("ping", Json::object()), options_.heartbeat_ms);
  }
  return {};
}

Result<Json> AgentSession::call(std::string_view method, const Json& params, int64_t timeout_ms,
                                Interruptible interruptible) {
  const std::string what = fmt::format("cannot call {}", method);
  if (lost_) return tl::unexpected<Error>(*lost_);
  if (closed_) return fail(ErrorKind::kLost, what, where(), "the session has been closed");
  if (interruptible == Interruptible::kYes && interrupt_pending()) return fail_interrupted(what);
  const int64_t deadline_ns = deadline_after(timeout_ms);
  const int64_t id = next_id_++;
  BPFTAX_TRY(send(request_line(id, method, params), what, deadline_ns, interruptible));
  while (true) {
    auto message = next_message(what, deadline_ns, interruptible);
    if (!message) {
      if (message.error().kind == ErrorKind::kInterrupted) abandoned_.insert(id);
      return propagate(message);
    }
    if (message->kind == RpcMessage::Kind::kNotification) {
      take_notification(*message);
      continue;
    }
    if (message->id && abandoned_.erase(*message->id) > 0) continue;
    if (message->kind == RpcMessage::Kind::kFault && (!message->id || *message->id == id)) {
      // Somebody told it to end, or its keeper was killed: it is stopping everything and answers nothing
      // more.
      if (message->error.kind == ErrorKind::kLost) {
        return tl::unexpected<Error>(lose(what, to_string(message->error), true));
      }
      return tl::unexpected<Error>(std::move(message->error));
    }
    if (message->id != id) {
      return tl::unexpected<Error>(lose(what, "it answered a request that was not made", false));
    }
    return std::move(message->result);
  }
}

Result<void> AgentSession::send(std::string_view line, std::string_view what, int64_t deadline_ns,
                                Interruptible interruptible) {
  if (!heartbeat_) return write_line(line, what, deadline_ns, interruptible);
  const std::scoped_lock lock(heartbeat_->line_mutex());
  return write_line(line, what, deadline_ns, interruptible);
}

Result<void> AgentSession::write_line(std::string_view line, std::string_view what, int64_t deadline_ns,
                                      Interruptible interruptible) {
  // Once a part of a request is out, the rest must follow, or the next request would be garbled.
  bool begun = false;
  while (!line.empty()) {
    const ssize_t written = write_without_sigpipe(transport_->write_fd(), line.data(), line.size());
    if (written >= 0) {
      line.remove_prefix(static_cast<size_t>(written));
      begun = true;
      continue;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) {
      return tl::unexpected<Error>(
          lose(what, fmt::format("writing to it failed: {}", ::strerrordesc_np(errno)), errno == EPIPE));
    }
    BPFTAX_TRY(exchange(what, true, deadline_ns, begun ? Interruptible::kNo : interruptible));
  }
  return {};
}

Result<RpcMessage> AgentSession::next_message(std::string_view what, int64_t deadline_ns,
                                              Interruptible interruptible) {
  while (true) {
    if (auto line = input_.next()) {
      if (!*line) return tl::unexpected<Error>(lose(what, to_string(line->error()), false));
      auto message = parse_message(**line, where());
      if (message) return message;
      return tl::unexpected<Error>(
          lose(what,
               fmt::format("it wrote what is no message: \"{}\" ({})",
                           printable(shorten(**line, kQuotedBytes)), message.error().why),
               false));
    }
    BPFTAX_TRY(exchange(what, false, deadline_ns, interruptible));
  }
}

Result<void> AgentSession::exchange(std::string_view what, bool want_write, int64_t deadline_ns,
                                    Interruptible interruptible) {
  const bool watch_interrupt = interruptible == Interruptible::kYes && !InterruptShield::active();
  if (watch_interrupt && interrupted()) return fail_interrupted(std::string(what));
  const int64_t left_ns = deadline_ns - now_ns();
  if (left_ns <= 0) return tl::unexpected<Error>(lose(what, "it did not answer in time", false));
  const int64_t left_ms = std::min(left_ns / kNsPerMs + 1, kPollSliceMs);
  pollfd fds[3] = {{transport_->read_fd(), POLLIN, 0},
                   {want_write ? transport_->write_fd() : -1, POLLOUT, 0},
                   {watch_interrupt ? interrupt_fd() : -1, POLLIN, 0}};
  const int ready = ::poll(fds, 3, static_cast<int>(left_ms));
  if (ready < 0 && errno != EINTR) {
    return tl::unexpected<Error>(
        lose(what, fmt::format("waiting for it failed: {}", ::strerrordesc_np(errno)), false));
  }
  if (ready <= 0 || fds[0].revents == 0) return {};
  char buffer[65536];
  const ssize_t bytes = ::read(transport_->read_fd(), buffer, sizeof buffer);
  if (bytes > 0) {
    input_.append({buffer, static_cast<size_t>(bytes)});
    return {};
  }
  if (bytes < 0 && (errno == EINTR || errno == EAGAIN)) return {};
  if (bytes < 0) {
    return tl::unexpected<Error>(
        lose(what, fmt::format("reading from it failed: {}", ::strerrordesc_np(errno)), false));
  }
  return tl::unexpected<Error>(
      lose(what, input_.has_partial() ? "its output ended in the middle of a message" : "", true));
}

void AgentSession::take_notification(const RpcMessage& message) {
  // Others may come with later agents of the same version and are ignored.
  if (message.method != "notice" || notices_.size() >= kMaxNotices || !message.params.is_object()) return;
  const auto text = json_string(message.params, "text");
  if (text && *text) notices_.push_back(printable(**text));
}

Error AgentSession::lose(std::string_view what, std::string why, bool ended_by_itself) {
  if (heartbeat_) heartbeat_->stop();
  const AgentEnd& end = transport_->finish(options_.close_grace_ms);
  if (ended_by_itself) {
    const std::string ended = "it ended: " + end.how;
    why = why.empty() ? ended : why + "; " + ended;
  }
  if (!end.last_words.empty()) why += "; its last words: " + end.last_words;
  for (const std::string& thing : end.left_over) why += "; left over: " + thing;
  lost_ = fail(ErrorKind::kLost, std::string(what), where(), std::move(why),
               end.left_over.empty() ? "" : "bpftax clean removes what was left over")
              .value();
  return *lost_;
}

}  // namespace bpftax
