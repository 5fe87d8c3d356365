#include "bench/submit/stream.h"

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <latch>
#include <optional>
#include <thread>
#include <utility>

#include "bench/submit/threads.h"
#include "util/clock.h"
#include "util/fd.h"

namespace bpftax::bench {
namespace {

// A stream ends after so many stretches (other samples take one): long enough for the scheduler to change
// between a producer and a consumer on one CPU many times. Or after so many records, so that fast paths stay
// comparable.
constexpr uint64_t kStretchesOfStream = 5;
constexpr uint64_t kStretchesOfPacedStream = 10;
constexpr uint64_t kNsPerRecordOfStretch = 50;

uint64_t records_of_stream(const StreamSettings& stream, const Sampling& sampling) {
  return std::max(sampling.stretch_ns / kNsPerRecordOfStretch, stream.burst);
}

struct ProducerTimes {
  uint64_t begin_ns = 0;
  uint64_t end_ns = 0;
  uint64_t inside_ns = 0;  // of the program
  uint64_t records = 0;    // made in this time
  uint64_t before = 0;     // made before it, to fill the buffer
};

struct ConsumerTimes {
  uint64_t begin_ns = 0;
  uint64_t end_ns = 0;
  uint64_t cpu_ns = 0;
  uint64_t sleeps = 0;
};

// The consumer's thread. Stops when it was told to and has taken everything.
class Consumer {
 public:
  explicit Consumer(Channel& channel) : channel_(channel) {}
  ~Consumer() {
    if (thread_.joinable()) end();
  }
  Consumer(const Consumer&) = delete;
  Consumer& operator=(const Consumer&) = delete;

  // Returns when it waits for records.
  Result<void> start(int cpu) {
    stop_event_.reset(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    epoll_event wanted{};
    wanted.events = EPOLLIN;
    if (!stop_event_ || epoll_ctl(channel_.wait_fd(), EPOLL_CTL_ADD, stop_event_.get(), &wanted) != 0)
      return fail_errno(errno, "cannot make an eventfd to stop the consumer with");
    thread_ = std::thread([this, cpu] {
      outcome_ = pin_to_cpu(cpu);
      make_timers_sharp();
      ready_.count_down();
      if (outcome_) outcome_ = work();
    });
    ready_.wait();
    return {};
  }

  Result<ConsumerTimes> stop() {
    end();
    BPFTAX_TRY(outcome_);
    return times_;
  }

 private:
  void end() {
    const uint64_t one = 1;
    stopping_.store(true, std::memory_order_release);
    // Cannot fail on an eventfd of our own; without it the consumer would still look after wait_ms().
    [[maybe_unused]] const ssize_t written = ::write(stop_event_.get(), &one, sizeof one);
    thread_.join();
  }

  Result<void> work() {
    times_.begin_ns = monotonic_now_ns();
    const uint64_t cpu_ns = thread_cpu_now_ns(), sleeps = thread_sleeps();
    for (bool last = false; !last;) {
      std::array<epoll_event, 8> events;
      if (epoll_wait(channel_.wait_fd(), events.data(), events.size(), channel_.wait_ms()) < 0 &&
          errno != EINTR)
        return fail_errno(errno, "cannot wait for records");
      // Producers have ended before this is set: what is taken after having seen it is all there is.
      last = stopping_.load(std::memory_order_acquire);
      BPFTAX_TRY(channel_.consume());
    }
    times_.sleeps = thread_sleeps() - sleeps;
    times_.cpu_ns = thread_cpu_now_ns() - cpu_ns;
    times_.end_ns = monotonic_now_ns();
    return {};
  }

  Channel& channel_;
  Fd stop_event_;  // its closing also takes it out of the channel's epoll set
  std::latch ready_{1};
  std::atomic<bool> stopping_{false};
  std::thread thread_;
  Result<void> outcome_;
  ConsumerTimes times_;
};

class StreamInstance : public Instance {
 public:
  StreamInstance(std::unique_ptr<Channel> channel, const Sampling& sampling)
      : channel_(std::move(channel)),
        limit_ns_(sampling.stretch_ns *
                  (settings().rate == 0 ? kStretchesOfStream : kStretchesOfPacedStream)) {
    for (size_t i = 0; i < channel_->ways().size(); ++i) {
      const Way& way = channel_->ways()[i];
      if (!way.streams) continue;
      ways_.push_back(i);
      operations_.push_back({.name = fmt::format("stream_{}", way.name),
                             .side = way.side,
                             .fixed_n = records_of_stream(settings(), sampling)});
    }
  }

  const std::vector<Operation>& operations() const override { return operations_; }

  Result<void> prepare(size_t, uint64_t) override { return channel_->begin(); }

  Result<Stretch> run(size_t operation, uint64_t n) override {
    const std::vector<int>& cpus = channel_->settings().cpus;
    const int producers = channel_->settings().producers;
    Consumer consumer(*channel_);
    std::optional<ConsumerTimes> consumed;
    if (settings().consumer != ConsumerPlace::kNone)
      BPFTAX_TRY(consumer.start(
          settings().consumer == ConsumerPlace::kSame ? cpus.front() : cpus[static_cast<size_t>(producers)]));
    std::vector<Result<ProducerTimes>> produced(static_cast<size_t>(producers), Result<ProducerTimes>());
    std::vector<std::thread> threads;
    std::latch together(producers);
    for (int i = 0; i < producers; ++i)
      threads.emplace_back([&, i] {
        const Result<uint64_t> before = get_ready(ways_[operation], i);
        together.arrive_and_wait();
        auto& out = produced[static_cast<size_t>(i)];
        if (before)
          out = produce(ways_[operation], i, n, *before);
        else
          out = tl::unexpected<Error>(before.error());
      });
    for (std::thread& thread : threads) thread.join();
    if (settings().consumer != ConsumerPlace::kNone) {
      BPFTAX_ASSIGN(consumed, consumer.stop());
    }
    counts_.clear();
    for (const auto& times : produced) {
      if (!times) return tl::unexpected<Error>(times.error());
      counts_.push_back(times->before + times->records);
    }
    const Stretch stretch = measured(produced, consumed);
    if (!consumed) BPFTAX_TRY(channel_->consume());
    BPFTAX_TRY(channel_->settle());
    return stretch;
  }

  Result<void> check(size_t operation, uint64_t) override {
    BPFTAX_TRY(channel_->work_done(ways_[operation], counts_));
    return channel_->ledger().balance();
  }

 private:
  const StreamSettings& settings() const { return channel_->settings().stream; }

  // Where nobody will read, the buffer is full when the clock starts. Returns the records that took.
  Result<uint64_t> get_ready(size_t way, int producer) {
    make_timers_sharp();
    BPFTAX_TRY(pin_to_cpu(channel_->settings().cpus[static_cast<size_t>(producer)]));
    if (settings().consumer != ConsumerPlace::kNone) return 0;
    const uint64_t count = channel_->capacity() + 1;
    BPFTAX_TRY(channel_->produce(way, producer, count));
    return count;
  }

  Result<ProducerTimes> produce(size_t way, int producer, uint64_t n, uint64_t before) {
    ProducerTimes times{.before = before};
    times.begin_ns = monotonic_now_ns();
    times.end_ns = times.begin_ns;
    while (times.records < n && times.end_ns - times.begin_ns < limit_ns_) {
      BPFTAX_ASSIGN(const Burst burst,
                    channel_->produce(way, producer, std::min(settings().burst, n - times.records)));
      if (burst.records == 0) return fail(ErrorKind::kInternal, "the producer makes no records");
      BPFTAX_TRY(channel_->wake_consumer());
      times.inside_ns += burst.ns;
      times.records += burst.records;
      if (settings().rate != 0) wait_until_ns(times.begin_ns + times.records * kNsPerS / settings().rate);
      times.end_ns = monotonic_now_ns();
    }
    return times;
  }

  Stretch measured(const std::vector<Result<ProducerTimes>>& produced,
                   const std::optional<ConsumerTimes>& consumed) const {
    Stretch stretch;
    uint64_t begin_ns = UINT64_MAX, end_ns = 0, records = 0;
    double slowest = -1;
    for (const auto& times : produced) {
      const double ns = static_cast<double>(times->inside_ns) / static_cast<double>(times->records);
      if (ns > slowest) {
        slowest = ns;
        stretch.ns = times->inside_ns;
        stretch.operations = times->records;
      }
      records += times->records;
      begin_ns = std::min(begin_ns, times->begin_ns);
      end_ns = std::max(end_ns, times->end_ns);
    }
    const Ledger& ledger = channel_->ledger();
    const auto seconds = [](uint64_t from_ns, uint64_t to_ns) {
      return static_cast<double>(to_ns - from_ns) / static_cast<double>(kNsPerS);
    };
    const auto made = static_cast<double>(ledger.made());
    double rate = 0;
    if (consumed) rate = static_cast<double>(ledger.consumed()) / seconds(begin_ns, consumed->end_ns);
    stretch.metrics = {{"lost", "share", static_cast<double>(ledger.lost()) / made},
                       {"produced", "1/s", static_cast<double>(records) / seconds(begin_ns, end_ns)},
                       {"records", "1/s", rate},
                       {"bytes", "1/s", rate * channel_->settings().record_size},
                       {"memory", "bytes", static_cast<double>(channel_->memory())}};
    if (consumed) {
      const double wall = seconds(consumed->begin_ns, consumed->end_ns);
      stretch.metrics.push_back({"consumer_cpu", "share", seconds(0, consumed->cpu_ns) / wall});
      stretch.metrics.push_back({"wakeups", "1/s", static_cast<double>(consumed->sleeps) / wall});
    }
    return stretch;
  }

  std::unique_ptr<Channel> channel_;
  uint64_t limit_ns_;             // of a stream
  std::vector<size_t> ways_;      // of each operation
  std::vector<uint64_t> counts_;  // records of each producer in the last run
  std::vector<Operation> operations_;
};

}  // namespace

std::unique_ptr<Instance> make_stream_instance(std::unique_ptr<Channel> channel, const Sampling& sampling) {
  return std::make_unique<StreamInstance>(std::move(channel), sampling);
}

}  // namespace bpftax::bench
