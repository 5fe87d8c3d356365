#include "agent/session.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "agent/process_identity.h"

namespace bpftax {
namespace {

constexpr size_t kMaxUnsent = 64u << 20;
constexpr size_t kReadSize = 256u << 10;

// Non-blocking mode belongs to the open file, which a terminal or a regular file may share with others; a
// pipe's or socket's end is ours alone.
bool is_pipe_or_socket(int fd) {
  struct stat info {};
  return ::fstat(fd, &info) == 0 && (S_ISFIFO(info.st_mode) || S_ISSOCK(info.st_mode));
}

}  // namespace

void Reply::send(const Json& result) const {
  if (id_.is_null()) return;
  const auto session = session_.lock();
  if (!session) return;
  if (session->refused()) return fail(*session->refused());
  std::string line = response_line(id_, result);
  if (line.size() > kMaxLineBytes + 1) {
    line = fault_line(
        RpcFault{id_, kRpcInternalError, "the answer is longer than a message may be", std::nullopt});
  }
  session->send_line(line);
}

void Reply::fail(const Error& error) const {
  if (id_.is_null()) return;
  if (const auto session = session_.lock()) session->send_line(error_line(id_, error));
}

std::shared_ptr<RpcSession> RpcSession::create(EventLoop& loop, int in_fd, int out_fd,
                                               std::map<std::string, Method, std::less<>> methods,
                                               std::function<void()> on_closed) {
  return std::shared_ptr<RpcSession>(
      new RpcSession(loop, in_fd, out_fd, std::move(methods), std::move(on_closed)));
}

Result<void> RpcSession::start() {
  last_heard_ns_ = monotonic_now_ns();
  if (is_pipe_or_socket(out_fd_)) {
    const int flags = ::fcntl(out_fd_, F_GETFL);
    if (flags < 0 || ::fcntl(out_fd_, F_SETFL, flags | O_NONBLOCK) != 0)
      return ::bpftax::fail_errno(errno, "cannot use the output of the agent");
    // Also with nothing to send: a reader that has gone is reported as EPOLLERR.
    BPFTAX_TRY(
        loop_.add(out_fd_, 0, [self = shared_from_this()](uint32_t events) { self->on_output(events); }));
  } else {
    pollable_out_ = false;
  }
  const auto self = shared_from_this();
  const auto added = loop_.add(in_fd_, EPOLLIN, [self](uint32_t) { self->on_input(); });
  if (!added) {
    // A regular file: always readable, and epoll refuses it.
    if (added.error().errno_value != EPERM) return added;
    pollable_in_ = false;
    loop_.at(0, [self] { self->on_input(); });
  }
  return {};
}

void RpcSession::on_input() {
  if (closed_) return;
  if (!reading_) {
    // Only a hang-up is reported now. What the controller has sent before it died is not carried out any
    // more.
    pollfd state{in_fd_, 0, 0};
    if (::poll(&state, 1, 0) > 0 && (state.revents & (POLLHUP | POLLERR)) != 0) close();
    return;
  }
  std::string buffer(kReadSize, '\0');
  const ssize_t got = ::read(in_fd_, buffer.data(), buffer.size());
  if (got < 0 && (errno == EINTR || errno == EAGAIN)) return;
  if (got <= 0) {
    close();
    return;
  }
  last_heard_ns_ = monotonic_now_ns();
  input_.append(std::string_view(buffer).substr(0, static_cast<size_t>(got)));
  while (!closed_) {
    const auto line = input_.next();
    if (!line) break;
    if (*line) {
      on_line(**line);
    } else {
      send_line(fault_line(RpcFault{nullptr, kRpcParseError, line->error().why, std::nullopt}));
    }
  }
  update_interest();
  if (!pollable_in_ && !closed_) loop_.at(0, [self = shared_from_this()] { self->on_input(); });
}

int64_t RpcSession::last_heard_ns() {
  // We may have been busy, or stopped, for longer than it was silent.
  pollfd state{in_fd_, POLLIN, 0};
  if (!closed_ && ::poll(&state, 1, 0) > 0 && (state.revents & POLLIN) != 0)
    last_heard_ns_ = monotonic_now_ns();
  return last_heard_ns_;
}

void RpcSession::on_line(const std::string& line) {
  auto request = parse_request(line);
  if (!request) {
    send_line(fault_line(request.error()));
    return;
  }
  const auto fault = [&](int code, const std::string& message) {
    if (!request->id.is_null()) send_line(fault_line(RpcFault{request->id, code, message, std::nullopt}));
  };
  const auto method = methods_.find(request->method);
  if (method == methods_.end()) return fault(kRpcMethodNotFound, "no method '" + request->method + "'");
  const Reply reply(weak_from_this(), request->id);
  if (refused_) return reply.fail(*refused_);
  const auto accepted = method->second(request->params, reply);
  if (!accepted) fault(kRpcInvalidParams, to_string(accepted.error()));
}

void RpcSession::send_line(const std::string& line) {
  if (closed_) return;
  output_ += line;
  write_some();
  update_interest();
}

void RpcSession::write_some() {
  while (!closed_ && written_ < output_.size()) {
    const ssize_t count = ::write(out_fd_, output_.data() + written_, output_.size() - written_);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) break;
    if (count < 0) {
      close();
      return;
    }
    written_ += static_cast<size_t>(count);
  }
  // Not after each write: moving what is left costs as much as there is.
  if (written_ == output_.size() || written_ > output_.size() / 2) {
    output_.erase(0, written_);
    written_ = 0;
  }
}

void RpcSession::on_output(uint32_t events) {
  if ((events & (EPOLLERR | EPOLLHUP)) != 0) {
    close();
    return;
  }
  write_some();
  update_interest();
}

void RpcSession::update_interest() {
  if (closed_) return;
  const bool unsent = written_ < output_.size();
  if (pollable_out_ && unsent != watching_out_) {
    watching_out_ = unsent;
    if (!loop_.modify(out_fd_, unsent ? uint32_t{EPOLLOUT} : 0U)) close();
  }
  const bool read = output_.size() - written_ <= kMaxUnsent;
  if (!closed_ && pollable_in_ && read != reading_) {
    reading_ = read;
    if (!loop_.modify(in_fd_, read ? uint32_t{EPOLLIN} : 0U)) close();
  }
}

void RpcSession::close() {
  if (closed_) return;
  closed_ = true;
  if (pollable_in_) loop_.remove(in_fd_);
  if (pollable_out_) loop_.remove(out_fd_);
  on_closed_();
}

void RpcSession::flush_and_close(int64_t limit_ms) {
  const int64_t until_ns = monotonic_now_ns() + limit_ms * 1'000'000;
  on_closed_ = [] {};
  while (!closed_ && written_ < output_.size() && monotonic_now_ns() < until_ns) {
    pollfd state{out_fd_, POLLOUT, 0};
    ::poll(&state, 1, 50);
    write_some();
  }
  close();
}

}  // namespace bpftax
