// Context switches: two threads on one CPU that wake each other through pipes.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <thread>

#include "bench/tracing/triggers.h"
#include "util/fd.h"

namespace bpftax::bench {
namespace {

struct Pipe {
  Fd read, write;
  static Result<Pipe> make() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail_errno(errno, "cannot make a pipe");
    return Pipe{Fd(ends[0]), Fd(ends[1])};
  }
};

// The other end has gone when it is not one byte.
bool pass_on(int from, int to) {
  char byte = 0;
  ssize_t got = 0;
  do got = ::read(from, &byte, 1);
  while (got < 0 && errno == EINTR);
  return got == 1 && ::write(to, &byte, 1) == 1;
}

class PingPongTrigger : public Trigger {
 public:
  PingPongTrigger(Pipe ping, Pipe pong, uint64_t events_per_message)
      : ping_(std::move(ping)), pong_(std::move(pong)), events_per_message_(events_per_message) {
    peer_ = std::thread([this] {  // on our CPU: a thread inherits where its maker may run
      while (pass_on(ping_.read.get(), pong_.write.get())) {
      }
    });
  }
  ~PingPongTrigger() override {
    ping_.write.reset();  // end of file for the peer
    peer_.join();
  }
  PingPongTrigger(const PingPongTrigger&) = delete;
  PingPongTrigger& operator=(const PingPongTrigger&) = delete;

  Result<Fired> fire(uint64_t n) override {
    const uint64_t a_round = 2 * events_per_message_;
    const uint64_t rounds = (n + a_round - 1) / a_round;
    const uint64_t switches_before = switches();
    const uint64_t begin_ns = monotonic_now_ns();
    for (uint64_t i = 0; i < rounds; ++i) {
      char byte = 1;
      if (::write(ping_.write.get(), &byte, 1) != 1 || ::read(pong_.read.get(), &byte, 1) != 1)
        return fail_errno(errno, "the ping-pong broke off");
    }
    const Fired fired{monotonic_now_ns() - begin_ns, rounds * a_round};
    // Where the threads were not on one CPU, a message would not be a context switch.
    const uint64_t made = switches() - switches_before;
    if (made + 4 < 2 * rounds)
      return fail(ErrorKind::kWorkload, "wrong work", "",
                  fmt::format("{} context switches in {} round trips", made, rounds));
    return fired;
  }

 private:
  static uint64_t switches() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return static_cast<uint64_t>(usage.ru_nvcsw) + static_cast<uint64_t>(usage.ru_nivcsw);
  }
  Pipe ping_, pong_;
  uint64_t events_per_message_;
  std::thread peer_;
};

}  // namespace

Result<std::unique_ptr<Trigger>> ping_pong(uint64_t events_per_message) {
  BPFTAX_ASSIGN(Pipe ping, Pipe::make());
  BPFTAX_ASSIGN(Pipe pong, Pipe::make());
  return std::make_unique<PingPongTrigger>(std::move(ping), std::move(pong), events_per_message);
}

}  // namespace bpftax::bench
