// BPF_MAP_TYPE_USER_RINGBUF: user space puts records in, a program takes them out.
//
// Nothing in the kernel runs by itself when a record arrives: some event has to run the program that drains.
// Here that is a consumer thread which runs it when an eventfd says that there are records.
#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cstring>

#include "bench/submit/channel.h"
#include "bench/submit/slots.h"
#include "bench/submit/submission.h"
#include "bench/submit/threads.h"
#include "util/fd.h"

#include "submit_user.skel.h"

namespace bpftax::bench {
namespace {

constexpr uint64_t kUserRecordHeader = 8;      // BPF_RINGBUF_HDR_SZ
constexpr uint64_t kMostPerDrain = 65'536;     // the kernel itself stops at twice as many
constexpr uint64_t kMostPerDelayedDrain = 64;  // so that the delay comes in between, not after everything

enum UserWay : size_t { kMake, kSubmit, kRead, kDrain };

class UserRingbufChannel : public Channel {
 public:
  explicit UserRingbufChannel(ChannelOptions options) : Channel(std::move(options)) {}

  Result<void> open() {
    BPFTAX_ASSIGN(skeleton_, open_submit_object<submit_user_bpf>(settings().record_size,
                                                                 *ring_wakeup_flags(settings().wakeup)));
    bpf_map__set_max_entries(skeleton_->maps.records, static_cast<__u32>(settings().buffer_size));
    bpf_program__set_autoload(skeleton_->progs.make, false);
    BPFTAX_TRY(load_skeleton(skeleton_->skeleton));
    buffer_.reset(user_ring_buffer__new(bpf_map__fd(skeleton_->maps.records), nullptr));
    if (!buffer_) return fail_libbpf(errno, "cannot map the user ring buffer");
    epoll_.reset(epoll_create1(EPOLL_CLOEXEC));
    event_.reset(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    epoll_event wanted{};
    wanted.events = EPOLLIN;
    if (!epoll_ || !event_ || epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, event_.get(), &wanted) != 0)
      return fail_errno(errno, "cannot make an eventfd to wait for");
    return {};
  }

  const std::vector<Way>& ways() const override {
    static const std::vector<Way> kAll = {{"make", "user", ""},
                                          {"submit", "user", "make", false, true},
                                          {"read", "program", "", true},
                                          {"drain", "program", "read", true}};
    return kAll;
  }

  uint64_t capacity() const override {
    return (settings().buffer_size - 1) / (settings().record_size + kUserRecordHeader);
  }
  uint64_t memory() const override {
    return settings().buffer_size + 2 * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  }

  Result<Burst> produce(size_t way, int producer, uint64_t count) override {
    Burst burst{.records = count};
    const uint64_t begin = monotonic_now_ns();
    if (way == kMake) {
      make_only(count);
    } else {
      BPFTAX_ASSIGN(burst.lost, submit(count));
    }
    burst.ns = monotonic_now_ns() - begin;
    made_ += count;
    if (way != kMake) ledger().book_made(producer, count, burst.lost);
    return burst;
  }

  Result<Burst> consume() override {
    uint64_t news = 0;
    [[maybe_unused]] const ssize_t reset = ::read(event_.get(), &news, sizeof news);
    const uint64_t delay_ns = settings().stream.consumer_delay_ns;
    const uint64_t most = delay_ns == 0 ? kMostPerDrain : kMostPerDelayedDrain;
    const SubmitSlot& slot = skeleton_->bss->slots[0];
    Burst sum;
    for (uint64_t taken = most; taken >= most;) {
      const SubmitSlot before = slot;
      BPFTAX_TRY(run_submit_program(skeleton_->progs.drain, most, 0));
      taken = slot.taken - before.taken;
      const uint64_t corrupt = slot.bad - before.bad, disorder = slot.order - before.order;
      ledger().book_consumed(0, taken - corrupt - disorder, corrupt, disorder);
      sum.ns += slot.ns;
      sum.records += taken;
      if (slot.error != 0) break;
      if (delay_ns != 0) stay_busy_ns(taken * delay_ns);
    }
    return sum;
  }

  Result<Burst> take_nothing(uint64_t count) override {
    const SubmitSlot& slot = skeleton_->bss->slots[0];
    Burst sum;
    for (uint64_t done = 0; done < count;) {
      const uint64_t piece = std::min(count - done, kMostPerDrain), before = slot.taken;
      BPFTAX_TRY(run_submit_program(skeleton_->progs.read, piece, 0));
      sum.ns += slot.ns;
      sum.records += slot.taken - before;
      done += piece;
    }
    return sum;
  }

  int wait_fd() const override { return epoll_.get(); }

  Result<void> wake_consumer() override {
    const uint64_t one = 1;
    if (::write(event_.get(), &one, sizeof one) != sizeof one)
      return fail_errno(errno, "cannot wake the consumer");
    return {};
  }

  Result<void> work_done(size_t way, const std::vector<uint64_t>& counts) const override {
    const uint64_t count = counts.front();
    const SubmitSlot& slot = skeleton_->bss->slots[0];
    if (slot.error != 0)
      return wrong(fmt::format("bpf_user_ringbuf_drain: {}", strerror(static_cast<int>(-slot.error))));
    if (way == kRead) {
      if (slot.taken == count && slot.bad == 0 && slot.order == 0) return {};
      return wrong(
          fmt::format("{} of {} records were looked at, {} of them wrong", slot.taken, count, slot.bad));
    }
    if (made_ != count || next_ != ledger().first_word(0) + count)
      return wrong(fmt::format("{} of {} records were made", made_, count));
    if (way != kMake || count == 0) return {};
    std::array<uint64_t, kSubmitMaxWords> wanted{};
    make_submit_record(wanted.data(), settings().record_size, next_ - 1);
    if (memcmp(wanted.data(), scratch_.data(), settings().record_size) == 0) return {};
    return wrong("the last record is not what it has to be");
  }

 protected:
  Result<void> restart() override {
    made_ = 0;
    next_ = ledger().first_word(0);
    restart_slots(skeleton_->bss->slots, ledger(), 1);
    make_submit_record(scratch_.data(), settings().record_size, next_);
    memcpy(skeleton_->bss->scratch[0], scratch_.data(), settings().record_size);
    return {};
  }

 private:
  static tl::unexpected<Error> wrong(std::string why) {
    return fail(ErrorKind::kWorkload, "wrong work", "", std::move(why));
  }

  void make_only(uint64_t count) {
    for (uint64_t i = 0; i < count; ++i) {
      make_submit_record(scratch_.data(), settings().record_size, next_++);
      asm volatile("" : : "r"(scratch_.data()) : "memory");  // somebody might read it
    }
  }

  // How many did not fit.
  Result<uint64_t> submit(uint64_t count) {
    uint64_t lost = 0;
    for (uint64_t i = 0; i < count; ++i, ++next_) {
      auto* words = static_cast<uint64_t*>(user_ring_buffer__reserve(buffer_.get(), settings().record_size));
      if (words == nullptr) {
        if (errno != ENOSPC) return fail_errno(errno, "cannot reserve room in the user ring buffer");
        ++lost;
        continue;
      }
      make_submit_record(words, settings().record_size, next_);
      if (swallows())
        user_ring_buffer__discard(buffer_.get(), words);
      else
        user_ring_buffer__submit(buffer_.get(), words);
    }
    return lost;
  }

  struct FreeBuffer {
    void operator()(user_ring_buffer* buffer) const { user_ring_buffer__free(buffer); }
  };
  SkeletonPtr<submit_user_bpf> skeleton_;
  std::unique_ptr<user_ring_buffer, FreeBuffer> buffer_;
  Fd epoll_, event_;
  uint64_t made_ = 0, next_ = 0;
  std::array<uint64_t, kSubmitMaxWords> scratch_{};
};

}  // namespace

Result<std::unique_ptr<Channel>> open_user_ringbuf(ChannelOptions options) {
  if (!ring_wakeup_flags(options.settings.wakeup))
    return fail(ErrorKind::kEnvironment, "no such wake-up policy", "user_ringbuf",
                "a program that drains wakes producers adaptively, never or always, not each " +
                    options.settings.wakeup + " records");
  if (options.settings.producers != 1)
    return fail(ErrorKind::kEnvironment, "one producer only", "user_ringbuf",
                "a user ring buffer has one producer: its reserve is not safe in several threads");
  auto channel = std::make_unique<UserRingbufChannel>(std::move(options));
  BPFTAX_TRY(channel->open());
  return channel;
}

const Benchmark& user_ringbuf_submission() {
  static const Benchmark kBenchmark = {
      .name = "user_ringbuf",
      .summary = "the other direction: user space submits, a program drains",
      .needs = [](const Task& task) { return check_submission(task, open_user_ringbuf); },
      .setup = [](const Task& task,
                  const Sampling& sampling) { return set_up_submission(task, sampling, open_user_ringbuf); }};
  return kBenchmark;
}

}  // namespace bpftax::bench
