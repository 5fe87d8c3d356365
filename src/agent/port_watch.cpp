#include "agent/port_watch.h"

#include <algorithm>
#include <memory>
#include <set>

#include "agent/codecs.h"
#include "agent/process_identity.h"
#include "agent/socket_table.h"
#include "sample/paths.h"
#include "util/strings.h"

namespace bpftax {
namespace {

constexpr size_t kSilentServerWords = 600;

std::string describe(const ExitStatus& status) {
  return (status.signaled ? "killed by signal " : "exit code ") + std::to_string(status.code);
}

class Waiting : public std::enable_shared_from_this<Waiting> {
 public:
  Waiting(EventLoop& loop, Supervisor& supervisor, const PortWatch& watch,
          std::function<void(Result<void>)> done)
      : loop_(loop),
        supervisor_(supervisor),
        watch_(watch),
        done_(std::move(done)),
        began_ns_(monotonic_now_ns()) {}

  void look() {
    const SampleRoots roots;
    // The end first: a process that listened and ended in between counts as ended.
    const ExitStatus* status = supervisor_.status(watch_.handle);
    const auto members = supervisor_.members(watch_.handle, 0);
    // No member and no status: it has ended a moment ago and is about to be reaped.
    const bool ended = status != nullptr && (members.empty() || !status->ok());
    if (!members.empty()) {
      auto sockets = waiting_sockets(roots.proc, members.front(), watch_.protocol, watch_.port);
      if (!sockets) return done_(propagate(std::move(sockets)));
      if (!ended && held_by(roots, *sockets, members)) return done_({});
      // The net folder of a process that is just ending is empty: the last that was seen still says who was
      // in the way.
      if (!sockets->empty()) sockets_ = std::move(*sockets);
    }
    if (ended) return done_(failure("it has ended, " + describe(*status)));
    const int64_t passed_ms = (monotonic_now_ns() - began_ns_) / 1'000'000;
    if (passed_ms >= watch_.timeout_ms)
      return done_(failure("not within " + std::to_string(watch_.timeout_ms) + " ms"));
    const int64_t pause_ms = passed_ms < 1000 ? 5 : 10;
    loop_.after_ms(std::min(pause_ms, watch_.timeout_ms - passed_ms),
                   [self = shared_from_this()] { self->look(); });
  }

 private:
  static bool held_by(const SampleRoots& roots, const std::set<uint64_t>& sockets,
                      const std::vector<int>& members) {
    if (sockets.empty()) return false;
    for (const int pid : members) {
      for (const uint64_t inode : sockets_of(roots.proc, pid)) {
        if (sockets.count(inode) != 0) return true;
      }
    }
    return false;
  }

  tl::unexpected<Error> failure(std::string why) const {
    const SampleRoots roots;
    if (const auto holder = holder_of(roots.proc, sockets_)) why += "; port in use by pid " + *holder;
    const auto words = supervisor_.tail(watch_.handle, OutputStream::kStderr, kSilentServerWords);
    if (words && !trim(*words).empty()) why += "; its last words: " + printable(trim(*words));
    return fail(ErrorKind::kEnvironment,
                "no socket waits on " + std::string(to_string(watch_.protocol)) + " port " +
                    std::to_string(watch_.port),
                supervisor_.name(watch_.handle), std::move(why));
  }

  EventLoop& loop_;
  Supervisor& supervisor_;
  PortWatch watch_;
  std::function<void(Result<void>)> done_;
  int64_t began_ns_;
  std::set<uint64_t> sockets_;  // that waited on the port, at the last look that saw any
};

}  // namespace

void wait_listening(EventLoop& loop, Supervisor& supervisor, const PortWatch& watch,
                    std::function<void(Result<void>)> done) {
  std::make_shared<Waiting>(loop, supervisor, watch, std::move(done))->look();
}

}  // namespace bpftax
